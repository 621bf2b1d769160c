//! The venue's risk matrix: an answer of `private/pme/simulate`.

use super::super::{ImportError, Member, price_above_zero};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Scenarios of the extended table.
pub(super) const EXTENDED: usize = 8;
/// Standard scenarios that leave room for the others.
const MOST_STANDARD: u64 = 29;

/// One instrument's row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// The size that was simulated, in the currency; not zero.
    pub(super) simulated: Decimal,
    /// Its result in each scenario, standard ones first.
    pub(super) results: Vec<Decimal>,
    /// Its mark: dollars of a future, the currency of an option.
    pub(super) mark: Decimal,
    /// Its place in the answer.
    pub(super) pointer: String,
}

/// The matrix with what applies to all of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    pub(super) rows: BTreeMap<String, Row>,
    /// Standard scenarios.
    pub(super) standard: usize,
    /// What maintenance margin is of initial margin.
    pub(super) maintenance: Decimal,
    pub(super) time_ms: u64,
}

fn results(of: &Member<'_>, count: usize) -> Result<Vec<Decimal>, ImportError> {
    let list = of.list()?;
    if list.len() != count {
        return Err(of.wrong(format!("has {} scenarios, not {count}", list.len())));
    }
    list.iter().map(Member::computed).collect()
}

impl Matrix {
    /// Reads the `result` of the answer for a settlement currency.
    pub(super) fn read(result: &Member<'_>, currency: &str) -> Result<Self, ImportError> {
        let general = result.member("model_params").member("general");
        let [buckets, volatilities] =
            ["buckets_count", "vol_scenarios_count"].map(|name| general.member(name).natural());
        let standard = buckets?.saturating_mul(2).saturating_add(1).saturating_mul(volatilities?);
        if !(1..=MOST_STANDARD).contains(&standard) {
            let message =
                format!("makes {standard} standard scenarios, of at most {MOST_STANDARD}");
            return Err(general.member("buckets_count").wrong(message));
        }
        let factor = general.member("mm_factor");
        let maintenance = price_above_zero(&factor, factor.number()?)?;
        let margins = result.member("margins").member(&currency.to_lowercase());
        if !margins.is_present() {
            return Err(margins.wrong(format!("is missing: the answer is not of {currency}")));
        }
        let standard = usize::try_from(standard).unwrap_or_default();
        let mut rows = BTreeMap::new();
        for (name, of) in result.member("initial_risk_vectors").object()? {
            let simulated = result.member("portfolio").member("position").member(name);
            let size = simulated.computed()?;
            if *size.coefficient() == BigInt::ZERO {
                return Err(simulated.wrong("is zero: the row of nothing says nothing"));
            }
            let mut all = results(&of.member("standard"), standard)?;
            all.extend(results(&of.member("extended"), EXTENDED)?);
            let mark = result.member("ticker").member(name).member("mark_price");
            let price = mark.computed()?;
            if price.coefficient().is_negative() {
                return Err(mark.wrong("is below zero"));
            }
            let pointer = of.pointer().to_owned();
            rows.insert(
                name.to_owned(),
                Row { simulated: size, results: all, mark: price, pointer },
            );
        }
        let time_ms = general.member("timestamp").milliseconds()?;
        Ok(Self { rows, standard, maintenance, time_ms })
    }
}
