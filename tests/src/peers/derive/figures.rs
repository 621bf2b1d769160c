//! Figures of a Derive case as integers in the units that its market declares: finer digits are cut from sizes and rounded
//! to the nearest in everything else.

use crate::json::{Reason, list, need, opt_bool, parse_ratio, power_of_ten, ratio, text};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde_json::Value;
use std::cell::Cell;

/// Digits of a size; of collateral that is cheap, fewer, see [`Digits`].
pub(super) const SIZE_DIGITS: i32 = 15;
/// Digits of a value, a price, a rate of a charge, and of cash.
pub(super) const VALUE_DIGITS: i32 = 9;
/// Digits of a dampening factor, and of a discount.
pub(super) const SLOPE_DIGITS: i32 = 10;
/// Digits of the factor of the basis contingency.
pub(super) const BASIS_DIGITS: i32 = 12;
/// Digits of the factor of the scan.
pub(super) const FACTOR_DIGITS: i32 = 9;

/// The nearest integer of units of `10^-digits`.
pub(super) fn nearest(x: &BigRational, digits: i32) -> BigInt {
    (x * power_of_ten(digits)).round().to_integer()
}

fn cut(x: &BigRational, digits: i32) -> BigInt {
    (x * power_of_ten(digits)).trunc().to_integer()
}

/// Digits of an instrument's sizes and of its values: together always the same, so products have one unit.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    pub(super) size: i32,
    pub(super) value: i32,
}

impl Digits {
    /// Of options, the perpetual and collateral that is dear.
    pub(super) const DEAR: Self = Self { size: SIZE_DIGITS, value: VALUE_DIGITS };
    /// Of collateral worth less than a thousand dollars, of which accounts hold more.
    const CHEAP: Self = Self { size: SIZE_DIGITS - 3, value: VALUE_DIGITS + 3 };

    fn of(value: &BigRational) -> Self {
        if *value < power_of_ten(3) { Self::CHEAP } else { Self::DEAR }
    }
}

/// A figure as text; what is far below any unit is zero.
pub(super) fn decimal(of: &Value) -> Result<BigRational, Reason> {
    let text = of.as_str().ok_or("a figure that is not text")?;
    let tiny = |(_, exponent): (&str, &str)| exponent.parse().is_ok_and(|e: i32| e < -100);
    if text.split_once("e").is_some_and(tiny) {
        return Ok(BigRational::zero());
    }
    parse_ratio(text).ok_or_else(|| "a figure that is not decimal".into())
}

fn value_of(of: &Value) -> Result<BigInt, Reason> {
    Ok(nearest(&decimal(of)?, VALUE_DIGITS))
}

/// Which of the two requirements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Maintenance,
    Initial,
}

/// One scenario.
pub(super) struct Scenario {
    pub(super) name: String,
    /// Spot shock less one, exact.
    pub(super) move_of_spot: BigRational,
    /// Dampening factor.
    pub(super) damping: BigInt,
    /// Whether each expiry loses by the magnitude of its change.
    pub(super) skew: bool,
}

/// An option with its values.
pub(super) struct HeldOption {
    pub(super) size: BigInt,
    pub(super) strike: BigRational,
    pub(super) is_call: bool,
    pub(super) values: Vec<BigInt>,
    pub(super) mark: BigInt,
    pub(super) basis: [BigInt; 2],
}

impl HeldOption {
    /// Takes the values of the scenarios, the mark and the two of the basis contingency from figures of 18 digits.
    fn replace(&mut self, derived: &[BigInt]) {
        let nearest =
            |x: &BigInt| nearest(&(BigRational::from(x.clone()) * power_of_ten(-18)), VALUE_DIGITS);
        let mut derived = derived.iter().map(nearest);
        let [up, down] = &mut self.basis;
        for value in self.values.iter_mut().chain([&mut self.mark, up, down]) {
            if let Some(derived) = derived.next() {
                *value = derived;
            }
        }
    }
}

/// One expiry with what is held of it.
pub(super) struct Expiry {
    pub(super) seconds: BigInt,
    pub(super) discounts: [BigInt; 2],
    pub(super) basis_factor: BigInt,
    /// Charge for each option, for a feed that is not to be trusted.
    pub(super) charge: BigInt,
    pub(super) options: Vec<HeldOption>,
}

/// An asset that moves with the spot, or does not: the perpetual and collateral.
pub(super) struct Spot {
    pub(super) digits: Digits,
    pub(super) size: BigInt,
    /// Price in the margin asset.
    pub(super) value: BigInt,
    /// Price that a scenario moves, exact; zero for what it does not move.
    pub(super) moved: BigRational,
    pub(super) charge: BigInt,
    /// Profit and loss besides the size times the value: the perpetual is settled. `None` for collateral.
    pub(super) pnl: Option<BigInt>,
}

