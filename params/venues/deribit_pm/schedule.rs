//! The schedule of a settlement currency.

use super::super::{OfUnit, SoleUnit, numbered, plain_column, plain_requirement};
use super::listed::Instrument;
use super::matrix::{EXTENDED, Matrix};
use super::parameters::Parameters;
use super::{ASSUMED, DECIMALS, LEAVES_OUT, NAME, SLOPE_DECIMALS, STRIKE_DECIMALS};
use crate::portfolio::figure::{less, product};
use crate::portfolio::{
    AggregateFile, BaseFile, ClassFile, ColumnFile, MultiplierFile, PortfolioScheduleFile,
    RateFile, RequirementFile, RoleFile, SlopesFile, StressFile,
};
use crate::{DecimalText, Requirement};
use zkmargin_model::decimal::Decimal;

const CLASS: &str = "maturities";

fn text(figure: &Decimal) -> DecimalText {
    DecimalText::new(figure.to_string())
}

fn one() -> Decimal {
    Decimal::from_scaled(&1.into(), 0)
}

/// What an added column has, in the order of an instrument's loadings behind those of scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// Rate times delta, whose magnitude each maturity adds.
    Roll,
    /// Futures in the currency, long and short alike.
    Gross,
    /// Futures in the currency, of which the magnitude is taken off.
    Net,
}

/// The added columns of these parameters, of each requirement.
pub(super) fn added(parameters: &Parameters) -> Vec<Added> {
    let roll = parameters.roll.as_ref().map(|_| Added::Roll);
    let futures = parameters.offsetting.as_ref().map(|_| [Added::Gross, Added::Net]);
    roll.into_iter().chain(futures.into_iter().flatten()).collect()
}

/// A column of one requirement, which counts as much of everything as its factor says.
fn added_column(
    what: Added,
    requirement: Requirement,
    factor: &Decimal,
    parameters: &Parameters,
) -> ColumnFile {
    let half = parameters.offsetting.as_ref().map_or_else(one, |rate| {
        product(&product(rate, factor), &Decimal::from_scaled(&5.into(), 1))
    });
    let name = |words: &str| format!("{words}, {}", requirement.name());
    let role = RoleFile::Added;
    let column = match what {
        Added::Roll => {
            let column = plain_column(name("roll shock"), role, text(factor));
            ColumnFile { magnitude: true, ..column }
        }
        Added::Gross => ColumnFile {
            multiplier: MultiplierFile::Gross,
            ..plain_column(name("futures"), role, text(&half))
        },
        Added::Net => {
            let offset = AggregateFile { magnitude: Some(text(&less(&half))), rows: None };
            let column = plain_column(name("futures that do not offset"), role, text(&one()));
            ColumnFile { function: Some(offset), ..column }
        }
    };
    ColumnFile { requirement: Some(requirement), ..column }
}

fn requirement(factor: &Decimal, parameters: &Parameters) -> RequirementFile {
    let rate = parameters.short.as_ref().map(|rate| product(rate, factor));
    let short_options = rate.map(|rate| RateFile { rate: text(&rate), of: BaseFile::Size });
    RequirementFile { short_options, ..plain_requirement(text(factor)) }
}

pub(super) fn schedule(
    matrix: &Matrix,
    listed: &[Instrument<'_>],
    parameters: &Parameters,
) -> PortfolioScheduleFile {
    let currency = &parameters.currency;
    let contracts = listed.iter().map(|i| i.contract.clone()).collect();
    let of =
        OfUnit { unit: currency, class: CLASS, settle: currency, strike_decimals: STRIKE_DECIMALS };
    let numbered = numbered(contracts, of);
    let scenario = |name: String| plain_column(name, RoleFile::Scenario, text(&one()));
    let standard = (1..=matrix.standard).map(|at| format!("standard {at}"));
    let extended: Vec<_> = (1..=EXTENDED).map(|at| format!("extended {at}")).collect();
    let mut columns: Vec<_> = standard.chain(extended.iter().cloned()).map(scenario).collect();
    let factors =
        [(Requirement::Maintenance, matrix.maintenance.clone()), (Requirement::Initial, one())];
    for (requirement, factor) in &factors {
        let added = added(parameters).into_iter();
        columns.extend(added.map(|what| added_column(what, *requirement, factor, parameters)));
    }
    let requirements = factors.map(|(_, factor)| requirement(&factor, parameters));
    let mut leaves_out = LEAVES_OUT.map(str::to_owned).to_vec();
    leaves_out.extend(parameters.left_out());
    let slope = || DecimalText::new("1");
    let of = SoleUnit {
        venue: NAME,
        name: format!("{NAME}-{}", currency.to_lowercase()),
        source: format!(
            "Deribit's risk matrix of {currency} by private/pme/simulate, imported. Rates of shocks and contingencies: {}. Assumed: {ASSUMED}.",
            parameters.source
        ),
        time_ms: matrix.time_ms,
        currency,
        decimals: DECIMALS,
        slope_decimals: SLOPE_DECIMALS,
        class: ClassFile {
            name: CLASS.to_owned(),
            slopes: Some(SlopesFile { positive: slope(), negative: slope() }),
            magnitudes: true,
            scans: Vec::new(),
        },
    };
    PortfolioScheduleFile {
        leaves_out,
        stresses: vec![StressFile { name: "extended".to_owned(), scenarios: extended }],
        ..of.schedule(numbered, columns, requirements)
    }
}
