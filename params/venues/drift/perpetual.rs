//! Perpetuals: results by sign with a cap, and margin ratios that grow with the root of the size.
//!
//! Read are `margin_ratio_initial`, `margin_ratio_maintenance`, `unrealized_pnl_initial_asset_weight` and
//! `unrealized_pnl_maintenance_asset_weight` (1e-4), `imf_factor` (1e-6), `contract_type`, `status` and `oracle_price`
//! (1e-6 USD).

use super::spot::{buffer, per_root, rate};
use super::{
    Options, QUOTE_DECIMALS, QUOTE_OWED, QUOTE_OWNED, RATE_DECIMALS, RESULTS, figure,
    figure_or_zero, of,
};
use crate::venue::{ImportError, Member, linear_instrument, row, scaled};
use crate::{
    DecimalText, FractionText, InstrumentElementsFile, InstrumentFile, InstrumentPriceFile,
    ModeFile, OwnRateFile, RateFile, ResultStepFile, RootFile, RowFile, SidesFile, StepFile,
    TiersFile, VariableFile,
};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;

/// Digits of a size.
const SIZE_DECIMALS: u32 = 9;
/// Digits of a factor for large sizes.
const FACTOR_DECIMALS: u32 = 6;
/// Most that a perpetual's profit adds to the initial figure, in USD.
const PROFIT_CAP: &str = "100";
/// What each open order requires, in USD.
const ORDER_FEE: &str = "0.01";
/// Figure of the snapshot: what a short of a prediction market can lose, of a payout of one.
const OTHER_OUTCOME: &str = "price of the other outcome";

/// Symbol of a market.
pub(super) fn symbol(market: &Member<'_>, index: u32) -> Result<String, ImportError> {
    let name = market.member("name");
    if name.is_present() { Ok(name.text()?.to_owned()) } else { Ok(format!("PERP-{index}")) }
}

