//! Accounts: a position of the contract, which is what it calls an account.

use super::asset::symbol;
use super::{DECIMALS, Extended, FUNDING_BITS, ImportError, Member, Venue};
use crate::venue::{decimal, empty_account, scaled};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule, Unit};
use num_bigint::Sign;

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let mut account = empty_account(Extended::NAME);
    let collateral = root.member("collateral_balance").scaled(0)?;
    account.balances.push(BalanceFile::new("USDC", scaled(collateral, DECIMALS)));
    for entry in root.member("asset_entries").list()? {
        let place = entry.member("id");
        let name = symbol(&place)?;
        let listed = schedule.file().instruments.iter().find(|listed| listed.symbol == name);
        let listed = listed.ok_or_else(|| place.wrong("is not an instrument of the schedule"))?;
        let size = entry.member("balance").scaled(0)?;
        if size.sign() == Sign::NoSign {
            continue;
        }
        let unit = Unit { decimals: listed.price_decimals, bits: FUNDING_BITS };
        let index = entry.member("cached_funding_index").scaled(0)?;
        // What was paid for the position is in the collateral.
        let held = PositionFile::new(name, scaled(size, listed.size_decimals), decimal("0"));
        let funding_index = Some(decimal(unit.figure(&index).to_string()));
        account.positions.push(PositionFile { funding_index, ..held });
    }
    Ok(account)
}
