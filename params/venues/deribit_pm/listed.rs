//! Instruments of the matrix: what each is, by `public/get_instruments`.

use super::super::{
    ImportError, Listed, Maturing, Member, one_size_unit, price_above_zero, strike_price,
};
use super::matrix::{Matrix, Row};
use super::parameters::Parameters;
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// Digits of a size that leave enough for prices.
const MOST_SIZE_DECIMALS: u32 = 8;

/// An instrument with its row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Instrument<'a> {
    pub(super) contract: Maturing,
    pub(super) row: &'a Row,
    /// Whether its size is in dollars.
    pub(super) is_future: bool,
    /// The roll shock's rate of a unit of the currency, times its delta.
    pub(super) roll: Decimal,
}

fn zero() -> Decimal {
    Decimal::from_scaled(&BigInt::ZERO, 0)
}

/// All instruments of the matrix.
pub(super) fn read<'a>(
    answer: &Member<'_>,
    matrix: &'a Matrix,
    parameters: &Parameters,
) -> Result<Vec<Instrument<'a>>, ImportError> {
    let listed = Listed::read(answer, "instrument_name")?;
    let instruments = matrix.rows.iter().map(|(name, row)| {
        let of = listed.of(name)?;
        let currency = of.member("settlement_currency");
        if currency.text()? != parameters.currency {
            let message = format!("is not {}, whose matrix this is", parameters.currency);
            return Err(currency.wrong(message));
        }
        instrument(of, name, row, parameters)
    });
    let mut instruments = instruments.collect::<Result<Vec<_>, _>>()?;
    one_size_unit(instruments.iter_mut().map(|i| &mut i.contract));
    Ok(instruments)
}

fn instrument<'a>(
    of: &Member<'_>,
    name: &str,
    row: &'a Row,
    parameters: &Parameters,
) -> Result<Instrument<'a>, ImportError> {
    let kind = of.member("kind");
    let is_future = match kind.text()? {
        "future" => true,
        "option" => false,
        _ => return Err(kind.wrong("is neither \"future\" nor \"option\"")),
    };
    let inverse = of.member("instrument_type");
    if inverse.text()? != "reversed" {
        let message = "is not \"reversed\": contracts that settle in what they are quoted in are no part of this";
        return Err(inverse.wrong(message));
    }
    let step = of.member("min_trade_amount");
    let size = price_above_zero(&step, step.number()?)?;
    if size.scale() > MOST_SIZE_DECIMALS {
        return Err(step.wrong(format!("has more than {MOST_SIZE_DECIMALS} digits")));
    }
    let perpetual = of.member("settlement_period").text()? == "perpetual";
    let expiry_ms =
        if perpetual { None } else { Some(of.member("expiration_timestamp").milliseconds()?) };
    let option = if is_future { None } else { Some(option(of)?) };
    let is_call = option.as_ref().map(|(_, is_call)| *is_call);
    if is_future {
        let place = ImportError::Source {
            pointer: row.pointer.clone(),
            message: "is of a future without a mark above zero".to_owned(),
            help: None,
        };
        if row.mark.coefficient() <= &BigInt::ZERO {
            return Err(place);
        }
    }
    Ok(Instrument {
        contract: Maturing {
            symbol: name.to_owned(),
            expiry_ms,
            option,
            size_decimals: size.scale(),
        },
        row,
        is_future,
        roll: roll(of, name, is_call, parameters)?,
    })
}

fn option(of: &Member<'_>) -> Result<(Decimal, bool), ImportError> {
    let side = of.member("option_type");
    let is_call = match side.text()? {
        "call" => true,
        "put" => false,
        _ => return Err(side.wrong("is neither \"call\" nor \"put\"")),
    };
    let strike = of.member("strike");
    Ok((strike_price(&strike, strike.number()?, super::STRIKE_DECIMALS)?, is_call))
}

/// Rate times delta of one unit of the currency. Whether it is a call is `None` for a future.
fn roll(
    of: &Member<'_>,
    name: &str,
    is_call: Option<bool>,
    parameters: &Parameters,
) -> Result<Decimal, ImportError> {
    let Some(rates) = &parameters.roll else { return Ok(zero()) };
    let place = of.member("instrument_name");
    let maturity = name.split('-').nth(1).unwrap_or_default();
    let rate = rates.get(maturity).ok_or_else(|| {
        place.wrong(format!("is of {maturity:?}, for which parameters.json has no roll shock"))
    })?;
    let Some(is_call) = is_call else { return Ok(rate.clone()) };
    let delta = parameters.deltas.get(name);
    let delta = delta.ok_or_else(|| place.wrong("has no delta in parameters.json"))?;
    if delta.coefficient().is_negative() == is_call && *delta.coefficient() != BigInt::ZERO {
        let side = if is_call {
            "a call, whose delta is not below"
        } else {
            "a put, whose delta is not above"
        };
        return Err(place.wrong(format!("is {side} zero, but in parameters.json it is")));
    }
    Ok(crate::portfolio::figure::product(rate, delta))
}
