//! Accounts.

use super::{BinanceCoinM, DECIMALS, ImportError, Member, Venue};
use crate::venue::size_of;
use crate::venue::{Listed, decimal, empty_account, entry_of, instrument_of, scaled, settled};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let mut account = empty_account(BinanceCoinM::NAME);
    let listed = Listed::read(&root.member("assets"), "asset")?;
    // Each coin is a book of its own: others are not margin of these.
    for asset in &schedule.file().assets {
        let cash = match listed.of(&asset.symbol) {
            // The wallet less what is assigned to isolated positions.
            Ok(coin) => scaled(coin.member("crossWalletBalance").scaled(DECIMALS)?, DECIMALS),
            Err(_) => decimal("0"),
        };
        account.balances.push(BalanceFile::new(&*asset.symbol, cash));
    }
    for listed in root.member("positions").list()? {
        let size = listed.member("positionAmt");
        if size.must_be_nothing("").is_ok() {
            continue;
        }
        let instrument = instrument_of(schedule, &listed.member("symbol"))?;
        let Some(size) = size_of(&size, instrument)? else { continue };
        let price = listed.member("entryPrice");
        let entry = entry_of(schedule, instrument, &size, (&price, &price.figure()?))?;
        let isolated = listed.member("isolated").flag()?;
        let wallet = || listed.member("isolatedWallet").decimal();
        account.positions.push(PositionFile {
            isolated_margin: isolated.then(wallet).transpose()?,
            ..PositionFile::new(
                &*instrument.symbol,
                decimal(size.to_string()),
                settled(schedule, instrument, entry),
            )
        });
    }
    for asset in &schedule.file().assets {
        let settles = |position: &PositionFile| {
            let mut listed = schedule.file().instruments.iter();
            listed.any(|i| i.symbol == position.instrument && i.settle == asset.symbol)
        };
        if let Ok(coin) = listed.of(&asset.symbol)
            && !account.positions.iter().any(settles)
        {
            let message = "is not zero, but no position of the coin is listed";
            coin.member("maintMargin").must_be_nothing(message)?;
        }
    }
    Ok(account)
}
