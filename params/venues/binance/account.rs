//! Accounts: the answer of `GET /fapi/v2/account`.

use super::{ASSET_DECIMALS, Binance, ImportError, Member, PRICE_DECIMALS, SIZE_DECIMALS, Venue};
use crate::venue::{empty_account, instrument_of, scaled};
use crate::{AccountFile, BalanceFile, DecimalText, PositionFile, Schedule};
use num_bigint::{BigInt, Sign};

/// What is not zero.
fn held(member: &Member, decimals: u32) -> Result<Option<BigInt>, ImportError> {
    Ok(Some(member.scaled(decimals)?).filter(|amount| amount.sign() != Sign::NoSign))
}

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let multi_assets = root.member("multiAssetsMargin");
    match (multi_assets.flag()?, schedule.file().bid_and_ask) {
        (true, false) => {
            let message = "is set, but the schedule is of single-asset mode: one index price";
            return Err(multi_assets.wrong(message));
        }
        (false, true) => {
            let message = "is not set, but the schedule is of multi-assets mode: bid and ask";
            return Err(multi_assets.wrong(message));
        }
        _ => {}
    }
    let mut account = empty_account(Binance::NAME);
    for asset in root.member("assets").list()? {
        account.balances.extend(balance(&asset, schedule)?);
    }
    for listed in root.member("positions").list()? {
        let size = held(&listed.member("positionAmt"), SIZE_DECIMALS)?;
        if let Some(size) = size {
            account.positions.push(position(&listed, &size, schedule)?);
        }
    }
    Ok(account)
}

/// What the cross book has of an asset: the wallet less what is assigned to isolated positions. `None` for nothing, of an
/// asset in which no position settles.
fn balance(asset: &Member, schedule: &Schedule) -> Result<Option<BalanceFile>, ImportError> {
    let symbol = asset.member("asset");
    let name = symbol.text()?;
    let amount = held(&asset.member("crossWalletBalance"), ASSET_DECIMALS)?;
    let listed = schedule.asset(name);
    if amount.is_some() && listed.is_none() {
        return Err(symbol.wrong("is not an asset of the schedule, and the account has some"));
    }
    let named = amount.is_some() || listed.is_some_and(|listed| listed.settles);
    let balance = || scaled(amount.unwrap_or_default(), ASSET_DECIMALS);
    Ok(named.then(|| BalanceFile::new(name, balance())))
}

fn position(
    position: &Member,
    size: &BigInt,
    schedule: &Schedule,
) -> Result<PositionFile, ImportError> {
    let instrument = instrument_of(schedule, &position.member("symbol"))?;
    let entry = position.member("entryPrice").scaled(PRICE_DECIMALS)?;
    let entry_value = scaled(size * entry, ASSET_DECIMALS);
    let size = scaled(size.clone(), SIZE_DECIMALS);
    let isolated_margin = isolated(position, schedule)?;
    Ok(PositionFile {
        isolated_margin,
        ..PositionFile::new(&*instrument.symbol, size, entry_value)
    })
}

/// The wallet of an isolated position, to which its profit and loss are added.
fn isolated(position: &Member, schedule: &Schedule) -> Result<Option<DecimalText>, ImportError> {
    let flag = position.member("isolated");
    if !flag.flag()? {
        return Ok(None);
    }
    if !schedule.file().isolated_books {
        return Err(flag.wrong("is set, but the schedule has no isolated books"));
    }
    position.member("isolatedWallet").decimal().map(Some)
}