/// Whether the program lowers the weight of profits in the market by its imbalance or by their size, at initial margin
/// and at that of fills.
pub(super) fn lowers_profits(market: &Member<'_>) -> Result<bool, ImportError> {
    for name in ["unrealized_pnl_max_imbalance", "unrealized_pnl_imf_factor"] {
        if !figure_or_zero(market, name)?.is_zero() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why a market is not taken.
pub(super) fn not_taken(market: &Member<'_>) -> Result<Option<String>, ImportError> {
    let status = market.member("status");
    let settles = status.is_present() && ["Settlement", "Delisted"].contains(&status.text()?);
    if settles {
        return Ok(Some("positions are settled at the expiry price".to_owned()));
    }
    let quote = market.member("quote_spot_market_index");
    let is_other = quote.is_present() && !quote.scaled(0)?.is_zero();
    Ok(is_other.then(|| "results are in another asset than that of spot market 0".to_owned()))
}

fn truncate(multiply: Option<FractionText>, by: Option<&str>) -> StepFile {
    let by = by.map(str::to_owned);
    StepFile { multiply, by, round: Some(ModeFile::Truncate), decimals: None }
}

/// The table and the instrument of a market.
pub(super) fn perpetual(
    market: &Member<'_>,
    index: u32,
    options: &Options,
) -> Result<(TiersFile, InstrumentFile), ImportError> {
    let is_initial = options.is_initial();
    let symbol = symbol(market, index)?;
    let names = ["margin_ratio_initial", "margin_ratio_maintenance"];
    let ratio = of(market, options.requirement, names)?;
    let flat_ratio = ratio.clone().max(options.least_ratio.into());
    let factor = figure_or_zero(market, "imf_factor")?;
    let profit = match options.has_initial_profits() {
        true => "unrealized_pnl_initial_asset_weight",
        false => "unrealized_pnl_maintenance_asset_weight",
    };
    let profit = figure_or_zero(market, profit)?;
    let loss = BigInt::from(10u32.pow(RATE_DECIMALS)) + options.liquidation_buffer;
    let is_prediction = market.member("contract_type").text()? == "Prediction";
    let elements = InstrumentElementsFile {
        value_by_side: None,
        family: None,
        notional_by_side: is_prediction.then(|| SidesFile {
            long: truncate(None, None),
            short: truncate(None, Some(OTHER_OUTCOME)),
        }),
        result: vec![
            ResultStepFile {
                profit: truncate(Some(rate(profit)), None),
                loss: truncate(Some(rate(loss)), None),
                at_most: None,
            },
            ResultStepFile {
                profit: truncate(None, Some(QUOTE_OWNED)),
                loss: truncate(None, Some(QUOTE_OWED)),
                at_most: is_initial.then(|| DecimalText::new(PROFIT_CAP)),
            },
        ],
        notional: vec![StepFile {
            by: Some(QUOTE_OWED.to_owned()),
            round: Some(ModeFile::Floor),
            ..StepFile::default()
        }],
        root_of_size: (!factor.is_zero()).then(|| RootFile {
            factor: DecimalText::new("10"),
            offset: DecimalText::new("1"),
            steps: vec![per_root(&factor, FACTOR_DECIMALS + 5, None)],
        }),
        rate: Some(RateFile {
            round: None,
            own_rate: is_initial.then(|| OwnRateFile { default: DecimalText::new("0") }),
        }),
        charge: buffer(options),
        order_fee: Some(DecimalText::new(ORDER_FEE)),
        notional_at_entry: false,
        own_leverage: None,
        negative_marks: false,
    };
    let table = TiersFile {
        name: symbol.clone(),
        variable: VariableFile::Quantity,
        rows: match factor.is_zero() {
            true => vec![flat(&flat_ratio)],
            false => premium(&ratio, &flat_ratio),
        },
        denominator: None,
        requirement_rounding: None,
    };
    let instrument = InstrumentFile {
        elements: Some(elements),
        ..linear_instrument(index + 1, &*symbol, RESULTS, SIZE_DECIMALS, QUOTE_DECIMALS, &*symbol)
    };
    Ok((table, instrument))
}

fn flat(ratio: &BigInt) -> RowFile {
    row(Some("0"), None, "0", scaled(ratio.clone(), RATE_DECIMALS).as_str())
}

/// The larger of a flat ratio, which is no less than the market's, and four fifths of that with the premium of the size.
fn premium(ratio: &BigInt, flat_ratio: &BigInt) -> Vec<RowFile> {
    let from = ratio - ratio.div_floor(&5.into());
    let text = |units: BigInt| scaled(units, RATE_DECIMALS).as_str().to_owned();
    let meet = text(flat_ratio - &from + 1);
    vec![
        row(Some("0"), Some(&meet), "0", text(flat_ratio.clone())),
        row(Some(&meet), None, "1", text(from)),
    ]
}

/// Prices of a market that the schedule lists; those of the quote asset are for what is owned and what is owed.
pub(super) fn price(
    market: &Member<'_>,
    listed: &InstrumentFile,
    [owned, owed]: &[BigInt; 2],
) -> Result<InstrumentPriceFile, ImportError> {
    let oracle = figure(market, "oracle_price")?;
    let text = |price: &BigInt| FractionText::new(scaled(price.clone(), QUOTE_DECIMALS).as_str());
    let mut price =
        InstrumentPriceFile::at_mark(&*listed.symbol, scaled(oracle.clone(), QUOTE_DECIMALS));
    price.figures.insert(QUOTE_OWNED.to_owned(), text(owned));
    price.figures.insert(QUOTE_OWED.to_owned(), text(owed));
    if listed.elements.as_ref().is_some_and(|elements| elements.notional_by_side.is_some()) {
        let other = BigInt::from(10u32.pow(QUOTE_DECIMALS)) - oracle;
        price.figures.insert(OTHER_OUTCOME.to_owned(), text(&other));
    }
    Ok(price)
}
