//! What SPAN asks for a portfolio in one commodity, as its rules are written: the worst of the scenarios, long deltas of
//! some maturities matched with short ones of others, a minimum for short options. Nothing of the rule is used.

use super::{Commodity, SCENARIOS};
use std::collections::BTreeMap;

/// Signed contracts by their place in the commodity.
pub type Portfolio = Vec<(usize, i64)>;

/// Requirements of one commodity; the unit is said with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Scan risk in millionths of the currency.
    pub scan: i128,
    /// Calendar charge in units of 10^-12.
    pub calendar: i128,
    /// Short option minimum in millionths.
    pub minimum: i128,
}

fn small(x: &num_bigint::BigInt) -> i128 {
    i128::try_from(x).expect("figures of the file are small")
}

/// The three figures.
pub fn span(commodity: &Commodity, portfolio: &Portfolio) -> Span {
    let mut losses = [0i128; SCENARIOS];
    let mut deltas: BTreeMap<&str, i128> = BTreeMap::new();
    let mut short_options = 0i128;
    for &(at, size) in portfolio {
        let contract = &commodity.contracts[at];
        for (sum, loss) in losses.iter_mut().zip(&contract.losses) {
            *sum += i128::from(size) * small(loss);
        }
        *deltas.entry(&contract.maturity).or_default() += i128::from(size) * small(&contract.delta);
        if contract.is_option() && size < 0 {
            short_options -= i128::from(size);
        }
    }
    let mut long: Vec<i128> = deltas.values().copied().filter(|d| *d > 0).collect();
    let mut short: Vec<i128> = deltas.values().filter(|d| **d < 0).map(|d| -d).collect();
    let mut matched = 0;
    while let (Some(l), Some(s)) = (long.last_mut(), short.last_mut()) {
        let spread = (*l).min(*s);
        matched += spread;
        (*l, *s) = (*l - spread, *s - spread);
        long.retain(|d| *d > 0);
        short.retain(|d| *d > 0);
    }
    Span {
        scan: losses.into_iter().max().unwrap_or_default().max(0),
        calendar: matched * small(&commodity.spread_rate),
        minimum: short_options * small(&commodity.short_option_rate),
    }
}
