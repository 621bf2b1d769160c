//! A case of the contracts' tests in exact figures.

use super::super::{ImportError, Member};
use crate::portfolio::figure::{nearest, sum};
use num_bigint::BigInt;
use serde_json::Value;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::rule::Rounding;

/// Digits of a size.
pub(super) const SIZE: u32 = 15;
/// Digits of a value, a loading and cash.
pub(super) const VALUE: u32 = 9;
/// Digits of a dampening factor and of a discount.
pub(super) const SLOPE: u32 = 10;
/// Digits of what the snapshot says about prices.
pub(super) const PRICE: u32 = 18;

fn zero() -> Decimal {
    Decimal::from_scaled(&BigInt::ZERO, 0)
}

/// The nearest decimal number with so many digits.
pub(super) fn rounded(figure: &Decimal, decimals: u32) -> Decimal {
    Decimal::from_scaled(&nearest(figure, decimals), decimals)
}

/// The quotient to 18 digits.
fn quotient(a: &Decimal, b: &Decimal) -> Decimal {
    let numerator = a.coefficient() * power_of_ten(b.scale() + PRICE);
    let denominator = b.coefficient() * power_of_ten(a.scale());
    Decimal::from_scaled(&Rounding::NearestUp.divide(&numerator, &denominator), PRICE)
}

/// A scenario.
pub(super) struct CaseScenario {
    pub(super) name: String,
    pub(super) spot: Decimal,
    /// Direction in upper case.
    pub(super) direction: String,
    pub(super) damping: Decimal,
}

impl CaseScenario {
    /// Whether it moves the volatility by strike.
    pub(super) fn is_skew(&self) -> bool {
        matches!(self.direction.as_str(), "LINEAR" | "ABS")
    }
}

/// An option.
pub(super) struct CaseOption {
    pub(super) symbol: String,
    pub(super) strike: Decimal,
    pub(super) is_call: bool,
    pub(super) size: Decimal,
    pub(super) volatility: Decimal,
    /// Values in scenarios, in those of the basis contingency, and at mark.
    pub(super) values: Vec<Decimal>,
}

/// An expiry with its options by strike.
pub(super) struct CaseExpiry {
    pub(super) name: String,
    pub(super) time_ms: u64,
    pub(super) seconds: u64,
    pub(super) discounts: [Decimal; 2],
    pub(super) confidence: Decimal,
    pub(super) forward: Decimal,
    pub(super) rate: Decimal,
    pub(super) options: Vec<CaseOption>,
}

/// What moves with the spot or not at all: the perpetual and collateral.
pub(super) struct CaseSpot {
    pub(super) symbol: String,
    pub(super) size: Decimal,
    /// Digits of its sizes.
    pub(super) size_decimals: u32,
    pub(super) value: Decimal,
    pub(super) moves: bool,
    pub(super) confidence: Decimal,
    /// Rates of the charge of maintenance and of initial margin; of collateral a haircut, of the perpetual of the spot.
    pub(super) rates: [Decimal; 2],
    /// Profit and loss, of the perpetual alone.
    pub(super) pnl: Option<Decimal>,
}

/// One case of the contracts' tests.
pub struct Case {
    pub(super) name: String,
    pub(super) cash: Decimal,
    pub(super) price: Decimal,
    pub(super) confidence: Decimal,
    pub(super) stable: Decimal,
    pub(super) spots: Vec<CaseSpot>,
    pub(super) expiries: Vec<CaseExpiry>,
    pub(super) scenarios: Vec<CaseScenario>,
    pub(super) parameters: Parameters,
}

/// Parameters by section and name.
pub(super) struct Parameters(Vec<(String, Decimal)>);

impl Parameters {
    /// A parameter such as `Margin/MM_LOSS_FACTOR`, which [`Case::read`] has found.
    pub(super) fn get(&self, name: &str) -> Decimal {
        let found = self.0.iter().find(|(of, _)| of == name);
        found.map_or_else(zero, |(_, figure)| figure.clone())
    }

    fn read(of: &Member<'_>) -> Result<Self, ImportError> {
        let mut found = Vec::new();
        for (section, names) in NEEDED {
            let section_of = of.member(section);
            for name in names {
                let figure = section_of.member(name).shortest_number()?;
                found.push((format!("{section}/{name}"), figure));
            }
        }
        Ok(Self(found))
    }
}

