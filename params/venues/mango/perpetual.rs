//! Perpetuals: valued by side, and profits weighted.
//!
//! Read of a market are `perp_market_index`, `settle_token_index`, `base_lot_size`, `name` and `base_decimals`, which can
//! be absent, and with 48 binary digits `oracle`, `stable` and the weights `init_` and `maint_base_asset_weight`,
//! `base_liab_weight` and `overall_asset_weight`; of what is held, `base_lots`, `quote`, `bids_base_lots` and
//! `asks_base_lots`.

use super::{
    BITS, NO_REQUIREMENT, QUOTE_DECIMALS, decimals, fraction, id, price as price_of, raw, symbol,
    token, weight,
};
use crate::venue::{ImportError, Member, decimal, linear_instrument};
use crate::{
    FractionText, InstrumentElementsFile, InstrumentFile, InstrumentPriceFile, ModeFile,
    Requirement, ResultStepFile, SidesFile, StepFile, Unit,
};
use num_bigint::BigInt;
use num_traits::Signed;

const PREFIX: &str = "PERP";

/// Figures of the snapshot, for a long and for a short position.
const PRICES: [&str; 2] = ["lower of oracle and stable price", "higher of oracle and stable price"];

/// Symbol of a market.
pub(super) fn symbol_of(market: &Member<'_>) -> Result<String, ImportError> {
    symbol(market, &id(market, "perp_market_index")?.1, PREFIX)
}

/// The instrument of a market.
pub(super) fn instrument(
    market: &Member<'_>,
    root: &Member<'_>,
    requirement: Requirement,
) -> Result<InstrumentFile, ImportError> {
    let (id, _) = id(market, "perp_market_index")?;
    let settle = market.member("settle_token_index");
    if settle.text()? != "0" {
        return Err(settle.wrong("is not 0; perpetuals settle in USDC"));
    }
    let mut tokens = root.member("tokens").list()?.into_iter().map(|held| held.member("bank"));
    let settle = tokens.find(|bank| bank.member("token_index").text().is_ok_and(|i| i == "0"));
    let settle = settle.ok_or_else(|| market.wrong("settles in token 0, which is not listed"))?;
    let constant = |name: &str| {
        Ok::<_, ImportError>(Some(fraction(&weight(market, requirement, name)?, 0, 0)))
    };
    let floor = |multiply, by| StepFile {
        multiply,
        by,
        round: Some(ModeFile::Floor),
        ..StepFile::default()
    };
    let [lower, higher] = PRICES.map(|name| match requirement {
        Requirement::Initial => Some(name.to_owned()),
        _ => None,
    });
    let elements = InstrumentElementsFile {
        value_by_side: Some(SidesFile {
            long: floor(constant("base_asset_weight")?, lower),
            short: floor(constant("base_liab_weight")?, higher),
        }),
        result: vec![ResultStepFile {
            profit: floor(constant("overall_asset_weight")?, None),
            loss: StepFile::default(),
            at_most: None,
        }],
        ..InstrumentElementsFile::default()
    };
    let symbol = symbol_of(market)?;
    Ok(InstrumentFile {
        price_bits: Some(BITS),
        elements: Some(elements),
        ..linear_instrument(
            id,
            symbol,
            token::symbol_of(&settle)?,
            decimals(market, "base_decimals")?,
            price_decimals(market)?,
            NO_REQUIREMENT,
        )
    })
}

/// Decimal digits of a price: a price in USDC's smallest unit for the smallest unit of the base, if that is coarser.
fn price_decimals(market: &Member<'_>) -> Result<u32, ImportError> {
    Ok(QUOTE_DECIMALS.saturating_sub(decimals(market, "base_decimals")?))
}

/// Prices of a market that the schedule lists.
pub(super) fn price(
    market: &Member<'_>,
    requirement: Requirement,
) -> Result<InstrumentPriceFile, ImportError> {
    let base = decimals(market, "base_decimals")?;
    let oracle = price_of(market, Requirement::Maintenance, false)?;
    let up = BigInt::from(10).pow(base.saturating_sub(QUOTE_DECIMALS));
    let unit = Unit { decimals: price_decimals(market)?, bits: BITS };
    let mark = decimal(unit.figure(&(oracle * up)).to_string());
    let mut price = InstrumentPriceFile::at_mark(symbol_of(market)?, mark);
    if requirement == Requirement::Initial {
        for (name, owed) in PRICES.into_iter().zip([false, true]) {
            let figure: FractionText =
                fraction(&price_of(market, requirement, owed)?, base, QUOTE_DECIMALS);
            price.figures.insert(name.to_owned(), figure);
        }
    }
    Ok(price)
}

/// Base lots and lot size of what is held, and its quote amount with 48 binary digits.
pub(super) fn held(market: &Member<'_>) -> Result<[BigInt; 2], ImportError> {
    let lot_size = raw(market, "base_lot_size")?;
    if !lot_size.is_positive() {
        return Err(market.member("base_lot_size").wrong("is not above zero"));
    }
    Ok([raw(market, "base_lots")? * lot_size, raw(market, "quote")?])
}