/// A whole case.
pub(super) struct Figures {
    pub(super) cash: BigInt,
    pub(super) spots: Vec<Spot>,
    pub(super) expiries: Vec<Expiry>,
    pub(super) scenarios: Vec<Scenario>,
    /// Charge of an option that is net short at its strike.
    pub(super) short_rate: BigInt,
    /// Factor of the scan, exact.
    pub(super) factor: BigRational,
    /// Whether a charge depends on which feeds are those of what is held.
    pub(super) doubted: bool,
}

fn scenario(of: &Value) -> Result<Scenario, Reason> {
    let (shock, direction) = (ratio(of, "SpotShock")?, text(of, "VolShockDirection"));
    let damping = nearest(&ratio(of, "DampeningFactor")?, SLOPE_DIGITS);
    let skew = match direction.to_ascii_uppercase().as_str() {
        "LINEAR" | "ABS" => true,
        "UP" | "DOWN" | "NONE" => false,
        other => return Err(format!("unknown direction of volatility `{other}`")),
    };
    let name = format!("spot {}, vol {direction}", shock.to_f64().unwrap_or_default());
    Ok(Scenario { name, move_of_spot: shock - BigRational::one(), damping, skew })
}

/// The contingency rates of one kind.
struct Rates<'a> {
    other: &'a Value,
    kind: Kind,
    /// The lowest confidence among the spot feed and, if one is held, the perpetual's.
    confidence: BigRational,
    /// Whether a confidence below the threshold was met.
    doubted: Cell<bool>,
}

impl Rates<'_> {
    /// What maintenance charges, and what initial margin charges besides.
    fn percent(&self, maintenance: &BigRational, more: BigRational) -> BigRational {
        match self.kind {
            Kind::Maintenance => maintenance.clone(),
            Kind::Initial => maintenance + more,
        }
    }

    /// The initial charge on a notional whose feeds have this lowest confidence.
    fn doubt(&self, confidence: &BigRational) -> Result<BigRational, Reason> {
        if self.kind == Kind::Maintenance || *confidence >= ratio(self.other, "CONF_THRESHOLD")? {
            return Ok(BigRational::zero());
        }
        self.doubted.set(true);
        Ok((BigRational::one() - confidence) * ratio(self.other, "CONF_MARGIN")?)
    }
}

impl Figures {
    /// With derived values in the place of those that the case lists, where there are any.
    pub(super) fn of(
        case: &Value,
        root: &Value,
        kind: Kind,
        derived: &[Option<Vec<BigInt>>],
    ) -> Result<Self, Reason> {
        let parameters = need(need(root, "parameter_sets")?, text(case, "params"))?;
        let scenarios = list(need(root, "scenario_sets")?, text(case, "scenarios"));
        let scenarios: Vec<Scenario> = scenarios.iter().map(scenario).collect::<Result<_, _>>()?;
        let margin = need(parameters, "Margin")?;
        let (spot, perpetual) = (need(case, "spot")?, need(case, "perp")?);
        let stable = ratio(case, "stable_price")?;
        let price = ratio(spot, "price")?;
        let size = ratio(perpetual, "size")?;
        let mut confidence = ratio(spot, "confidence")?;
        if !size.is_zero() {
            confidence = confidence.min(ratio(perpetual, "confidence")?);
        }
        let other = need(parameters, "OtherContingency")?;
        let rates = Rates { other, kind, confidence, doubted: Cell::new(false) };
        let percent = |name: &str| {
            let (maintenance, more) = (format!("MM_{name}"), format!("IM_{name}"));
            Ok::<_, Reason>(rates.percent(&ratio(other, &maintenance)?, ratio(other, &more)?))
        };
        let mut cash = ratio(case, "cash")?;
        let mut spots = Vec::new();
        let settled = ratio(perpetual, "unrealised_pnl")? + ratio(perpetual, "unrealised_funding")?;
        if size.is_zero() {
            cash += settled;
        } else {
            let rate = percent("PERP_PERCENT")? + rates.doubt(&rates.confidence)?;
            let mark = ratio(perpetual, "price")?;
            spots.push(Spot {
                digits: Digits::DEAR,
                size: cut(&size, SIZE_DIGITS),
                value: nearest(&mark, VALUE_DIGITS),
                moved: mark,
                charge: nearest(&(rate * &price), VALUE_DIGITS),
                pnl: Some(nearest(&settled, VALUE_DIGITS)),
            });
        }
        for of in list(case, "collateral") {
            spots.push(collateral(of, &rates, &stable, &ratio(spot, "confidence")?)?);
        }
        let short_rate = nearest(&(percent("OPTION_PERCENT")? * &price), VALUE_DIGITS);
        let mut factor = match kind {
            Kind::Maintenance => ratio(margin, "MM_LOSS_FACTOR")?,
            Kind::Initial => ratio(margin, "IM_LOSS_FACTOR")?,
        };
        let peg = ratio(other, "PEG_LOSS_THRESHOLD")?;
        if kind == Kind::Initial && stable < peg {
            factor += (peg - stable) * ratio(other, "PEG_LOSS_FACTOR")?;
        }
        Ok(Self {
            cash: nearest(&cash, VALUE_DIGITS),
            spots,
            expiries: expiries(
                case,
                need(parameters, "BasisContingency")?,
                &rates,
                &price,
                derived,
            )?,
            scenarios,
            short_rate,
            doubted: rates.doubted.get(),
            factor: BigRational::new(nearest(&factor, FACTOR_DIGITS), BigInt::one())
                / power_of_ten(FACTOR_DIGITS),
        })
    }
}

