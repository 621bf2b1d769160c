//! One contract of the list, and its rates.

use super::{DECIMALS, INDEX, ImportError, Member, USDC};
use crate::venue::{linear_instrument, row};
use crate::{InstrumentElementsFile, InstrumentFile, RateFile, SidesFile, StepFile};
use crate::{TiersFile, VariableFile};
use zkmargin_model::decimal::Decimal;

/// Maintenance rates of the venue's page.
#[derive(Clone, Copy)]
pub(super) struct Rates {
    /// Of a position of no size.
    base: &'static str,
    /// What each unit of what is traded adds.
    each: &'static str,
}

/// The contracts whose rates the page has.
const PUBLISHED: [(&str, Rates); 2] = [
    ("BTC_USDC-PERPETUAL", Rates { base: "0.01", each: "0.00005" }),
    ("SOL_USDC-PERPETUAL", Rates { base: "0.02", each: "0.000005" }),
];

/// The rates of a contract, or why no schedule lists it.
pub(super) fn rates_of(
    contract: &Member<'_>,
    symbol: &str,
) -> Result<Result<Rates, &'static str>, ImportError> {
    let published = PUBLISHED.iter().find(|(name, _)| *name == symbol);
    Ok(if contract.member("kind").text()? != "future" {
        Err("not a future")
    } else if contract.member("instrument_type").text()? != "linear" {
        Err("not linear")
    } else if contract.member("settlement_period").text()? != "perpetual" {
        Err("fixed maturity")
    } else if contract.member("settlement_currency").text()? != USDC {
        Err("settles in another asset")
    } else if !contract.member("is_active").flag()? {
        Err("not active")
    } else {
        published.map(|(_, rates)| *rates).ok_or("its rates are not on the venue's page")
    })
}

impl Rates {
    /// Digits of its rates at every size of a contract whose sizes have these digits.
    pub fn digits(self, size_decimals: u32) -> u32 {
        let digits = |rate: &str| Decimal::parse(rate).map_or(0, |rate| rate.scale());
        digits(self.base).max(digits(self.each) + size_decimals)
    }

    /// The requirement table: a rate of the notional, by size.
    pub fn tiers(self, symbol: &str) -> TiersFile {
        TiersFile {
            name: symbol.to_owned(),
            variable: VariableFile::Quantity,
            rows: vec![row(Some("0"), None, self.each, self.base)],
            denominator: None,
            requirement_rounding: None,
        }
    }
}

/// A contract, whose requirement is of its size at the index price.
pub(super) fn instrument(
    id: u32,
    contract: &Member<'_>,
    symbol: &str,
) -> Result<InstrumentFile, ImportError> {
    let place = contract.member("contract_size");
    let digits = place.number()?.scale();
    let price = DECIMALS.checked_sub(digits).ok_or_else(|| place.wrong("has too many digits"))?;
    let at_index = || StepFile { by: Some(INDEX.to_owned()), ..StepFile::default() };
    Ok(InstrumentFile {
        elements: Some(InstrumentElementsFile {
            notional_by_side: Some(SidesFile { long: at_index(), short: at_index() }),
            rate: Some(RateFile::default()),
            ..InstrumentElementsFile::default()
        }),
        ..linear_instrument(id, symbol, USDC, digits, price, symbol)
    })
}