const NEEDED: [(&str, &[&str]); 5] = [
    (
        "SkewShock",
        &[
            "LINEAR_SCALE_CAP",
            "LINEAR_CBASE",
            "ABS_SCALE_CAP",
            "ABS_CBASE",
            "MIN_K_STAR",
            "MIN_WIDTH_SCALE",
            "VOL_PARAM_STATIC",
            "VOL_PARAM_SCALE",
        ],
    ),
    (
        "VolShock",
        &[
            "VOLRANGEUP",
            "MIN_VOL_EVAL_SHOCKED",
            "VOLRANGEDOWN",
            "SHORTTERMPOWER",
            "LONGTERMPOWER",
            "DTE_FLOOR",
        ],
    ),
    ("Margin", &["MM_LOSS_FACTOR", "IM_LOSS_FACTOR"]),
    (
        "BasisContingency",
        &[
            "SCENARIO_SPOT_UP",
            "SCENARIO_SPOT_DOWN",
            "BASIS_CONT_ADD_FACTOR",
            "BASIS_CONT_MULT_FACTOR",
        ],
    ),
    (
        "OtherContingency",
        &[
            "PEG_LOSS_THRESHOLD",
            "PEG_LOSS_FACTOR",
            "CONF_THRESHOLD",
            "MM_PERP_PERCENT",
            "IM_PERP_PERCENT",
            "MM_OPTION_PERCENT",
            "IM_OPTION_PERCENT",
        ],
    ),
];

/// What maintenance charges, and what initial margin charges in all.
fn rates(maintenance: Decimal, more: &Decimal) -> [Decimal; 2] {
    let initial = sum(&maintenance, more);
    [maintenance, initial]
}

impl Parameters {
    /// Rates of a contingency in percent of a notional: of maintenance, and of initial margin.
    pub(super) fn rates(&self, name: &str) -> [Decimal; 2] {
        let of = |kind: &str| self.get(&format!("OtherContingency/{kind}_{name}"));
        rates(of("MM"), &of("IM"))
    }
}

impl Case {
    /// Reads the case of a name from a list of cases.
    ///
    /// # Errors
    /// [`ImportError::Source`] with the place in the source that is wrong.
    pub fn read(source: &Value, name: &str) -> Result<Self, ImportError> {
        let root = Member::root(source);
        let cases = root.member("cases");
        let of = cases.list()?.into_iter().find(|c| c.member("name").text() == Ok(name));
        let of = of.ok_or_else(|| cases.wrong("has no case of this name"))?;
        let named = |set: &str, member: &str| {
            Ok::<_, ImportError>(root.member(set).member(of.member(member).text()?))
        };
        let parameters = Parameters::read(&named("parameter_sets", "params")?)?;
        let scenarios = named("scenario_sets", "scenarios")?.list()?;
        let scenarios = scenarios.iter().map(scenario).collect::<Result<Vec<_>, _>>()?;
        let (spot, perpetual) = (of.member("spot"), of.member("perp"));
        let stable = of.member("stable_price").shortest_number()?;
        let mut cash = of.member("cash").shortest_number()?;
        let settled = ["unrealised_pnl", "unrealised_funding"];
        let settled = settled.map(|name| perpetual.member(name).shortest_number());
        let [pnl, funding] = settled;
        let settled = sum(&pnl?, &funding?);
        let size = perpetual.member("size").shortest_number()?;
        let mut spots = Vec::new();
        if *size.coefficient() == BigInt::ZERO {
            cash = sum(&cash, &settled);
        } else {
            spots.push(CaseSpot {
                symbol: "PERP".to_owned(),
                size,
                size_decimals: SIZE,
                value: perpetual.member("price").shortest_number()?,
                moves: true,
                confidence: perpetual.member("confidence").shortest_number()?,
                rates: parameters.rates("PERP_PERCENT"),
                pnl: Some(settled),
            });
        }
        for held in of.member("collateral").list()? {
            spots.push(collateral(&held, &stable)?);
        }
        Ok(Self {
            name: name.to_owned(),
            cash,
            price: spot.member("price").shortest_number()?,
            confidence: spot.member("confidence").shortest_number()?,
            stable,
            spots,
            expiries: expiries(&of, scenarios.len())?,
            scenarios,
            parameters,
        })
    }

