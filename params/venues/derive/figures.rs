//! What Derive states about an account of portfolio margin: `private/get_subaccount`.
//!
//! Its margins of the whole account are what is left above the requirement: trades are refused below an initial margin of
//! zero, and below a maintenance margin of zero the account is liquidated. Those of single positions are how the venue
//! divides them, of which its contracts say nothing.

use super::{Derive, ImportError, Member, NAME};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, StatedBalance, StatedPosition, StatesFigures, Subject,
    VenueFigures,
};
use num_traits::Zero;
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// What figures of the account are counted in.
const CURRENCY: &str = "USDC";

/// Adds a figure, if the answer has it; as exact as it is written.
fn state(
    stated: &mut VenueFigures,
    member: &Member<'_>,
    kind: FigureKind,
    subject: &Subject,
) -> Result<(), ImportError> {
    if !member.is_present() {
        return Ok(());
    }
    let value = member.scientific()?;
    let decimals = value.scale();
    stated.push(member, kind, subject, (CURRENCY, decimals), Some(value));
    Ok(())
}

fn optional(member: &Member<'_>) -> Result<Option<Decimal>, ImportError> {
    member.is_present().then(|| member.scientific()).transpose()
}

impl StatesFigures for Derive {
    /// The answer, or its `result` alone.
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let mut root = Member::root(source);
        if root.member("result").is_present() {
            root = root.member("result");
        }
        let mut stated = VenueFigures::new(NAME, None);
        for listed in root.member("positions").list()? {
            let size = listed.member("amount").scientific()?;
            if size.coefficient().is_zero() {
                continue;
            }
            let name = listed.member("instrument_name").text()?;
            let mut p = StatedPosition::new(&listed, name, size);
            let entry = optional(&listed.member("average_price"))?;
            p.entry_price = entry.map(|price| EntryPrice { decimals: price.scale(), price });
            p.mark = optional(&listed.member("mark_price"))?;
            p.funding = optional(&listed.member("pending_funding"))?;
            let subject = p.subject();
            for (field, kind) in [
                ("mark_value", FigureKind::Value),
                ("unrealized_pnl", FigureKind::UnrealizedProfit),
                ("maintenance_margin", FigureKind::Maintenance),
                ("initial_margin", FigureKind::Initial),
                ("liquidation_price", FigureKind::LiquidationPrice),
            ] {
                state(&mut stated, &listed.member(field), kind, &subject)?;
            }
            stated.positions.push(p);
        }
        for listed in root.member("collaterals").list()? {
            let asset = listed.member("asset_name").text()?;
            let amount = listed.member("amount").scientific()?;
            let subject = Subject::CrossAsset(asset.to_owned());
            state(&mut stated, &listed.member("mark_value"), FigureKind::Value, &subject)?;
            let pending = optional(&listed.member("pending_interest"))?;
            stated.balances.push(StatedBalance {
                place: listed.pointer().to_owned(),
                asset: asset.to_owned(),
                amount,
                of: BalanceOf::Cash,
                pending,
            });
        }
        for (field, kind) in [
            ("subaccount_value", FigureKind::Equity),
            ("maintenance_margin", FigureKind::AboveMaintenance),
            ("initial_margin", FigureKind::AboveInitial),
        ] {
            state(&mut stated, &root.member(field), kind, &Subject::Account)?;
        }
        Ok(stated)
    }
}
