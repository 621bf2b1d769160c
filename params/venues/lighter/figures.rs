//! The venue's own figures: the answer of `/api/v1/account`, or messages of the streams `account_all_positions`,
//! `account_all_assets` and `user_stats`.
//!
//! Markets are named by their number and counted in base units, as in schedules: a size is written with all digits of its
//! market, which say what a base unit is. `initial_margin_fraction` is in percent. Amounts have six digits.

use super::state::{Entry, entry, only};
use super::{ImportError, Lighter, Member, Venue, symbol};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, StatedBalance, StatedPosition, StatesFigures,
    Subject, VenueFigures, magnitude, nearest_product,
};
use num_traits::Zero;
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// Digits that amounts are stated with.
const DECIMALS: u32 = 6;
const USDC: (&str, u32) = ("USDC", DECIMALS);

impl StatesFigures for Lighter {
    fn states(source: &Value) -> bool {
        !Member::root(source).member("block-account").is_present()
    }

    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let mut root = Member::root(source);
        if root.member("block-account").is_present() {
            let help = "save the answer to /api/v1/account";
            return Err(root.member("block-account").wrong("states no figures").with_help(help));
        }
        // Of a folder the answer is a member.
        let in_folder = root.member("account");
        if in_folder.is_present() {
            root = in_folder;
        }
        // Sums of exact fractions are cut, not each position's.
        let mut stated = VenueFigures::new(Self::NAME, None);
        let accounts = root.member("accounts");
        if accounts.is_present() {
            of_account(&mut stated, &only(&root)?)?;
            return Ok(stated);
        }
        let time = root.member("timestamp");
        stated.time_ms = time.is_present().then(|| time.milliseconds()).transpose()?;
        let (positions, stats) = (root.member("positions"), root.member("stats"));
        let assets = root.member("assets");
        if ![&positions, &stats, &assets].iter().any(|member| member.is_present()) {
            return Err(root.wrong("has none of accounts, positions, assets and stats"));
        }
        if positions.is_present() {
            for (_, listed) in positions.object()? {
                position(&mut stated, &listed)?;
            }
        }
        if assets.is_present() {
            for (_, asset) in assets.object()? {
                let amount = asset.member("margin_balance");
                balance(&mut stated, &amount, asset.member("symbol").text()?)?;
            }
        }
        if stats.is_present() {
            let cross = stats.member("cross_stats");
            let collateral = cross.member("collateral");
            if stated.balances.is_empty() {
                balance(&mut stated, &collateral, USDC.0)?;
            }
            let of_asset = Subject::CrossAsset(USDC.0.to_owned());
            stated.state(&collateral, FigureKind::Balance, &of_asset, USDC)?;
            stated.state(
                &cross.member("portfolio_value"),
                FigureKind::Equity,
                &Subject::Cross,
                USDC,
            )?;
            let available = cross.member("available_balance");
            stated.state(&available, FigureKind::Available, &Subject::Cross, USDC)?;
        }
        Ok(stated)
    }
}

fn balance(stated: &mut VenueFigures, amount: &Member<'_>, asset: &str) -> Result<(), ImportError> {
    stated.balances.push(StatedBalance {
        place: amount.pointer().to_owned(),
        asset: asset.to_owned(),
        amount: amount.exact()?,
        of: BalanceOf::Wallet,
        pending: None,
    });
    Ok(())
}

fn of_account(stated: &mut VenueFigures, account: &Member<'_>) -> Result<(), ImportError> {
    for listed in account.member("positions").list()? {
        position(stated, &listed)?;
    }
    let collateral = account.member("collateral");
    balance(stated, &collateral, USDC.0)?;
    let of_asset = Subject::CrossAsset(USDC.0.to_owned());
    stated.state(&collateral, FigureKind::Balance, &of_asset, USDC)?;
    for (name, kind, subject) in [
        ("total_asset_value", FigureKind::Equity, Subject::Account),
        ("cross_asset_value", FigureKind::Equity, Subject::Cross),
        ("cross_initial_margin_requirement", FigureKind::Initial, Subject::Cross),
        ("cross_maintenance_margin_requirement", FigureKind::Maintenance, Subject::Cross),
        ("available_balance", FigureKind::Available, Subject::Cross),
    ] {
        let place = account.member(name);
        if place.is_present() {
            let value = written(&place.exact()?);
            stated.push(&place, kind, &subject, USDC, Some(value));
        }
    }
    Ok(())
}

/// A figure that the venue's program keeps in 64 bits: beyond the digits of amounts, what it writes means nothing.
fn written(figure: &Decimal) -> Decimal {
    Decimal::from_scaled(&nearest_product(&[figure], DECIMALS), DECIMALS)
}

/// The number with its point so many digits further left.
fn shifted(number: &Decimal, digits: u32) -> Decimal {
    Decimal::from_scaled(number.coefficient(), number.scale() + digits)
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let Some(entry) = entry(listed.clone())? else { return Ok(()) };
    let isolated = entry.is_isolated()?;
    let Entry { market, size, digits, .. } = entry;
    // Base units: the digits that are written, trailing zeros among them.
    let size = Decimal::from_scaled(&size, 0);
    let mut held = StatedPosition::new(listed, symbol(market), size);
    held.state_entry(&listed.member("avg_entry_price"))?;
    held.entry_price = held.entry_price.map(|entry| EntryPrice {
        price: shifted(&entry.price, digits),
        decimals: entry.decimals + digits,
    });
    let value = listed.member("position_value");
    held.notional = Some(magnitude(&value.exact()?));
    let fraction = listed.member("initial_margin_fraction").exact()?;
    held.initial_rate = Some(InitialRate::Fraction(shifted(&fraction, 2)));
    if isolated {
        held.isolated_margin = Some(listed.member("allocated_margin").exact()?);
    }
    let subject = held.subject();
    stated.state(&value, FigureKind::Notional, &subject, USDC)?;
    stated.state(&listed.member("unrealized_pnl"), FigureKind::UnrealizedProfit, &subject, USDC)?;
    let price = listed.member("liquidation_price");
    if price.is_present() {
        let at = Some(price.exact()?).filter(|at| !at.coefficient().is_zero());
        let at = at.map(|at| written(&shifted(&at, digits)));
        stated.push(&price, FigureKind::LiquidationPrice, &subject, USDC, at);
    }
    stated.positions.push(held);
    Ok(())
}
