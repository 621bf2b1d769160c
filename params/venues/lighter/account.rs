//! Accounts: one of a block's, as the venue's prover has it. `col` is the collateral in units of `10^-12` USDC, and `ap` has
//! positions by market index: `p` size in base units, `eq` value at entry in units of `10^-6` USDC, `imf` the account's own
//! initial fraction in parts of 10,000, `lfrps` the funding sum at the last settlement, `almrg` the margin allocated to an isolated position, in units of `10^-12` USDC.

use super::{
    ImportError, Lighter, Member, PRICE_DECIMALS, RATE_DECIMALS, USDC_DECIMALS, Venue, symbol,
};
use crate::venue::{check_entry, empty_account, scaled};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let mut account = empty_account(Lighter::NAME);
    let collateral = scaled(root.member("col").integer()?, USDC_DECIMALS);
    account.balances.push(BalanceFile::new("USDC", collateral));
    for (index, held) in root.member("ap").object()? {
        // What is zero is left out by the prover.
        let figure = |name: &str| {
            let member = held.member(name);
            if member.is_present() { member.integer() } else { Ok(0) }
        };
        let size = figure("p")?;
        if size == 0 {
            // One that was closed has no value at entry either.
            if figure("eq")? != 0 {
                return Err(held.member("p").wrong("is zero or missing, but eq is not zero"));
            }
            // Margin of a book without a position would be of no book.
            if figure("almrg")? != 0 {
                return Err(held.member("almrg").wrong("is not zero, but p is zero or missing"));
            }
            continue;
        }
        let index: u32 = index.parse().map_err(|_| held.wrong("is not under a market's index"))?;
        let name = symbol(index);
        let listed = schedule.file().instruments.iter().find(|listed| listed.symbol == name);
        let listed = listed.ok_or_else(|| held.wrong("is not in a market of the schedule"))?;
        let multiplier = listed.multiplier.as_str().parse::<BigInt>();
        let multiplier =
            multiplier.map_err(|_| held.wrong("is in a market without a whole multiplier"))?;
        let place = held.member("eq");
        let entry = BigInt::from(place.natural()?) * size.signum();
        check_entry(&place, listed.kind, &size.into(), &entry)?;
        let funding = BigInt::from(figure("lfrps")?) * multiplier;
        let margin = figure("almrg")?;
        let isolated_margin = (margin != 0).then(|| scaled(margin, USDC_DECIMALS));
        let entry = scaled(entry, PRICE_DECIMALS);
        let own = figure("imf")?;
        if own < 0 {
            return Err(held.member("imf").wrong("is negative"));
        }
        let own = (schedule.file().own_rates && own != 0).then(|| scaled(own, RATE_DECIMALS));
        account.positions.push(PositionFile {
            funding_index: Some(scaled(funding, USDC_DECIMALS)),
            isolated_margin,
            own_rate: own,
            ..PositionFile::new(name, scaled(size, 0), entry)
        });
    }
    Ok(account)
}
