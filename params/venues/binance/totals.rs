//! The totals of an account, by which a position or a balance that is missing is noticed.

use super::{ImportError, Member, ROUNDING_DECIMALS};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::{Listed, ListedSum};
use crate::{AccountFile, Schedule};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// Checks that no position is missing: those that settle in an asset come to the requirement and to the profit that the
/// answer has of it. Each figure is cut at eight digits.
pub(in crate::venues) fn check_totals(
    answer: &Member,
    schedule: &Schedule,
) -> Result<(), ImportError> {
    check_totals_of_assets(
        answer,
        schedule,
        ["maintMargin", "unrealizedProfit"].map(|figure| (figure, figure)),
    )
}

/// Compares totals of each settlement asset with the sums over the positions listed: each a figure of a position, and the
/// asset's total of it. An asset in which a position settles has totals.
pub(in crate::venues) fn check_totals_of_assets(
    answer: &Member<'_>,
    schedule: &Schedule,
    totals: [(&str, &str); 2],
) -> Result<(), ImportError> {
    let positions = answer.member("positions").list()?;
    let assets = Listed::read(&answer.member("assets"), "asset")?;
    for position in &positions {
        let symbol = position.member("symbol").text()?;
        let mut instruments = schedule.file().instruments.iter();
        let held = instruments.find(|instrument| instrument.symbol == symbol);
        if let Some(held) = held.filter(|_| position.member("positionAmt").is_zero() == Ok(false)) {
            assets.of(&held.settle)?;
        }
    }
    for asset in assets.entries() {
        let name = asset.member("asset").text()?;
        if !schedule.asset(name).is_some_and(|asset| asset.settles) {
            continue;
        }
        for (part, total) in totals {
            let mut listed = ListedSum::default();
            for position in &positions {
                let symbol = position.member("symbol").text()?;
                let mut instruments = schedule.file().instruments.iter();
                let settles = instruments.any(|i| i.symbol == symbol && i.settle == name);
                if settles && !position.member("positionAmt").is_zero()? {
                    listed.add(&position.member(part).computed()?);
                }
            }
            listed.check(&asset.member(total), ROUNDING_DECIMALS)?;
        }
    }
    Ok(())
}

/// Checks what is taken of each wallet: the whole is what the cross book has and what the isolated positions that settle in
/// the asset have, so that a debt is in one of them.
pub(in crate::venues) fn check_wallets(
    answer: &Member,
    schedule: &Schedule,
    account: &AccountFile,
) -> Result<(), ImportError> {
    for asset in answer.member("assets").list()? {
        let name = asset.member("asset").text()?;
        let mut wallets = ListedSum::default();
        wallets.add(&asset.member("crossWalletBalance").computed()?);
        for position in &account.positions {
            let mut instruments = schedule.file().instruments.iter();
            let settles = instruments.any(|i| i.symbol == position.instrument && i.settle == name);
            if let Some(margin) = position.isolated_margin.as_ref().filter(|_| settles) {
                let margin = Decimal::parse(margin.as_str());
                wallets.add(&margin.map_err(|e| asset.wrong(e.to_string()))?);
            }
        }
        let place = asset.member("walletBalance");
        if !wallets.is_nearly(&place.computed()?, ROUNDING_DECIMALS) {
            let message = "is not crossWalletBalance and the wallets of the isolated positions";
            return Err(place.wrong(message));
        }
    }
    Ok(())
}

/// Checks which positions are isolated: those that are not come to the cross book's profit of each settlement asset, where the
/// answer has it.
pub(in crate::venues) fn check_cross_profit(
    answer: &Member,
    schedule: &Schedule,
    account: &AccountFile,
) -> Result<(), ImportError> {
    let positions = answer.member("positions").list()?;
    for asset in answer.member("assets").list()? {
        let (name, place) = (asset.member("asset").text()?, asset.member("crossUnPnl"));
        // In hedge mode either side of a contract has its own wallet.
        let is_cross = |symbol: &str, is_short: bool| {
            let mut instruments = schedule.file().instruments.iter();
            let settles = instruments.any(|i| i.symbol == symbol && i.settle == name);
            let mut held = account.positions.iter().filter(|p| p.instrument == symbol);
            let held = held.find(|p| p.size.as_str().starts_with('-') == is_short);
            settles && held.is_some_and(|p| p.isolated_margin.is_none())
        };
        if place.is_nothing() || !schedule.asset(name).is_some_and(|asset| asset.settles) {
            continue;
        }
        let mut listed = ListedSum::default();
        for position in &positions {
            let size = position.member("positionAmt");
            if size.is_zero()? {
                continue;
            }
            let is_short = size.computed()?.coefficient().is_negative();
            if is_cross(position.member("symbol").text()?, is_short) {
                listed.add(&position.member("unrealizedProfit").computed()?);
            }
        }
        if !listed.is_nearly(&place.computed()?, ROUNDING_DECIMALS) {
            let message = "is not the profit of the positions of the cross book";
            let help = "save the whole answer again: `isolated` and `isolatedWallet` of a position say whether it is one of them";
            return Err(place.wrong(message).with_help(help));
        }
    }
    Ok(())
}

/// Checks that no balance is missing, in multi-assets mode: the totals in USD are within what the balances listed are worth
/// between bid and ask rate, and 1 % of the whole, by which rates may have moved. Which rate the venue takes is not
/// documented. Where a balance has no rate, nothing can be compared.
pub(super) fn check_worth(answer: &Member, rates: &Member) -> Result<(), ImportError> {
    let rates = Listed::read(rates, "symbol")?;
    let zero = || Decimal::from_scaled(&BigInt::ZERO, 0);
    for (own, total) in
        [("walletBalance", "totalWalletBalance"), ("marginBalance", "totalMarginBalance")]
    {
        let (mut least, mut most, mut whole) = (zero(), zero(), zero());
        for asset in answer.member("assets").list()? {
            let amount = asset.member(own).computed()?;
            if *amount.coefficient() == BigInt::ZERO {
                continue;
            }
            let Ok(rate) = rates.of(&format!("{}USD", asset.member("asset").text()?)) else {
                return Ok(());
            };
            let at = |name: &str| Ok(product(&amount, &rate.member(name).computed()?));
            let (bid, ask): (Decimal, Decimal) = (at("bidRate")?, at("askRate")?);
            let owed = amount.coefficient().is_negative();
            let (low, high) = if owed { (ask, bid) } else { (bid, ask) };
            (least, most) = (sum(&least, &low), sum(&most, &high));
            whole = sum(&whole, &if owed { less(&low) } else { high });
        }
        let moved = product(&whole, &Decimal::from_scaled(&1.into(), 2));
        let place = answer.member(total);
        let total = place.computed()?;
        let below = sum(&sum(&total, &moved), &less(&least));
        let above = sum(&sum(&most, &moved), &less(&total));
        if [below, above].iter().any(|room| room.coefficient().is_negative()) {
            let help = "save the whole answer again, with every asset";
            let message =
                "is not what the balances listed are worth at the rates of assetIndex.json";
            return Err(place.wrong(message).with_help(help));
        }
    }
    Ok(())
}
