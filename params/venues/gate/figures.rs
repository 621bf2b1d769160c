//! The venue's own figures: an object of the answers of `/api/v4/futures/{settle}/accounts` and
//! `/api/v4/futures/{settle}/positions`, under `accounts` and `positions`.
//!
//! Sizes are contracts, as in schedules. The total of an account is without profit and loss, with the margins of isolated
//! positions. A position's margin is that of its own risk limit where the account has no tiers, and so is not compared then.

use super::{Gate, ImportError, Member, Venue};
use crate::portfolio::figure::{less, sum};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, StatedPosition, StatesFigures, Subject,
    VenueFigures, given,
};
use num_traits::Zero;
use serde_json::Value;

/// Digits that figures are compared to where the venue writes fewer: it cuts zeros.
const DECIMALS: u32 = 6;

impl StatesFigures for Gate {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated = VenueFigures::new(Self::NAME, None);
        let account = root.member("accounts");
        let unit = account.member("currency").text()?;
        for listed in root.member("positions").list()? {
            position(&mut stated, &listed, unit)?;
        }
        let all = Subject::Asset(unit.to_owned());
        stated.state_given(
            &account,
            &all,
            (unit, DECIMALS),
            &[("total", FigureKind::Balance), ("unrealised_pnl", FigureKind::UnrealizedProfit)],
        )?;
        let cross = Subject::CrossAsset(unit.to_owned());
        stated.state_given(
            &account,
            &cross,
            (unit, DECIMALS),
            &[
                ("cross_unrealised_pnl", FigureKind::UnrealizedProfit),
                ("cross_maintenance_margin", FigureKind::Maintenance),
                ("cross_initial_margin", FigureKind::Initial),
                ("cross_available", FigureKind::Available),
            ],
        )?;
        let total = account.member("total");
        let margins = stated.positions.iter().filter_map(|p| p.isolated_margin.as_ref());
        let cash = margins.fold(total.figure()?, |cash, margin| sum(&cash, &less(margin)));
        stated.hold(&total, unit, BalanceOf::Wallet, cash);
        Ok(stated)
    }
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>, unit: &str) -> Result<(), ImportError> {
    let size = listed.member("size");
    if size.is_zero()? {
        return Ok(());
    }
    let mut held = StatedPosition::new(listed, listed.member("contract").text()?, size.figure()?);
    held.settle = Some(unit.to_owned());
    held.entry_price = EntryPrice::given(&listed.member("entry_price"))?;
    held.mark = given(&listed.member("mark_price"))?;
    let leverage = listed.member("leverage").figure()?;
    // Zero stands for the cross book, whose leverage has a member of its own.
    if leverage.coefficient().is_zero() {
        let most = given(&listed.member("cross_leverage_limit"))?;
        let most = most.filter(|times| !times.coefficient().is_zero());
        held.initial_rate = most.map(InitialRate::Leverage);
    } else {
        held.initial_rate = Some(InitialRate::Leverage(leverage));
        held.isolated_margin = Some(listed.member("margin").figure()?);
    }
    let subject = held.subject();
    stated.state_given(
        listed,
        &subject,
        (unit, DECIMALS),
        &[
            ("value", FigureKind::Notional),
            ("unrealised_pnl", FigureKind::UnrealizedProfit),
            ("maintenance_margin", FigureKind::Maintenance),
            ("initial_margin", FigureKind::Initial),
        ],
    )?;
    stated.state_price(&listed.member("liq_price"), &subject, unit)?;
    stated.positions.push(held);
    Ok(())
}
