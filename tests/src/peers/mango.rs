//! Mango v4: weights, prices and balances are binary fractions of 48 bits, and each product of two is floored to 48
//! bits again. Health is the sum of weighted balances, so there is no requirement: it must not be negative.

use super::cases_of;
use crate::case::{Expected, Loaded, Made, Verdict};
use crate::folio::{Contract, Folio, Tiers, by_sign};
use crate::json::{Reason, int, list, need, opt, opt_bool, ratio, refuse_needs, text};
use crate::sheet::step;
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde_json::Value;
use zkmargin_model::rule::{
    AssetElements, InstrumentElements, LinearStep, Margin, Rounding, ShortTerms,
};

const FRACTION_BITS: u32 = 48;

pub(super) fn adapt(root: &Value) -> Loaded {
    cases_of(root, case)
}

fn one() -> BigInt {
    BigInt::one() << FRACTION_BITS
}

/// `floor(x factor / 2^48)` for a figure with 48 bits after the point.
fn times(factor: BigInt) -> LinearStep {
    step(factor, one(), Rounding::Floor)
}

/// Which of the two sets of weights and prices a health uses.
struct Health<'a> {
    prefix: &'static str,
    kind: &'a str,
}

impl Health<'_> {
    fn weight(&self, of: &Value, name: &str) -> Result<BigInt, Reason> {
        int(of, &format!("{}_{name}", self.prefix))
    }

    /// Initial health looks at the worse of oracle and stable price, everything else at the oracle.
    fn price(&self, of: &Value, is_debt: bool) -> Result<BigInt, Reason> {
        let (oracle, stable) = (int(of, "oracle")?, int(of, "stable")?);
        Ok(match (self.kind, is_debt) {
            ("Maint" | "LiquidationEnd", _) => oracle,
            (_, false) => oracle.min(stable),
            (_, true) => oracle.max(stable),
        })
    }

    /// The weight of a bank for its own part, scaled down as the whole bank grows. The venue divides public totals as
    /// floating point numbers of 64 bits.
    fn bank_weight(&self, bank: &Value, is_debt: bool) -> Result<BigInt, Reason> {
        let name = if is_debt { "liab_weight" } else { "asset_weight" };
        let weight = self.weight(bank, name)?;
        let (start, total) = match is_debt {
            false => ("deposit_weight_scale_start_quote", "deposits"),
            true => ("borrow_weight_scale_start_quote", "borrows"),
        };
        let (Some(start), "Init") = (opt(bank, start).and_then(Value::as_f64), self.kind) else {
            return Ok(weight);
        };
        let float = |x: BigInt| x.to_f64().ok_or("a total that is no number");
        let price = float(int(bank, "oracle")?)? / float(one())?;
        let value = float(int(bank, total)?)? * price;
        if value <= start {
            return Ok(weight);
        }
        let scale = if is_debt { value / start } else { start / value };
        let scale = BigRational::from_float(scale * float(one())?).ok_or("no scale")?;
        Ok((weight * scale.round().to_integer()).div_floor(&one()))
    }

    /// Weighted price of a bank's token.
    fn token_price(&self, bank: &Value, is_debt: bool) -> Result<LinearStep, Reason> {
        let product = self.bank_weight(bank, is_debt)? * self.price(bank, is_debt)?;
        Ok(times(product.div_floor(&one())))
    }

    fn perpetual(&self, of: &Value, settle: u32) -> Result<Contract, Reason> {
        let lot = int(of, "base_lot_size")?;
        let value = |weight: &str, is_debt| {
            let price = self.price(of, is_debt)?;
            Ok::<_, Reason>(times(&lot * self.weight(of, weight)? * price))
        };
        let notional = LinearStep::exact(1.into());
        let profit = times(self.weight(of, "overall_asset_weight")?);
        let loss = LinearStep::exact(1.into());
        Ok(Contract {
            settle,
            value: value("base_asset_weight", false)?,
            notional: notional.clone(),
            tiers: Tiers::constant(0),
            roundings: Vec::new(),
            elements: InstrumentElements {
                short: Some(ShortTerms {
                    value: value("base_liab_weight", true)?,
                    requirement: notional,
                }),
                result: vec![by_sign(profit, loss)?],
                ..InstrumentElements::default()
            },
        })
    }
}

fn has_orders(account: &Value) -> Result<bool, Reason> {
    let any = |of: &Value, figures: [&str; 2]| {
        let found = figures.iter().map(|figure| int(of, figure));
        Ok::<_, Reason>(found.collect::<Result<Vec<_>, _>>()?.iter().any(|x| !x.is_zero()))
    };
    for of in list(account, "serum") {
        if any(of, ["reserved_base", "reserved_quote"])? {
            return Ok(true);
        }
    }
    for of in list(account, "perps") {
        if any(of, ["bids_base_lots", "asks_base_lots"])? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn book(case: &Value) -> Result<Folio, Reason> {
    let account = need(case, "account")?;
    let (prefix, kind) = match text(case, "health_type") {
        "Maint" => ("maint", "Maint"),
        kind @ ("Init" | "LiquidationEnd") => ("init", kind),
        other => return Err(format!("unknown health `{other}`")),
    };
    let health = Health { prefix, kind };
    let mut book = Folio::default();
    let mut ids = Vec::new();
    for token in list(account, "tokens") {
        let bank = need(token, "bank")?;
        let prices = [false, true].map(|is_debt| health.token_price(bank, is_debt));
        let [asset, debt] = prices;
        let value = vec![by_sign(asset?, debt?)?];
        let elements = AssetElements { value, ..AssetElements::default() };
        let id = book.asset(int(token, "balance")?, 0, elements)?;
        ids.push((text(bank, "token_index"), id));
    }
    for of in list(account, "perps") {
        let (size, quote) = (int(of, "base_lots")?, int(of, "quote")?);
        if size.is_zero() && quote.is_zero() {
            continue;
        }
        let settle = text(of, "settle_token_index");
        let settle = ids.iter().find(|(index, _)| *index == settle);
        let (_, settle) = settle.ok_or("a position settles in a token that is not listed")?;
        book.position(health.perpetual(of, *settle)?, &size, -quote, 0)?;
    }
    Ok(book)
}

fn case(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &["spot_borrow", "stable_price", "weight_scaling"])?;
    if has_orders(need(case, "account")?)? {
        return Err("open orders".into());
    }
    let expected = need(case, "expected")?;
    let mut made = Made::default();
    // The health to the bit is what the venue's own fixed-point arithmetic gives for the test's inputs.
    let equity = int(need(case, "check")?, "recomputed_i80f48")?;
    let verdicts = opt_bool(expected, "negative").map(|n| Verdict::healthy(!n));
    let exact = Expected {
        equity: Some(equity),
        maintenance: Some(BigInt::zero()),
        verdicts: verdicts.into_iter().collect(),
        ..Expected::default()
    };
    let label = text(case, "health_type");
    made.cases.push(book(case)?.case(label, exact)?);
    let (health, tolerance) = (ratio(expected, "health")?, ratio(expected, "tolerance")?);
    let near = move |m: &[Margin]| {
        let got = BigRational::new(m[0].equity.clone(), one());
        let apart = (&got - &health).abs();
        if apart < tolerance { Ok(()) } else { Err(format!("health is {got}, not {health}")) }
    };
    let bare = book(case)?.case(label, Expected::default())?;
    made.relations.push((vec![bare], Box::new(near)));
    made.or_nothing_expected()
}
