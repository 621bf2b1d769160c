//! `zkmargin schedule check` and `zkmargin schedule sign`.

use super::describe::{Room, lines_of};
use super::sign;
use crate::arguments::Output;
use crate::failure::Result;
use crate::outcome::{Outcome, Warning};
use crate::resolve;
use crate::text::Text;
use serde_json::{Value, json};
use std::path::Path;
use zkmargin_notes::ScheduleNote;
use zkmargin_params::{
    AssetPriceFile, DecimalText, InstrumentPriceFile, Remark, RemarkKind, Schedule, SnapshotFile,
    compile,
};

pub fn check(path: &Path) -> Result<Outcome> {
    let schedule = resolve::schedule(path)?;
    let (text, mut result) = describe(&schedule);
    let remarks = schedule.remarks();
    result["remarks"] = remarks
        .iter()
        .map(|r| {
            json!({
                "code": r.kind.code(),
                "pointer": r.pointer,
                "instruments": r.instruments,
                "message": r.message,
            })
        })
        .collect();
    let mut outcome = Outcome::done(text, result);
    outcome.warnings = warnings(&remarks);
    Ok(outcome)
}

/// Most remarks that are warned of one by one.
const WARNED: usize = 20;

/// What a person should look at before relying on the schedule. One row that is open is how a venue
/// without caps writes its rule, and says nothing.
fn warnings(remarks: &[Remark]) -> Vec<Warning> {
    let open = |r: &&Remark| r.kind != RemarkKind::NoCap || !r.pointer.ends_with("/rows/0");
    let all: Vec<_> = remarks.iter().filter(open).collect();
    let mut warnings: Vec<Warning> =
        all.iter().take(WARNED).map(|r| (r.kind.code(), r.to_string())).collect();
    if let Some(more) = all.len().checked_sub(WARNED).filter(|more| *more > 0) {
        let message = format!("{more} more unusual rows; --json lists them under result.remarks");
        warnings.push(("MoreRemarks", message));
    }
    warnings
}

/// What a schedule is, and the room it takes.
pub fn describe(schedule: &Schedule) -> (Text, Value) {
    let file = schedule.file();
    let (digest, registry) =
        (hex::encode(schedule.digest()), hex::encode(schedule.registry_digest()));
    let levels: Vec<_> =
        file.menu.levels.iter().map(|l| format!("{} ({} bp)", l.name, l.level_bps)).collect();
    let floors: Vec<_> = file.menu.floors.iter().map(|f| f.as_str()).collect();
    let mut text = lines_of(&[
        ("schedule", format!("{} of {}", file.name, file.venue)),
        ("digest", digest.clone()),
        ("registry", registry.clone()),
        ("instruments", schedule.instruments().len().to_string()),
        ("assets", schedule.assets().len().to_string()),
        ("levels", levels.join(", ")),
        ("floors", format!("{} {}", floors.join(", "), file.valuation.currency)),
    ]);
    if let Some(variant) = schedule.variant() {
        text.line(format!("variant      {variant}"));
    }
    let room = room_of(schedule);
    room.iter().for_each(|room| text.append(room.text()));
    let result = json!({
        "venue": file.venue,
        "name": file.name,
        "digest": digest,
        "registry": registry,
        "variant": schedule.variant().map(|variant| variant.to_string()),
        "instruments": schedule.instruments().len(),
        "assets": schedule.assets().len(),
        "tier_tables": schedule.tables().len(),
        "levels": file.menu.levels.iter().map(|l| json!({"name": l.name, "level_bps": l.level_bps}))
            .collect::<Vec<_>>(),
        "floors": floors,
        "currency": file.valuation.currency,
        "room": room.map(|room| room.json()),
    });
    (text, result)
}

/// The room that the schedule's tables take; prices do not matter to it, so all are one.
fn room_of(schedule: &Schedule) -> Option<Room> {
    let one = || DecimalText::new("1");
    let snapshot = SnapshotFile {
        format: "zkmargin-snapshot/1".to_owned(),
        schedule: hex::encode(schedule.digest()),
        time: "1970-01-01T00:00:00Z".to_owned(),
        sequence: 0,
        source: None,
        assets: schedule
            .assets()
            .iter()
            .map(|a| AssetPriceFile {
                asset: a.symbol.clone(),
                index: one(),
                requirement_index: None,
            })
            .collect(),
        instruments: schedule
            .instruments()
            .iter()
            .map(|i| InstrumentPriceFile {
                instrument: i.symbol.clone(),
                mark: one(),
                funding_index: i.funding_decimals.map(|_| DecimalText::new("0")),
            })
            .collect(),
    };
    compile(schedule, &snapshot).ok().map(|market| Room::of(market.market()))
}

/// Signs a schedule as its venue.
pub fn sign(schedule: &Path, signer: &Path, output: &Output) -> Result<Outcome> {
    let schedule = resolve::schedule(schedule)?;
    let digest = hex::encode(schedule.digest());
    let text = lines_of(&[("schedule", digest.clone())]);
    sign::sign(&ScheduleNote::of(&schedule), signer, output, text, json!({ "schedule": digest }))
}
