//! Requirements as Binance reports them, truncated at 1e-8.

use super::cases_of;
use crate::case::{Expected, Loaded, Made};
use crate::json::{Reason, need, opt_ratio, power_of_ten, ratio, refuse_needs};
use crate::sheet::{Line, Sheet, open_end, step, step_of};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde_json::Value;
use zkmargin_model::rule::{BracketRow, LinearStep, Rounding};

/// Reported amounts have this many decimals.
const DECIMALS: i32 = 8;

pub(super) fn adapt(root: &Value) -> Loaded {
    cases_of(root, case)
}

/// `truncate(notional * rate - cum)` in 1e-8. The deduction belongs to a tier that starts further
/// up; below the notional where it would turn the requirement negative nothing is required.
fn sheet(notional: &BigRational, rate: &BigRational, cum: &BigRational) -> Result<Sheet, Reason> {
    // Sizes are notionals in steps fine enough for all of their digits.
    let units = power_of_ten(DECIMALS);
    let fine = (notional * &units).denom().lcm((cum * &units).denom());
    let unit = units * fine.clone();
    let deduction = (cum * &unit * rate.denom().clone()).to_integer();
    let from = if rate.numer().is_zero() {
        BigInt::zero()
    } else {
        Integer::div_ceil(&deduction, rate.numer())
    };
    let size = (notional * &unit).to_integer();
    if size < from {
        return Err("a notional below the tier that its deduction belongs to".into());
    }
    let zero = BigInt::zero;
    let mut rows = vec![BracketRow { lo: zero(), hi: &from - 1, slope: zero(), intercept: zero() }];
    rows.push(BracketRow {
        lo: from,
        hi: open_end(),
        slope: rate.numer().clone(),
        intercept: -deduction,
    });
    rows.retain(|r| r.lo <= r.hi);
    let line = Line {
        size,
        entry: zero(),
        funding: BigInt::ZERO,
        pnl_rounding: None,
        value: step(1, fine.clone(), Rounding::Truncate),
        requirement: LinearStep::exact(BigInt::one()),
        rows,
        roundings: vec![step_of(
            &BigRational::new(BigInt::one(), rate.denom() * fine),
            Rounding::Truncate,
        )],
    };
    Ok(Sheet::new(zero(), vec![line]))
}

fn case(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &[])?;
    let (inputs, expected) = (need(case, "inputs")?, need(case, "expected")?);
    let notional = ratio(inputs, "notional_abs")?;
    let figure = |key: &str| -> Result<Option<BigInt>, Reason> {
        let reported = opt_ratio(expected, key)?;
        let units = reported.map(|r| r * power_of_ten(DECIMALS));
        if units.as_ref().is_some_and(|r| !r.is_integer()) {
            return Err(format!("`{key}` has more than {DECIMALS} decimals"));
        }
        Ok(units.map(|r| r.to_integer()))
    };
    let mut made = Made::default();
    let of = |maintenance| Expected { maintenance: Some(maintenance), ..Expected::default() };
    if let Some(maintenance) = figure("maintMargin")? {
        let cum = opt_ratio(inputs, "cum")?.unwrap_or_default();
        let sheet = sheet(&notional, &ratio(inputs, "maint_rate")?, &cum)?;
        made.push(&sheet, "maintenance", of(maintenance))?;
    }
    let leverage = opt_ratio(inputs, "im_leverage_implied")?.filter(|l| !l.is_zero());
    if let (Some(initial), Some(leverage)) = (figure("initialMargin")?, leverage) {
        let sheet = sheet(&notional, &leverage.recip(), &BigRational::zero())?;
        made.push(&sheet, "initial", of(initial))?;
    }
    made.or_nothing_expected()
}
