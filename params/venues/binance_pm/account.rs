//! Accounts: the net amount of each asset from `balance`, positions from `umAccount`.

use super::{ASSET_DECIMALS, BinancePortfolioMargin, ImportError, Member, SIZE_DECIMALS, Venue};
use crate::venue::{Listed, empty_account, instrument_of, is_flat, scaled};
use crate::venues::binance::{FLAT_FIGURES, check_side, check_totals_of_assets, entry_price};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::Zero;
use std::collections::BTreeMap;

/// Digits of every amount in the answers.
pub(super) const DECIMALS: u32 = 8;

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let (balances, futures) = (root.member("balance"), root.member("umAccount"));
    let mut account = empty_account(BinancePortfolioMargin::NAME);
    let mut wallets = BTreeMap::new();
    for asset in balances.list()? {
        let symbol = asset.member("asset");
        let name = symbol.text()?;
        if wallets.insert(name, asset.member("umWalletBalance")).is_some() {
            return Err(symbol.wrong("is in the answer twice"));
        }
        let amount = net(&asset)?;
        if schedule.asset(name).is_some() {
            account.balances.push(BalanceFile::new(name, scaled(amount, ASSET_DECIMALS)));
        } else if !amount.is_zero() {
            let message = "is not an asset of the schedule, and the account has some";
            return Err(symbol.wrong(message));
        }
    }
    // A profit counts as an amount of what it settles in.
    for asset in schedule.assets().iter().filter(|asset| asset.settles) {
        if !wallets.contains_key(&*asset.symbol) {
            account.balances.push(BalanceFile::new(&*asset.symbol, scaled(0, ASSET_DECIMALS)));
        }
    }
    for listed in futures.member("positions").list()? {
        if is_flat(&listed, "positionAmt", &FLAT_FIGURES)? {
            continue;
        }
        let size = listed.member("positionAmt").scaled(SIZE_DECIMALS)?;
        let instrument = instrument_of(schedule, &listed.member("symbol"))?;
        check_side(&listed, &size)?;
        let price = entry_price(&listed.member("entryPrice"))?;
        let entry = scaled(&size * price, ASSET_DECIMALS);
        let size = scaled(size, SIZE_DECIMALS);
        account.positions.push(PositionFile::new(&*instrument.symbol, size, entry));
    }
    check_listed(&futures, &wallets, schedule)?;
    Ok(account)
}

/// What the wallets hold of an asset, without loans.
fn net(asset: &Member<'_>) -> Result<BigInt, ImportError> {
    for name in ["crossMarginBorrowed", "crossMarginInterest"] {
        let message = "is not zero: the schedule leaves margin loans out";
        asset.member(name).must_be_nothing(message)?;
    }
    let message = "is not zero: the schedule leaves what is owed out";
    asset.member("negativeBalance").must_be_nothing_if_given(message)?;
    let message = "is not zero: the schedule leaves positions in COIN-M contracts out";
    asset.member("cmUnrealizedPNL").must_be_nothing(message)?;
    let message = "is not zero: the schedule leaves options out";
    for name in ["optionWalletBalance", "optionEquity"] {
        asset.member(name).must_be_nothing_if_given(message)?;
    }
    let wallets = ["crossMarginAsset", "umWalletBalance", "cmWalletBalance"];
    wallets.iter().map(|name| asset.member(name).scaled(ASSET_DECIMALS)).sum()
}

/// That no position is missing, and that both answers are of one account at one time: the positions that settle in an asset
/// come to the requirement and profit of it, and its wallet is that of the other answer.
fn check_listed(
    futures: &Member<'_>,
    wallets: &BTreeMap<&str, Member<'_>>,
    schedule: &Schedule,
) -> Result<(), ImportError> {
    let totals = [("maintMargin", "maintMargin"), ("unrealizedProfit", "crossUnPnl")];
    check_totals_of_assets(futures, schedule, totals)?;
    let settles = |name: &str| schedule.asset(name).is_some_and(|asset| asset.settles);
    let assets = Listed::read(&futures.member("assets"), "asset")?;
    for (name, wallet) in wallets.iter().filter(|(name, _)| settles(name)) {
        if !wallet.is_zero()? {
            assets.of(name)?;
        }
    }
    for asset in assets.entries() {
        let name = asset.member("asset").text()?;
        if !settles(name) {
            continue;
        }
        let wallet = asset.member("crossWalletBalance");
        let other = wallets.get(name).map(|place| place.scaled(ASSET_DECIMALS)).transpose()?;
        if wallet.scaled(ASSET_DECIMALS)? != other.unwrap_or_default() {
            let message = "is not umWalletBalance of balance.json: the answers are of two accounts, or of two times";
            return Err(wallet.other_account(message));
        }
    }
    Ok(())
}
