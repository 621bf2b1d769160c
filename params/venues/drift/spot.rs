//! Spot markets: interest, one price or the worse of two, and weights of deposits and debts.
//!
//! Read are `decimals`, `cumulative_deposit_interest` and `cumulative_borrow_interest` (1e-10),
//! `initial_asset_weight`, `maintenance_asset_weight`, `initial_liability_weight` and
//! `maintenance_liability_weight` (1e-4), `imf_factor` (1e-6), `scale_initial_asset_weight_start` (1e-6 USD),
//! `deposit_balance`, `oracle_price` and `twap_5min` (1e-6 USD).

use super::{Options, QUOTE_DECIMALS, RATE_DECIMALS, figure, figure_or_zero, halfway, of};
use crate::venue::{ImportError, Member, in_full, scaled};
use crate::{
    AssetElementsFile, AssetFile, AssetPriceFile, DecimalText, FractionText, InterestFile,
    ModeFile, MultiplierFile, Requirement, SizedDebtFile, SizedDepositFile, SizedWeightsFile,
    StepFile, ValueStepFile, WeightFile,
};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// Digits of a balance before interest.
const BALANCE_DECIMALS: u32 = 9;
/// Digits of an interest index.
const INTEREST_DECIMALS: u32 = 10;
/// Digits of a factor for large sizes.
const FACTOR_DECIMALS: u32 = 6;

const DEPOSIT_INTEREST: &str = "deposit interest";
const BORROW_INTEREST: &str = "borrow interest";
const SCALED_WEIGHT: &str = "scaled initial asset weight";
/// Halfway between that weight and the one at maintenance, rounded down.
const HALFWAY_WEIGHT: &str = "asset weight of fills";
/// Between the first name and the most that the figure can be.
const AT_MOST: &str = ", at most ";

/// Symbol of a market.
pub(super) fn symbol(market: &Member<'_>, index: u32) -> Result<String, ImportError> {
    let name = market.member("name");
    if name.is_present() { Ok(name.text()?.to_owned()) } else { Ok(format!("SPOT-{index}")) }
}

/// Ids begin at one, indices at zero.
fn id(index: u32) -> u32 {
    index + 1
}

fn decimals(market: &Member<'_>) -> Result<u32, ImportError> {
    let decimals = figure(market, "decimals")?;
    let decimals = u32::try_from(decimals).ok().filter(|digits| *digits <= 18);
    decimals.ok_or_else(|| market.member("decimals").wrong("is more than 18"))
}

/// The asset of a market.
pub(super) fn asset(
    market: &Member<'_>,
    index: u32,
    options: &Options,
) -> Result<AssetFile, ImportError> {
    let floor = |by: &str| StepFile {
        by: Some(by.to_owned()),
        round: Some(ModeFile::Floor),
        ..StepFile::default()
    };
    let at_price = || StepFile { round: Some(ModeFile::Floor), ..StepFile::default() };
    let elements = AssetElementsFile {
        interest: Some(InterestFile {
            balance_decimals: BALANCE_DECIMALS,
            deposit: floor(DEPOSIT_INTEREST),
            debt: floor(BORROW_INTEREST),
        }),
        value_by_sign: vec![ValueStepFile { deposit: at_price(), debt: at_price(), at_most: None }],
        price_decimals: Some(QUOTE_DECIMALS),
        // The quote asset counts in full.
        weight: if index == 0 { None } else { Some(weight(market, options)?) },
        debts_required: true,
        charge_on_debts: buffer(options),
    };
    Ok(AssetFile {
        id: id(index),
        symbol: symbol(market, index)?,
        chain: None,
        contract: None,
        contract_version: None,
        migrated_to: None,
        decimals: decimals(market)?,
        settles: false,
        entry_bits: None,
        collateral: in_full(),
        elements: Some(elements),
    })
}

/// What is required besides while an account is liquidated.
pub(super) fn buffer(options: &Options) -> Vec<StepFile> {
    let buffer = options.liquidation_buffer;
    let step = || StepFile {
        multiply: Some(rate(buffer)),
        by: None,
        round: Some(ModeFile::Floor),
        decimals: None,
    };
    if buffer == 0 { Vec::new() } else { vec![step()] }
}

/// A number of units of rates.
pub(super) fn rate(units: impl Into<BigInt>) -> FractionText {
    FractionText::new(scaled(units, RATE_DECIMALS).as_str())
}

fn is_scaled(market: &Member<'_>) -> Result<bool, ImportError> {
    Ok(!figure_or_zero(market, "scale_initial_asset_weight_start")?.is_zero())
}

