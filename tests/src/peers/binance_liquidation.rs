//! Liquidation prices: at the exact price equity is the maintenance requirement, which is not
//! healthy at Binance; one tick to either side decides. Everything is scaled to integers.
//!
//! * Binance: requirement `q * mark * rate - deduction`.
//! * Gate, OKX: the taker fee is part of the rate.
//! * Bybit: the requirement is a rate on the entry notional, whatever the mark.

use super::cases_of;
use crate::case::{Expected, Loaded, Made, Verdict};
use crate::json::{Reason, list, need, one_collateral, opt, opt_bool, opt_ratio, power_of_ten};
use crate::json::{ratio, refuse_needs, text};
use crate::sheet::{Line, Sheet, open_end, step_of};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde_json::Value;
use zkmargin_model::rule::{BracketRow, Rounding};

/// Decimals of the tick when the expected price is not a rounded one.
const TICK_DECIMALS: i32 = 2;
/// Relative tolerance of an expected price in floating point: what the tests it is from allow.
const RELATIVE_DECIMALS: i32 = -6;

pub(super) fn adapt(root: &Value) -> Loaded {
    cases_of(root, case)
}

#[derive(Clone)]
struct Leg {
    size: BigRational,
    entry: BigRational,
    rate: BigRational,
    cum: BigRational,
    mark: Option<BigRational>,
    /// Price of the requirement when it is not the mark.
    requirement_price: Option<BigRational>,
}

struct Setting {
    wallet: BigRational,
    /// The position whose price is asked for comes first.
    legs: Vec<Leg>,
}

/// `BTC/USD:BTC` settles in its base coin.
fn is_inverse(instrument: &str) -> bool {
    let base = instrument.split('/').next().unwrap_or_default();
    instrument.split_once(':').is_some_and(|(_, settle)| settle == base)
}

fn leg(venue: &str, position: &Value) -> Result<Leg, Reason> {
    if is_inverse(text(position, "instrument")) {
        return Err("an inverse contract: the file gives no formula".into());
    }
    let entry = ratio(position, "entry_price")?;
    let mut rate = ratio(position, "mmr")?;
    if matches!(venue, "gate" | "okx") {
        rate += opt_ratio(position, "taker_fee")?.unwrap_or_default();
    }
    Ok(Leg {
        size: ratio(position, "size")?,
        requirement_price: (venue == "bybit").then(|| entry.clone()),
        entry,
        rate,
        cum: opt_ratio(position, "cum")?.unwrap_or_default(),
        mark: opt_ratio(position, "mark_price")?,
    })
}

fn setting(case: &Value) -> Result<Setting, Reason> {
    let venue = text(case, "venue").split_whitespace().next().unwrap_or_default();
    let isolated = text(case, "margin_mode") == "isolated";
    match venue {
        "binance" => {}
        "gate" | "okx" | "gateio" | "bybit" if isolated => {}
        "gate" | "okx" | "gateio" | "bybit" => {
            return Err(format!("{venue} with shared margin: the file gives no formula"));
        }
        _ => return Err(format!("venue `{venue}`: the file gives no formula")),
    }
    let venue = if venue == "gateio" { "gate" } else { venue };
    let legs = list(case, "positions").iter().map(|p| leg(venue, p));
    let mut legs = legs.collect::<Result<Vec<_>, _>>()?;
    let target = legs.iter().position(|l| l.mark.is_none()).unwrap_or(0);
    if legs.is_empty() {
        return Err("no position".into());
    }
    legs.swap(0, target);
    if isolated {
        legs.truncate(1);
    }
    if legs.iter().skip(1).any(|l| l.mark.is_none()) {
        return Err("several positions without a mark price".into());
    }
    Ok(Setting { wallet: one_collateral(case)?, legs })
}

impl Setting {
    fn mark<'a>(&'a self, at: usize, price: &'a BigRational) -> &'a BigRational {
        if at == 0 { price } else { self.legs[at].mark.as_ref().unwrap_or(price) }
    }

    /// `equity - requirement` at a price, by the file's formula; linear in the price.
    fn surplus(&self, price: &BigRational) -> BigRational {
        let each = self.legs.iter().enumerate().map(|(at, l)| {
            let mark = self.mark(at, price);
            let notional = l.size.abs() * l.requirement_price.as_ref().unwrap_or(mark);
            &l.size * (mark - &l.entry) - (notional * &l.rate - &l.cum)
        });
        &self.wallet + each.sum::<BigRational>()
    }

    /// The price at which equity is the requirement, from two points of the line.
    fn liquidation_price(&self) -> Option<BigRational> {
        let at_zero = self.surplus(&BigRational::zero());
        let slope = self.surplus(&BigRational::one()) - &at_zero;
        (!slope.is_zero()).then(|| -at_zero / slope)
    }

