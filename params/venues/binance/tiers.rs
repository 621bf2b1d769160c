//! Requirement tables of contracts.

use super::{Contract, FORMAT, ImportError, Member, Origin, PRICE_DECIMALS, SIZE_DECIMALS};
use crate::venue::{decimal, linear_instrument};
use crate::{DecimalText, InstrumentFile, RowFile, TiersFile, VariableFile};
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

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
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let (mut tiers, mut instruments) = (Vec::new(), Vec::new());
    for (contract, id) in contracts.iter().zip(1..) {
        let rows = rows(&contract.tiers, contract.origin)?;
        let key: String = rows.iter().map(row_key).collect();
        let table = names.entry(key).or_insert_with(|| {
            let name = format!("tiers-{:03}", tiers.len() + 1);
            tiers.push(TiersFile {
                name: name.clone(),
                variable: VariableFile::Value,
                rows,
                denominator: None,
                requirement_rounding: None,
            });
            name
        });
        instruments.push(linear_instrument(
            id,
            contract.symbol(),
            contract.settle,
            SIZE_DECIMALS,
            PRICE_DECIMALS,
            table.as_str(),
        ));
    }
    let rate_decimals = rate_decimals(&tiers);
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
        let amount = negated(figure("cum")?.as_str());
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
const NO_CAP: &str = "9223372036854775807";

fn negated(text: &str) -> DecimalText {
    match (text, text.strip_prefix('-')) {
        ("0", _) => decimal("0"),
        (_, Some(magnitude)) => decimal(magnitude),
        (_, None) => decimal(format!("-{text}")),
    }
}

fn rate_decimals(tiers: &[TiersFile]) -> u32 {
    let rates = tiers.iter().flat_map(|table| &table.rows).map(|row| row.rate.as_str());
    let digits = rates.filter_map(|rate| Decimal::parse(rate).ok()).map(|rate| rate.scale());
    digits.fold(RATE_DECIMALS, u32::max)
}

/// Text that is the same for the same row.
fn row_key(row: &RowFile) -> String {
    let end = |end: &Option<DecimalText>| end.as_ref().map_or("", DecimalText::as_str).to_owned();
    format!("{} {} {} {};", end(&row.from), end(&row.below), row.rate.as_str(), row.amount.as_str())
}
