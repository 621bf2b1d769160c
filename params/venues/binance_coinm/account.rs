//! Accounts.

use super::{BinanceCoinM, DECIMALS, ImportError, Member, Venue};
use crate::venue::{
    Listed, decimal, empty_account, entry_of, instrument_of, is_flat, must_state, scaled, settled,
    size_of,
};
use crate::venues::binance::{
    FLAT_FIGURES, check_cross_profit, check_side, check_totals, check_wallets,
};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let mut account = empty_account(BinanceCoinM::NAME);
    let listed = Listed::read(&root.member("assets"), "asset")?;
    // Each coin is a book of its own: others are not margin of these.
    for asset in &schedule.file().assets {
        // The answer lists every coin: one that is missing may be owed.
        let coin = listed.of(&asset.symbol)?;
        // The wallet less what is assigned to isolated positions.
        let cash = scaled(coin.member("crossWalletBalance").scaled(DECIMALS)?, DECIMALS);
        account.balances.push(BalanceFile::new(&*asset.symbol, cash));
    }
    for listed in root.member("positions").list()? {
        if is_flat(&listed, "positionAmt", &FLAT_FIGURES)? {
            continue;
        }
        let size = listed.member("positionAmt");
        let instrument = instrument_of(schedule, &listed.member("symbol"))?;
        let Some(size) = size_of(&size, instrument)? else { continue };
        must_state(&listed, &["leverage", "positionInitialMargin"])?;
        check_side(&listed, size.coefficient())?;
        let price = listed.member("entryPrice");
        let entry = entry_of(schedule, instrument, &size, (&price, &price.figure()?))?;
        let isolated = listed.member("isolated").stated_flag()?;
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
    check_totals(root, schedule)?;
    check_wallets(root, schedule, &account)?;
    check_cross_profit(root, schedule, &account)?;
    Ok(account)
}
