//! Requirement tables of contracts.

use super::{Contract, FORMAT, ImportError, Member, Origin, PRICE_DECIMALS, SIZE_DECIMALS};
use crate::venue::{TierTables, decimal, linear_instrument, negated, rate_digits};
use crate::{InstrumentFile, RowFile, TiersFile, VariableFile};

/// Usual number of digits of a rate.
const RATE_DECIMALS: u32 = 4;

/// Contracts as instruments, with the tables they share.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Different tables, numbered as they appear.
    pub tiers: Vec<TiersFile>,
    /// One instrument for each contract; ids number them from 1.
    pub instruments: Vec<InstrumentFile>,
    /// Number of digits that fits every rate.
    pub rate_decimals: u32,
}

/// Lists the contracts, with each different table once.
///
/// # Errors
/// [`ImportError`] with the place of a tier that cannot be read.
pub fn listing(contracts: &[Contract]) -> Result<Listing, ImportError> {
    let (mut tables, mut instruments) = (TierTables::default(), Vec::new());
    for (contract, id) in contracts.iter().zip(1..) {
        let rows = rows(&contract.tiers, contract.origin)?;
        let table = tables.name_of(VariableFile::Value, rows);
        instruments.push(linear_instrument(
            id,
            contract.symbol(),
            contract.settle,
            SIZE_DECIMALS,
            PRICE_DECIMALS,
            table,
        ));
    }
    let tiers = tables.into_tables();
    let rate_decimals = rate_digits(&tiers).max(RATE_DECIMALS);
    Ok(Listing { tiers, instruments, rate_decimals })
}

fn rows(tiers: &Member, origin: Origin) -> Result<Vec<RowFile>, ImportError> {
    let tiers = tiers.list()?;
    let last = tiers.len().saturating_sub(1);
    let row = |(at, tier): (usize, &Member)| {
        let info = match origin {
            Origin::Unified => tier.member("info"),
            Origin::Raw { .. } => tier.clone(),
        };
        if info.object().is_err() {
            let expected = match origin {
                Origin::Unified => format!("; this reads {FORMAT}"),
                Origin::Raw { .. } => String::new(),
            };
            return Err(info.wrong(format!("is not an object{expected}")));
        }
        let figure = |key: &str| match origin {
            Origin::Unified => info.member(key).decimal(),
            // The venue itself sends numbers.
            Origin::Raw { .. } => Ok(decimal(info.member(key).figure()?.to_string())),
        };
        let amount = negated(&figure("cum")?);
        let capped = at < last || info.member("notionalCap").is_present();
        let cap = if capped { Some(figure("notionalCap")?) } else { None };
        Ok(RowFile {
            from: Some(figure("notionalFloor")?),
            below: cap.filter(|cap| at < last || cap.as_str() != NO_CAP),
            rate: figure("maintMarginRatio")?,
            amount,
        })
    };
    tiers.iter().enumerate().map(row).collect()
}

/// What Binance writes when there is no cap: the largest integer of 64 bits.
pub(in crate::venues) const NO_CAP: &str = "9223372036854775807";