impl Figures {
    /// What the digits of the file's values, twelve significant ones, and of the market's can make of a scenario's
    /// profit and loss.
    pub(super) fn cut(&self) -> BigRational {
        let options = self.expiries.iter().flat_map(|e| &e.options);
        let of = |o: &HeldOption| {
            let largest = o.values.iter().max().cloned().unwrap_or_default();
            let unit = BigRational::one() + BigRational::from(largest) * power_of_ten(-11);
            BigRational::from(o.size.abs()) * unit
        };
        options.map(of).sum::<BigRational>() * power_of_ten(-SIZE_DIGITS - VALUE_DIGITS)
    }
}

fn collateral(
    of: &Value,
    rates: &Rates<'_>,
    stable: &BigRational,
    spot_confidence: &BigRational,
) -> Result<Spot, Reason> {
    let value = ratio(of, "price")? / stable;
    let confidence = ratio(of, "confidence")?.min(spot_confidence.clone());
    let haircut = rates.percent(&ratio(of, "mm_haircut")?, ratio(of, "im_extra_haircut")?);
    let moves = opt_bool(of, "risk_cancelling").ok_or("no `risk_cancelling` in a collateral")?;
    let charge = (haircut + rates.doubt(&confidence)?) * &value;
    let digits = Digits::of(&value);
    Ok(Spot {
        digits,
        size: cut(&ratio(of, "amount")?, digits.size),
        value: nearest(&value, digits.value),
        moved: if moves { value } else { BigRational::zero() },
        charge: nearest(&charge, digits.value),
        pnl: None,
    })
}

fn expiries(
    case: &Value,
    basis: &Value,
    rates: &Rates<'_>,
    price: &BigRational,
    derived: &[Option<Vec<BigInt>>],
) -> Result<Vec<Expiry>, Reason> {
    let year = BigRational::from(BigInt::from(365 * 86_400));
    let add = ratio(basis, "BASIS_CONT_ADD_FACTOR")?;
    let multiple = ratio(basis, "BASIS_CONT_MULT_FACTOR")?;
    let mut expiries = Vec::new();
    for of in list(case, "expiries") {
        let seconds = ratio(of, "expiry_sec")?;
        let discount = |name: &str| Ok::<_, Reason>(nearest(&ratio(of, name)?, SLOPE_DIGITS));
        let factor = &add + &multiple * &seconds / &year;
        let confidence = ratio(of, "min_confidence")?.min(rates.confidence.clone());
        expiries.push(Expiry {
            seconds: seconds.to_integer(),
            discounts: [discount("static_discount_pos")?, discount("static_discount_neg")?],
            basis_factor: nearest(&factor, BASIS_DIGITS),
            charge: nearest(&(rates.doubt(&confidence)? * price), VALUE_DIGITS),
            options: Vec::new(),
        });
    }
    expiries.sort_by(|a, b| a.seconds.cmp(&b.seconds));
    for (at, of) in list(case, "options").iter().enumerate() {
        let seconds = ratio(of, "expiry_sec")?.to_integer();
        let expiry = expiries.iter_mut().find(|e| e.seconds == seconds);
        let value = |name: &str| value_of(need(of, name)?);
        let each = list(of, "unit_value").iter().map(value_of);
        let mut option = HeldOption {
            size: cut(&ratio(of, "size")?, SIZE_DIGITS),
            strike: ratio(of, "strike")?,
            is_call: ratio(of, "is_call")?.is_positive(),
            values: each.collect::<Result<_, _>>()?,
            mark: value("unit_mark")?,
            basis: [value("unit_basis_up")?, value("unit_basis_down")?],
        };
        if let Some(Some(derived)) = derived.get(at) {
            option.replace(derived);
        }
        expiry.ok_or("an option of an expiry that is not listed")?.options.push(option);
    }
    for e in &mut expiries {
        e.options.sort_by(|a, b| (&a.strike, a.is_call).cmp(&(&b.strike, b.is_call)));
    }
    Ok(expiries)
}
