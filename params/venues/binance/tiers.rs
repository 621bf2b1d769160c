//! Requirement tables of contracts.

use super::{
    Contract, FORMAT, ImportError, LeftOut, Member, Origin, PRICE_DECIMALS, ROUNDING_DECIMALS,
    SIZE_DECIMALS,
};
use crate::venue::{
    LEAST_RATE_DECIMALS, LeastRate, LeastRates, TierTables, by_leverage, decimal,
    linear_instrument, negated, rate_digits,
};
use crate::{InstrumentFile, ModeFile, RoundToFile, RowFile, TiersFile, VariableFile};

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
        let tiers = tables.name_of(VariableFile::Value, rows);
        instruments.push(InstrumentFile { tiers, ..instrument(contract, id) });
    }
    let tiers = tables.into_tables();
    let rate_decimals = rate_digits(&tiers).max(RATE_DECIMALS);
    Ok(Listing { tiers, instruments, rate_decimals })
}

/// Lists the contracts by what their leverages require, and those of which no table says it exactly, with the reason. Ids are
/// those of [`listing`].
pub(super) fn by_leverages(
    contracts: &[Contract],
) -> Result<(Listing, Vec<(LeftOut, InstrumentFile)>), ImportError> {
    let (mut tables, mut instruments) = (TierTables::default(), Vec::new());
    let mut inexact = Vec::new();
    for (contract, id) in contracts.iter().zip(1..) {
        let tiers = contract.tiers.list()?;
        let rows = rows(&contract.tiers, contract.origin)?;
        let highest = |tier| info(tier, contract.origin).member("initialLeverage");
        let rates = tiers.iter().map(|tier| LeastRate::of_leverage(&highest(tier)));
        let listed = instrument(contract, id);
        match LeastRates::of(&rows, &rates.collect::<Result<Vec<_>, _>>()?) {
            Ok(least) => instruments.push(by_leverage(listed, least, &mut tables, ROUND)),
            Err(why) => inexact.push((LeftOut { symbol: contract.name.to_owned(), why }, listed)),
        }
    }
    let (tiers, rate_decimals) = (tables.into_tables(), LEAST_RATE_DECIMALS);
    Ok((Listing { tiers, instruments, rate_decimals }, inexact))
}

/// Binance truncates what leverages divide as it does other requirements.
const ROUND: RoundToFile = RoundToFile { mode: ModeFile::Truncate, decimals: ROUNDING_DECIMALS };

/// A contract without tiers yet.
fn instrument(contract: &Contract, id: u32) -> InstrumentFile {
    let (symbol, settle) = (contract.symbol(), contract.settle);
    linear_instrument(id, symbol, settle, SIZE_DECIMALS, PRICE_DECIMALS, "")
}

/// Binance's own figures of a tier.
fn info<'a>(tier: &Member<'a>, origin: Origin) -> Member<'a> {
    match origin {
        Origin::Unified => tier.member("info"),
        Origin::Raw { .. } => tier.clone(),
    }
}

fn rows(tiers: &Member, origin: Origin) -> Result<Vec<RowFile>, ImportError> {
    let tiers = tiers.list()?;
    let last = tiers.len().saturating_sub(1);
    let row = |(at, tier): (usize, &Member)| {
        let info = info(tier, origin);
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