    /// The account at a price of its first position, with `also` whole in its units; and how many
    /// margin units are one unit of the wallet.
    fn sheet(
        &self,
        price: &BigRational,
        also: &[BigRational],
    ) -> Result<(Sheet, BigRational), Reason> {
        let lcm = |all: &mut dyn Iterator<Item = BigRational>| {
            all.fold(BigInt::one(), |u, r| u.lcm(r.denom()))
        };
        let steps = lcm(&mut self.legs.iter().map(|l| l.size.clone()));
        let rate_unit = lcm(&mut self.legs.iter().map(|l| l.rate.clone()));
        let requirement = |at: usize| {
            self.legs[at].requirement_price.clone().unwrap_or_else(|| self.mark(at, price).clone())
        };
        let unit = lcm(&mut self.legs.iter().enumerate().flat_map(|(at, l)| {
            let per_step = self.mark(at, price) / &steps;
            [per_step, requirement(at) / &steps, &l.size * &l.entry, l.cum.clone()]
        }));
        let unit = unit.lcm(self.wallet.denom());
        let unit = unit.lcm(&lcm(&mut also.iter().cloned()));
        let whole = |r: BigRational| (r * unit.clone()).to_integer();
        let lines = self.legs.iter().enumerate().map(|(at, l)| {
            let slope = (&l.rate * &rate_unit).to_integer();
            let deduction = whole(l.cum.clone()) * &rate_unit;
            // Lower tiers are not given. Below the notional where the deduction would turn the
            // requirement negative nothing is required, and no case may be there.
            let from = if slope.is_zero() {
                BigInt::zero()
            } else {
                Integer::div_ceil(&deduction, &slope)
            };
            if whole(l.size.abs() * requirement(at)) < from {
                return Err("a notional below the tier that its deduction belongs to".into());
            }
            let zero = BigInt::zero;
            let mut rows =
                vec![BracketRow { lo: zero(), hi: &from - 1, slope: zero(), intercept: zero() }];
            rows.push(BracketRow { lo: from, hi: open_end(), slope, intercept: -deduction });
            rows.retain(|r| r.lo <= r.hi);
            let per_step = |p: BigRational| step_of(&(p * &unit / &steps), Rounding::Truncate);
            Ok(Line {
                size: (&l.size * &steps).to_integer(),
                entry: whole(&l.size * &l.entry),
                funding: BigInt::ZERO,
                pnl_rounding: None,
                value: per_step(self.mark(at, price).clone()),
                requirement: per_step(requirement(at)),
                rows,
                roundings: Vec::new(),
            })
        });
        let lines = lines.collect::<Result<_, Reason>>()?;
        let mut sheet = Sheet::new(whole(self.wallet.clone()), lines);
        sheet.equity_scale = rate_unit.clone();
        sheet.equality_is_healthy = false;
        Ok((sheet, BigRational::from(unit * rate_unit)))
    }

    fn push(
        &self,
        made: &mut Made,
        label: &str,
        price: &BigRational,
        verdict: Option<bool>,
        figures: [Option<BigRational>; 2],
    ) -> Result<(), Reason> {
        let also: Vec<BigRational> = figures.iter().flatten().cloned().collect();
        let (sheet, unit) = self.sheet(price, &also)?;
        let [equity, maintenance] = figures.map(|f| f.map(|f| (f * &unit).to_integer()));
        let expected = Expected {
            equity,
            maintenance,
            books: Vec::new(),
            verdicts: verdict.map(Verdict::healthy).into_iter().collect(),
            equity_is_maintenance: label == "at the price",
        };
        made.push(&sheet, label, expected)
    }
}

/// Whether our exact price is the expected one, as closely as that one is given.
fn close(price: &BigRational, expected: &BigRational, decimals: Option<i32>) -> bool {
    let allowed = match decimals {
        Some(decimals) => power_of_ten(-decimals) / BigInt::from(2),
        None => expected.abs() * power_of_ten(RELATIVE_DECIMALS),
    };
    (price - expected).abs() <= allowed
}

fn case(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &[])?;
    let expected = need(case, "expected")?;
    let Some(liquidation) = opt_ratio(expected, "liquidation_price")? else {
        return Err("no liquidation price expected".into());
    };
    let setting = setting(case)?;
    let decimals = opt(expected, "rounded_to").and_then(Value::as_i64);
    let decimals = decimals.and_then(|d| d.to_i32()).filter(|d| d.abs() <= 18);
    let price = setting.liquidation_price().ok_or("no price liquidates")?;
    let mut made = Made::default();
    if close(&price, &liquidation, decimals) && price.is_positive() {
        setting.push(&mut made, "at the price", &price, Some(false), [None, None])?;
    } else if !(price.is_positive() || liquidation.is_positive()) {
        return Err("no positive price liquidates, and none is expected".into());
    } else {
        // The expected price is not where the requirement is met: claim that it is, and so fail.
        setting.push(&mut made, "at the price", &liquidation, Some(false), [None, None])?;
    }
    let rising = setting.surplus(&(&price + BigRational::one())).is_positive();
    let tick = power_of_ten(-decimals.unwrap_or(TICK_DECIMALS));
    for (label, at, healthy) in
        [("a tick above", &price + &tick, rising), ("a tick below", &price - &tick, !rising)]
    {
        if at.is_positive() {
            setting.push(&mut made, label, &at, Some(healthy), [None, None])?;
        }
    }
    for derived in list(case, "derived_verdicts") {
        let at = ratio(derived, "mark_price")?;
        let figures = [opt_ratio(derived, "equity")?, opt_ratio(derived, "maintenance")?];
        setting.push(&mut made, "derived", &at, opt_bool(derived, "healthy"), figures)?;
    }
    made.or_nothing_expected()
}
