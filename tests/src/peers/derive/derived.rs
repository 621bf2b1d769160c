//! Derive's loadings from forwards and volatilities, beside the values that the file lists.

use super::figures::decimal;
use crate::json::{Reason, list, need, power_of_ten, ratio, text};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde_json::Value;
use zkmargin_model::portfolio::loadings::{
    DIGITS, ListedOption, Scenario, Shocks, Skew, UNIT, VolatilityMove, derive,
};

/// Values of one option in all scenarios, at mark and in the two of the basis contingency.
#[derive(Clone, Debug)]
pub struct DerivedLoadings {
    /// Name of the case.
    pub case: String,
    /// What the algorithm gives.
    pub derived: Vec<BigRational>,
    /// What the file lists, floating point numbers of twelve digits.
    pub listed: Vec<BigRational>,
    /// Forward and strike together, to which errors are in proportion.
    pub scale: BigRational,
}

fn unit(x: &BigRational) -> Result<BigInt, Reason> {
    Ok((x * power_of_ten(DIGITS as i32)).round().to_integer())
}

fn unsigned(x: &BigRational) -> Result<u128, Reason> {
    unit(x)?.to_u128().ok_or_else(|| "a parameter that is negative or too large".into())
}

fn signed(x: &BigRational) -> Result<i128, Reason> {
    unit(x)?.to_i128().ok_or_else(|| "a parameter that is too large".into())
}

fn shocks(parameters: &Value) -> Result<Shocks, Reason> {
    let (by_time, skew) = (need(parameters, "VolShock")?, need(parameters, "SkewShock")?);
    let time = |name: &str| unsigned(&ratio(by_time, name)?);
    let of = |name: &str| signed(&ratio(skew, name)?);
    let floor = ratio(by_time, "DTE_FLOOR")? * BigRational::from(BigInt::from(86_400));
    Ok(Shocks {
        range_up: time("VOLRANGEUP")?,
        range_down: time("VOLRANGEDOWN")?,
        least_up: time("MIN_VOL_EVAL_SHOCKED")?,
        short_power: time("SHORTTERMPOWER")?,
        long_power: time("LONGTERMPOWER")?,
        least_seconds: floor.to_integer().to_u64().ok_or("a negative time")?,
        linear: Skew { cap: of("LINEAR_SCALE_CAP")?, slope: of("LINEAR_CBASE")? },
        abs: Skew { cap: of("ABS_SCALE_CAP")?, slope: of("ABS_CBASE")? },
        least_width: of("MIN_K_STAR")?,
        width: of("MIN_WIDTH_SCALE")?,
        width_volatility: of("VOL_PARAM_STATIC")?,
        width_volatility_slope: of("VOL_PARAM_SCALE")?,
    })
}

fn scenario(of: &Value) -> Result<Scenario, Reason> {
    let volatility = match text(of, "VolShockDirection").to_ascii_uppercase().as_str() {
        "NONE" => VolatilityMove::None,
        "UP" => VolatilityMove::Up,
        "DOWN" => VolatilityMove::Down,
        "LINEAR" => VolatilityMove::Linear,
        "ABS" => VolatilityMove::Abs,
        other => return Err(format!("unknown direction of volatility `{other}`")),
    };
    // The venue prices options of a skew scenario at the forward itself, wherever the spot moves.
    let skew = matches!(volatility, VolatilityMove::Linear | VolatilityMove::Abs);
    let spot = if skew { BigRational::one() } else { ratio(of, "SpotShock")? };
    Ok(Scenario { spot: unsigned(&spot)?, volatility })
}

