//! The whole market's marks: the response to `{"type": "metaAndAssetCtxs"}`, a pair of a meta response and a context for
//! each perpetual of its universe.

use super::{ImportError, Member};
use crate::venue::{instrument_of, priced_snapshot, scaled};
use crate::{AssetPriceFile, InstrumentPriceFile, Schedule, SnapshotFile};

/// The meta response of a source.
pub(super) fn meta<'a>(root: &Member<'a>) -> Result<Member<'a>, ImportError> {
    let (alone, both) = (root.member("meta"), root.member("metaAndAssetCtxs"));
    match (alone.is_present(), both.is_present()) {
        (true, true) => {
            Err(alone.wrong("is given beside metaAndAssetCtxs.json, which has the same: keep one"))
        }
        (true, false) => Ok(alone),
        (false, true) => Ok(pair(&both)?.0),
        (false, false) => Err(alone.wrong("is missing")),
    }
}

fn pair<'a>(both: &Member<'a>) -> Result<(Member<'a>, Member<'a>), ImportError> {
    match &both.list()?[..] {
        [meta, contexts] => Ok((meta.clone(), contexts.clone())),
        _ => Err(both.wrong("is not a pair of a meta response and contexts")),
    }
}

/// Marks of the schedule's instruments. The response has no time: it is the one that was noted when it arrived, or that of
/// the account's state, whose position values imply nearly the same marks where a folder is read.
pub(super) fn snapshot(root: &Member, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
    let (meta, contexts) = pair(&root.member("metaAndAssetCtxs"))?;
    let state = root.member("clearinghouseState");
    let noted = root.member("fetched").member("metaAndAssetCtxs");
    let time = match noted.is_present() {
        true => noted.milliseconds()?,
        false if state.is_present() => state.member("time").milliseconds()?,
        false => {
            let help = "save clearinghouseState.json too, or note the time in fetched.json";
            return Err(root
                .member("metaAndAssetCtxs")
                .wrong("has no time of its own")
                .with_help(help));
        }
    };
    let source = "Marks of Hyperliquid's perpetuals.";
    let mut snapshot = priced_snapshot(schedule, time, time, source);
    snapshot.assets.push(AssetPriceFile::at_index("USDC", scaled(1, 0)));
    let (universe, listed) = (meta.member("universe").list()?, contexts.list()?);
    if universe.len() != listed.len() {
        return Err(contexts.wrong("has not one context for each perpetual of the universe"));
    }
    for (market, context) in universe.iter().zip(&listed) {
        let name = market.member("name");
        name.text()?;
        // What the schedule does not list needs no price.
        let Ok(instrument) = instrument_of(schedule, &name) else { continue };
        let mark = context.member("markPx").decimal()?;
        snapshot.instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, mark));
    }
    Ok(snapshot)
}