fn weight(market: &Member<'_>, options: &Options) -> Result<WeightFile, ImportError> {
    let requirement = options.of_weights();
    let names = ["initial_asset_weight", "maintenance_asset_weight"];
    let deposit = of(market, requirement, names)?;
    let names = ["initial_liability_weight", "maintenance_liability_weight"];
    let debt = of(market, requirement, names)?;
    let reads_scaled = matches!(requirement, Requirement::Initial | Requirement::Fill);
    let constant = |weight| MultiplierFile { multiply: Some(rate(weight)), by: None };
    // Nothing is left of a deposit under a ratio of one or more.
    let most = BigInt::from(10u32.pow(RATE_DECIMALS)) - options.least_ratio;
    let most = most.max(BigInt::ZERO);
    let least = BigInt::from(10u32.pow(RATE_DECIMALS)) + options.least_ratio;
    let scaled_weight = match options.least_ratio {
        0 if requirement == Requirement::Fill => HALFWAY_WEIGHT.to_owned(),
        0 => SCALED_WEIGHT.to_owned(),
        _ => format!("{SCALED_WEIGHT}{AT_MOST}{}", scaled(most.clone(), RATE_DECIMALS).as_str()),
    };
    let by_figure = MultiplierFile { multiply: None, by: Some(scaled_weight) };
    let is_limited = options.least_ratio != 0;
    Ok(WeightFile {
        deposit: match reads_scaled && is_scaled(market)? {
            true => by_figure,
            false if is_limited => constant(deposit.min(most)),
            false => constant(deposit),
        },
        debt: constant(if is_limited { debt.clone().max(least) } else { debt.clone() }),
        round: ModeFile::Truncate,
        own_rate: options.is_initial(),
        by_size: by_size(market, &debt)?,
    })
}

/// `x` units of `10^-decimals` for each unit of a root.
pub(super) fn per_root(units: &BigInt, decimals: u32, kept: Option<u32>) -> StepFile {
    StepFile {
        multiply: Some(FractionText::new(format!("{units}/{}", power_of_ten(decimals)))),
        by: None,
        round: Some(ModeFile::Floor),
        decimals: kept,
    }
}

/// How the size of a holding moves the weights. A deposit weighs at most 1.1 / (1 + factor * root / 10^5), a debt at
/// least four fifths of its weight and factor * root / 10^5.
fn by_size(market: &Member<'_>, debt: &BigInt) -> Result<Option<SizedWeightsFile>, ImportError> {
    let factor = figure_or_zero(market, "imf_factor")?;
    if factor.is_zero() {
        return Ok(None);
    }
    let premium_from = debt - debt.div_floor(&5.into());
    Ok(Some(SizedWeightsFile {
        decimals: BALANCE_DECIMALS,
        factor: DecimalText::new("10"),
        offset: DecimalText::new("1"),
        deposit: SizedDepositFile {
            numerator: DecimalText::new("1.1"),
            per_root: per_root(&factor, FACTOR_DECIMALS + 5, Some(FACTOR_DECIMALS)),
        },
        debt: SizedDebtFile {
            from: scaled(premium_from, RATE_DECIMALS),
            per_root: per_root(&factor, FACTOR_DECIMALS + 5, None),
        },
    }))
}

/// Prices in 1e-6 USD for what is owned and for what is owed.
pub(super) fn prices(market: &Member<'_>, strict: bool) -> Result<[BigInt; 2], ImportError> {
    let oracle = figure(market, "oracle_price")?;
    if !strict {
        return Ok([oracle.clone(), oracle]);
    }
    let average = figure(market, "twap_5min")?;
    Ok([oracle.clone().min(average.clone()), oracle.max(average)])
}

/// The weight of deposits, which falls as the market's deposits grow: in units of rates.
fn scaled_weight(market: &Member<'_>) -> Result<BigInt, ImportError> {
    let weight = figure(market, "initial_asset_weight")?;
    let start = figure(market, "scale_initial_asset_weight_start")?;
    let decimals = decimals(market)?;
    let shares = figure(market, "deposit_balance")?;
    let deposits = shares * figure(market, "cumulative_deposit_interest")?;
    let deposits =
        deposits.div_floor(&power_of_ten(BALANCE_DECIMALS + INTEREST_DECIMALS - decimals));
    let value = deposits * figure(market, "oracle_price")?;
    let value = value.div_floor(&power_of_ten(decimals));
    Ok(if value < start { weight } else { (weight * start).div_floor(&value) })
}

/// Price, interest indices and scaled weight of a market that the schedule lists.
pub(super) fn price(
    market: &Member<'_>,
    listed: &AssetFile,
    strict: bool,
) -> Result<AssetPriceFile, ImportError> {
    let [bid, ask] = prices(market, strict)?.map(|price| scaled(price, QUOTE_DECIMALS));
    let mut price = match strict {
        true => AssetPriceFile::at_bid_and_ask(&*listed.symbol, bid, ask),
        false => AssetPriceFile::at_index(&*listed.symbol, bid),
    };
    for (name, member) in [
        (DEPOSIT_INTEREST, "cumulative_deposit_interest"),
        (BORROW_INTEREST, "cumulative_borrow_interest"),
    ] {
        let index = scaled(figure(market, member)?, INTEREST_DECIMALS);
        price.figures.insert(name.to_owned(), FractionText::new(index.as_str()));
    }
    let weight = listed.elements.as_ref().and_then(|elements| elements.weight.as_ref());
    if let Some(name) = weight.and_then(|weight| weight.deposit.by.as_ref()) {
        let mut weight = scaled_weight(market)?;
        if name == HALFWAY_WEIGHT {
            weight = halfway(weight, &figure(market, "maintenance_asset_weight")?);
        }
        if let Some((_, most)) = name.split_once(AT_MOST) {
            let most = Decimal::parse(most).ok().and_then(|most| most.to_scaled(RATE_DECIMALS));
            let most = most.ok_or_else(|| {
                market.wrong("has a limit of its weight in the schedule that is no number")
            })?;
            weight = weight.min(most);
        }
        price.figures.insert(name.clone(), rate(weight));
    }
    Ok(price)
}