/// The scenarios of a case, then the mark and the two of the basis contingency.
fn scenarios(of: &Value, root: &Value, parameters: &Value) -> Result<Vec<Scenario>, Reason> {
    let basis = need(parameters, "BasisContingency")?;
    let listed = list(need(root, "scenario_sets")?, text(of, "scenarios"));
    let mut scenarios: Vec<_> = listed.iter().map(scenario).collect::<Result<_, _>>()?;
    let (up, down) = (ratio(basis, "SCENARIO_SPOT_UP")?, ratio(basis, "SCENARIO_SPOT_DOWN")?);
    for spot in [BigRational::one(), up, down] {
        scenarios.push(Scenario { spot: unsigned(&spot)?, volatility: VolatilityMove::None });
    }
    Ok(scenarios)
}

fn expiry<'a>(of: &'a Value, option: &Value) -> Result<&'a Value, Reason> {
    let mut expiries = list(of, "expiries").iter();
    let found = expiries.find(|e| e.get("expiry_sec") == option.get("expiry_sec"));
    found.ok_or_else(|| "an option of an expiry that is not listed".into())
}

fn listed_option(option: &Value, expiry: &Value) -> Result<ListedOption, Reason> {
    let seconds = ratio(option, "expiry_sec")?;
    let forward = ratio(expiry, "forward")?;
    // Options settle at an average of half an hour: what has passed of it does not move.
    let half_hour = BigRational::from(BigInt::from(1_800));
    let moving = &forward * (&seconds / half_hour).min(BigRational::one());
    Ok(ListedOption {
        instrument: 1,
        is_call: ratio(option, "is_call")?.is_positive(),
        strike: unsigned(&ratio(option, "strike")?)?,
        forward_moving: unsigned(&moving)?,
        forward_fixed: unsigned(&(&forward - &moving))?,
        seconds: seconds.to_integer().to_u64().ok_or("a negative time")?,
        // The venue takes a negative rate as zero.
        rate: unsigned(&ratio(expiry, "rate")?.max(BigRational::zero()))?,
        volatility: Some(unsigned(&ratio(option, "mark_vol")?)?),
    })
}

/// Values of each option of a case in the scenarios, at mark and in those of the basis contingency, in units of the
/// algorithm's digits. `None` for an option that has expired: it has a settlement value and no price.
pub(super) fn values(of: &Value, root: &Value) -> Result<Vec<Option<Vec<BigInt>>>, Reason> {
    let parameters = need(need(root, "parameter_sets")?, text(of, "params"))?;
    let (scenarios, shocks) = (scenarios(of, root, parameters)?, shocks(parameters)?);
    let row = |option: &Value| {
        let option = listed_option(option, expiry(of, option)?)?;
        if option.seconds == 0 {
            return Ok(None);
        }
        let rows = derive(&[option], &scenarios, &shocks, DIGITS).map_err(|e| e.to_string())?;
        Ok(rows.into_iter().next())
    };
    list(of, "options").iter().map(row).collect()
}

fn case(of: &Value, root: &Value) -> Result<Vec<DerivedLoadings>, Reason> {
    let mut rows = Vec::new();
    for (option, derived) in list(of, "options").iter().zip(values(of, root)?) {
        let Some(derived) = derived else { continue };
        let mut listed: Vec<_> =
            list(option, "unit_value").iter().map(decimal).collect::<Result<_, _>>()?;
        for name in ["unit_mark", "unit_basis_up", "unit_basis_down"] {
            listed.push(decimal(need(option, name)?)?);
        }
        let value = |x: BigInt| BigRational::new(x, UNIT.into());
        rows.push(DerivedLoadings {
            case: text(of, "name").to_owned(),
            derived: derived.into_iter().map(value).collect(),
            listed,
            scale: ratio(expiry(of, option)?, "forward")? + ratio(option, "strike")?,
        });
    }
    Ok(rows)
}

/// Every option of the file.
///
/// # Errors
/// What a case lacks, or why the algorithm refuses an option.
pub fn derived_loadings(root: &Value) -> Result<Vec<DerivedLoadings>, String> {
    let cases = list(root, "cases").iter().map(|of| case(of, root));
    Ok(cases.collect::<Result<Vec<_>, _>>()?.concat())
}
