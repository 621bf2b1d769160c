//! The venue's own figures: the answers of `/papi/v1/balance`, `/papi/v1/um/account` and `/papi/v1/account`, as members
//! `balance`, `umAccount` and `account` of one object. Amounts are stated with eight digits, and truncated.

use super::account::DECIMALS;
use super::totals::liquidated_at;
use super::{BinancePortfolioMargin, ImportError, Member, USD, Venue};
use crate::portfolio::figure::sum;
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, InitialRounding, StatedBalance, StatedPosition,
    StatesFigures, Subject, VenueFigures,
};
use num_traits::Zero;
use serde_json::Value;

impl StatesFigures for BinancePortfolioMargin {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let rounding = InitialRounding { decimals: DECIMALS, up: false };
        let mut stated = VenueFigures::new(Self::NAME, Some(rounding));
        let [balances, futures, account] =
            ["balance", "umAccount", "account"].map(|name| root.member(name));
        for asset in balances.list()? {
            let wallets = ["crossMarginAsset", "umWalletBalance", "cmWalletBalance"];
            let [margin, um, cm] = wallets.map(|name| asset.member(name).exact());
            stated.balances.push(StatedBalance {
                place: asset.pointer().to_owned(),
                asset: asset.member("asset").text()?.to_owned(),
                amount: sum(&sum(&margin?, &um?), &cm?),
                of: BalanceOf::Wallet,
                pending: None,
            });
        }
        for listed in futures.member("positions").list()? {
            position(&mut stated, &listed)?;
        }
        for asset in futures.member("assets").list()? {
            let name = asset.member("asset").text()?;
            let (of, unit) = (Subject::CrossAsset(name.to_owned()), (name, DECIMALS));
            stated.state(&asset.member("crossUnPnl"), FigureKind::UnrealizedProfit, &of, unit)?;
            maintenance(&mut stated, &asset.member("maintMargin"), &of, name)?;
        }
        let equity = account.member("accountEquity");
        stated.state(&equity, FigureKind::Equity, &Subject::Cross, (USD, DECIMALS))?;
        maintenance(&mut stated, &account.member("accountMaintMargin"), &Subject::Cross, USD)?;
        Ok(stated)
    }
}

/// A maintenance margin, as the schedule requires it: what the account is liquidated at. A digit that is cut off counts for
/// that much more.
fn maintenance(
    stated: &mut VenueFigures,
    place: &Member<'_>,
    of: &Subject,
    unit: &str,
) -> Result<(), ImportError> {
    if place.is_present() {
        let value = liquidated_at(&place.exact()?);
        stated.push(place, FigureKind::Maintenance, of, (unit, DECIMALS - 1), Some(value));
    }
    Ok(())
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let size = listed.member("positionAmt").exact()?;
    if size.coefficient().is_zero() {
        return Ok(());
    }
    let mut held = StatedPosition::new(listed, listed.member("symbol").text()?, size);
    let subject = held.subject();
    held.entry_price = EntryPrice::given(&listed.member("entryPrice"))?;
    let leverage = listed.member("leverage");
    if leverage.is_present() {
        held.initial_rate = Some(InitialRate::Leverage(leverage.exact()?));
    }
    // In the settlement asset of the instrument, which the answer does not name.
    for (name, kind) in [
        ("unrealizedProfit", FigureKind::UnrealizedProfit),
        ("positionInitialMargin", FigureKind::Initial),
    ] {
        stated.state(&listed.member(name), kind, &subject, ("", DECIMALS))?;
    }
    maintenance(stated, &listed.member("maintMargin"), &subject, "")?;
    stated.positions.push(held);
    Ok(())
}
