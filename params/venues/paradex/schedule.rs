//! The schedule of an underlying.

use super::super::{OfUnit, SoleUnit, numbered, plain_column, plain_requirement};
use super::config::Config;
use super::markets::Markets;
use super::{ASSUMED, DECIMALS, LEAVES_OUT, NAME, SLOPE_DECIMALS, STRIKE_DECIMALS, USDC};
use crate::portfolio::figure::{less, product};
use crate::portfolio::{
    ClassFile, ColumnFile, MultiplierFile, PortfolioScheduleFile, RoleFile, SlopesFile, StressFile,
    TermFile,
};
use crate::{DecimalText, Requirement};
use zkmargin_model::decimal::Decimal;

/// Names of columns that others read.
const NET: &str = "net delta";
const GROSS: &str = "gross delta";
const FEES: &str = "fees";
const CLASS: &str = "markets";

fn text(figure: &Decimal) -> DecimalText {
    DecimalText::new(figure.to_string())
}

fn one() -> DecimalText {
    DecimalText::new("1")
}

fn term(column: &str, multiplier: DecimalText) -> TermFile {
    TermFile { column: column.to_owned(), multiplier }
}

/// Provisions: what funding costs if it costs anything, and fees.
fn provisions(name: String, role: RoleFile) -> ColumnFile {
    let terms = vec![term(FEES, one())];
    ColumnFile { sloped: true, terms, ..plain_column(name, role, one()) }
}

/// The minimum by delta on one side, with provisions.
fn floor(requirement: Requirement, side: &str, [net, gross]: [DecimalText; 2]) -> ColumnFile {
    let name = format!("minimum {side}, {}", requirement.name());
    let mut floor = provisions(name, RoleFile::Floor);
    floor.requirement = Some(requirement);
    floor.terms.extend([term(NET, net), term(GROSS, gross)]);
    floor
}

fn columns(config: &Config) -> Vec<ColumnFile> {
    let mut columns: Vec<_> = config
        .scenarios
        .iter()
        .zip(1..)
        .map(|(s, at)| {
            let name = format!("scenario {at}: spot {}, vol {}", s.spot, s.volatility);
            plain_column(name, RoleFile::Scenario, text(&s.weight))
        })
        .collect();
    let zero = || DecimalText::new("0");
    let gross = |name| ColumnFile {
        multiplier: MultiplierFile::Gross,
        ..plain_column(name, RoleFile::Term, zero())
    };
    columns.push(provisions("provisions".to_owned(), RoleFile::Added));
    columns.extend([plain_column(NET, RoleFile::Term, zero()), gross(GROSS), gross(FEES)]);
    let whole = config.of_deltas();
    let part = whole.clone().map(|figure| product(&figure, &config.maintenance));
    for (requirement, [net, gross]) in
        [(Requirement::Maintenance, part), (Requirement::Initial, whole)]
    {
        columns.push(floor(requirement, "long", [text(&net), text(&gross)]));
        columns.push(floor(requirement, "short", [text(&less(&net)), text(&gross)]));
    }
    columns
}

pub(super) fn schedule(config: &Config, markets: &Markets) -> PortfolioScheduleFile {
    let contracts = markets.listed.iter().map(|m| m.contract.clone()).collect();
    let of =
        OfUnit { unit: &config.base, class: CLASS, settle: USDC, strike_decimals: STRIKE_DECIMALS };
    let numbered = numbered(contracts, of);
    let columns = columns(config);
    let one_weight = Decimal::from_scaled(&1.into(), 0);
    let tails = columns.iter().zip(&config.scenarios).filter(|(_, s)| s.weight != one_weight);
    let tails: Vec<String> = tails.map(|(column, _)| column.name.clone()).collect();
    let mut leaves_out = LEAVES_OUT.map(str::to_owned).to_vec();
    leaves_out.push(format!("whatever is not of {}", config.base));
    let stress = |scenarios| StressFile { name: "tails".to_owned(), scenarios };
    let of = SoleUnit {
        venue: NAME,
        name: format!("paradex-{}", config.base.to_lowercase()),
        source: format!(
            "Paradex's portfolio margin parameters and markets of {}, imported, with the formulas of its page \"Portfolio Margin\" and of paradex-py. Assumed: {ASSUMED}.",
            config.base
        ),
        time_ms: markets.time_ms,
        currency: USDC,
        decimals: DECIMALS,
        slope_decimals: SLOPE_DECIMALS,
        // What a sum of funding pays is no provision.
        class: ClassFile {
            name: CLASS.to_owned(),
            slopes: Some(SlopesFile { positive: one(), negative: DecimalText::new("0") }),
            magnitudes: false,
            scans: Vec::new(),
        },
    };
    let requirements = [plain_requirement(text(&config.maintenance)), plain_requirement(one())];
    PortfolioScheduleFile {
        leaves_out,
        stresses: Some(tails).filter(|tails| !tails.is_empty()).map(stress).into_iter().collect(),
        ..of.schedule(numbered, columns, requirements)
    }
}