    /// Positions that it holds.
    pub(super) fn positions(&self) -> usize {
        self.spots.len() + self.expiries.iter().map(|e| e.options.len()).sum::<usize>()
    }
}

fn scenario(of: &Member<'_>) -> Result<CaseScenario, ImportError> {
    let spot = of.member("SpotShock").shortest_number()?;
    let direction = of.member("VolShockDirection");
    let damping = rounded(&of.member("DampeningFactor").shortest_number()?, SLOPE);
    let text = direction.text()?.to_ascii_uppercase();
    if !["NONE", "UP", "DOWN", "LINEAR", "ABS"].contains(&text.as_str()) {
        return Err(direction.wrong("is not a direction of volatility"));
    }
    let name = format!("spot {}, vol {}", rounded(&spot, 6), text.to_ascii_lowercase());
    Ok(CaseScenario { name, spot, direction: text, damping })
}

fn collateral(of: &Member<'_>, stable: &Decimal) -> Result<CaseSpot, ImportError> {
    let value = quotient(&of.member("price").shortest_number()?, stable);
    let cheap = value.coefficient() < &(BigInt::from(1_000) * power_of_ten(value.scale()));
    let maintenance = of.member("mm_haircut").shortest_number()?;
    Ok(CaseSpot {
        symbol: format!("SPOT-{}", of.member("asset").text()?),
        size: of.member("amount").shortest_number()?,
        size_decimals: if cheap { SIZE - 3 } else { SIZE },
        value,
        moves: of.member("risk_cancelling").flag()?,
        confidence: of.member("confidence").shortest_number()?,
        rates: rates(maintenance, &of.member("im_extra_haircut").shortest_number()?),
        pnl: None,
    })
}

fn expiries(case: &Member<'_>, scenarios: usize) -> Result<Vec<CaseExpiry>, ImportError> {
    let mut expiries = Vec::new();
    for of in case.member("expiries").list()? {
        let seconds = of.member("expiry_sec").natural()?;
        let time_ms = seconds.checked_mul(1_000).and_then(|ms| ms.checked_add(super::TIME_MS));
        let time_ms = time_ms.filter(|ms| *ms < 1 << 43);
        let time_ms = time_ms.ok_or_else(|| of.member("expiry_sec").wrong("is too late"))?;
        let discount = |name: &str| Ok(rounded(&of.member(name).scientific()?, SLOPE));
        let rate = of.member("rate").shortest_number()?;
        // The venue takes a negative rate as zero.
        let rate = if *rate.coefficient() < BigInt::ZERO { zero() } else { rate };
        expiries.push(CaseExpiry {
            name: crate::format_utc(time_ms).replace([':', '-'], ""),
            time_ms,
            seconds,
            discounts: [discount("static_discount_pos")?, discount("static_discount_neg")?],
            confidence: of.member("min_confidence").shortest_number()?,
            forward: of.member("forward").shortest_number()?,
            rate,
            options: Vec::new(),
        });
    }
    expiries.sort_by_key(|e| e.seconds);
    for of in case.member("options").list()? {
        let seconds = of.member("expiry_sec").natural()?;
        let expiry = expiries.iter_mut().find(|e| e.seconds == seconds);
        let missing = || of.member("expiry_sec").wrong("is an expiry that is not listed");
        let expiry = expiry.ok_or_else(missing)?;
        let listed = of.member("unit_value");
        let mut values = Vec::new();
        for value in listed.list()? {
            values.push(value.scientific()?);
        }
        if values.len() != scenarios {
            return Err(listed.wrong("does not have one value for each scenario"));
        }
        for name in ["unit_basis_up", "unit_basis_down", "unit_mark"] {
            values.push(of.member(name).scientific()?);
        }
        let strike = of.member("strike").shortest_number()?;
        let is_call = *of.member("is_call").shortest_number()?.coefficient() != BigInt::ZERO;
        expiry.options.push(CaseOption {
            symbol: format!("{}-{strike}-{}", expiry.name, if is_call { "C" } else { "P" }),
            strike,
            is_call,
            size: of.member("size").shortest_number()?,
            volatility: rounded(&of.member("mark_vol").shortest_number()?, PRICE),
            values,
        });
    }
    for e in &mut expiries {
        let scaled = |d: &Decimal| d.to_scaled(PRICE).unwrap_or_default();
        e.options.sort_by_cached_key(|o| (scaled(&o.strike), o.is_call));
    }
    Ok(expiries)
}
