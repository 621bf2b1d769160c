//! Derive, portfolio margin PMRM_2: account cases of the contracts' tests with the value of each option in each scenario.
//!
//! Maintenance and initial margin are compared within the suite's own tolerance, with the venue's formula over the same
//! figures to the unit, and by verdict. The contracts truncate at each product; the rule does not round.

mod derived;
mod directly;
mod figures;
mod market;

pub use self::derived::{DerivedLoadings, derived_loadings};

use self::derived::values;
use self::figures::{Figures, Kind, decimal};
use crate::case::{Loaded, Made, Verdict};
use crate::json::{Reason, list, need, opt_bool, ratio, text};
use crate::portfolio_case::{Near, PortfolioCase, PortfolioExpected};
use num_bigint::BigInt;
use num_rational::BigRational;
use serde_json::Value;
use zkmargin_model::portfolio::Margin;

/// While a feed is below the threshold of confidence, initial margin charges by the lowest among the feeds of what is
/// held. The market of such a case is made for its account.
const DOUBTED: &str = "initial margin is a minimum over the feeds of what is held";

/// Where the values of options come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The file.
    Listed,
    /// The algorithm, from the file's forwards and volatilities.
    Derived,
}

/// The cases with the values that they list.
pub fn adapt(root: &Value) -> Loaded {
    all(root, Source::Listed)
}

/// The cases with derived values of options in the place of listed ones.
pub fn adapt_derived(root: &Value) -> Loaded {
    all(root, Source::Derived)
}

fn all(root: &Value, source: Source) -> Loaded {
    let mut loaded = Loaded::default();
    for of in list(root, "cases") {
        loaded.add(text(of, "name"), case(of, root, source));
    }
    loaded
}

fn dollars(equity: BigInt, per_dollar: BigInt) -> BigRational {
    BigRational::new(equity, per_dollar)
}

fn zero() -> BigRational {
    BigRational::from(BigInt::ZERO)
}

/// Equity less the requirement.
fn above(m: &Margin, _: usize) -> BigRational {
    dollars(m.scaled_equity() - &m.requirement, market::dollar() * &m.per_margin_unit)
}

fn equity(m: &Margin, _: usize) -> BigRational {
    dollars(m.equity.clone(), market::dollar())
}

/// Profit and loss of the one unit in a scenario.
fn profit(m: &Margin, column: usize) -> BigRational {
    let loss = m.units.iter().map(|u| &u.losses[column]).sum::<BigInt>();
    dollars(-loss, market::dollar() * market::scale())
}

fn case(of: &Value, root: &Value, source: Source) -> Result<Made, Reason> {
    let (expected, check) = (need(of, "expected")?, need(of, "check")?);
    let tolerance = ratio(expected, "tolerance_rel")?;
    let mut made = Made::default();
    let derived = match source {
        Source::Listed => Vec::new(),
        Source::Derived => values(of, root)?,
    };
    let kinds = [
        (Kind::Maintenance, "maintenance", "MM", "verdict_MM"),
        (Kind::Initial, "initial", "IM", "verdict_IM"),
    ];
    for (kind, label, figure, verdict) in kinds {
        let figures = Figures::of(of, root, kind, &derived)?;
        let doubted = figures.doubted;
        let (market, account) = market::market(&figures)?;
        let exact = directly::equity_and_requirement(&figures);
        let near = |what: &str, expected: BigRational, of, column, cut| Near {
            what: what.to_owned(),
            expected,
            of,
            column,
            cut,
        };
        let mtm = ratio(expected, "portfolio_mtm")?;
        let mut figures_near = vec![
            near("equity less the requirement", ratio(expected, figure)?, above, 0, zero()),
            near("equity", mtm, equity, 0, zero()),
        ];
        for (at, s) in figures.scenarios.iter().enumerate() {
            let listed = list(check, "scenario_pnl").get(at).ok_or("no `scenario_pnl`")?;
            let listed = decimal(listed)?;
            figures_near.push(near(&s.name, listed, profit, at, figures.cut()));
        }
        let holds = opt_bool(expected, verdict).ok_or("no verdict")?;
        made.portfolio.push(PortfolioCase {
            index: 0,
            name: String::new(),
            label: label.to_owned(),
            market,
            account,
            native_only: doubted.then_some(DOUBTED),
            expected: PortfolioExpected {
                near: figures_near,
                tolerance: tolerance.clone(),
                exact: Some(exact),
                verdicts: vec![Verdict::healthy(holds)],
            },
        });
    }
    made.or_nothing_expected()
}
