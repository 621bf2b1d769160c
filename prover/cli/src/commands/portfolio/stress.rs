//! What a stress would leave of a portfolio account.

use super::super::describe::lines_of;
use super::super::margin::{Amount, table};
use super::Held;
use super::figures::Units;
use super::requirement::undefined;
use crate::failure::{Failure, Result};
use crate::resolve;
use crate::text::Text;
use serde_json::{Value, json};
use zkmargin_model::portfolio::stress;
use zkmargin_model::shown::shown;
use zkmargin_params::Requirement;

/// The worst scenario of a stress in one unit.
struct UnitRow {
    name: String,
    scenario: Option<String>,
    loss: Amount,
}

/// What a named set of scenarios would leave.
pub struct Stressed {
    name: String,
    units: Vec<UnitRow>,
    left: Amount,
    floor: String,
    /// Whether at least the floor is left.
    pub keeps: bool,
}

impl Stressed {
    /// Scenarios of a stress belong to every requirement, so the maintenance market has them.
    pub fn new(held: &Held, units: &Units, name: &str, floor: &str) -> Result<Self> {
        let schedule = held.market.schedule();
        let market = held.market.market(Requirement::Maintenance).map_err(|e| {
            Failure::new(crate::exit::Exit::Malformed, e.code.as_str(), e.to_string())
        })?;
        let (_, claim) = resolve::stress_claim(schedule, name, floor)?;
        let figures = stress(&held.account, market, name).map_err(|e| undefined(held, &e))?;
        let column = |at: usize| market.terms().columns.get(at).map(|c| c.name.clone());
        let rows = figures.units.iter().map(|u| UnitRow {
            name: schedule.unit_of(u.unit).map_or(String::new(), |unit| unit.name.clone()),
            scenario: u.column.and_then(column),
            loss: units.loss(&u.loss),
        });
        Ok(Self {
            name: name.to_owned(),
            units: rows.collect(),
            left: units.loss(&figures.left()),
            floor: floor.to_owned(),
            keeps: figures.keeps(claim.floor().amount()),
        })
    }

    pub fn text(&self, held: &Held) -> Text {
        let currency = &held.market.schedule().file().valuation.currency;
        let mut rows = table(&["unit", "worst scenario of the stress", "loss"]);
        for u in &self.units {
            let scenario = u.scenario.as_deref().unwrap_or("nothing loses");
            rows.add_row([
                shown(&u.name).into_owned(),
                shown(scenario).into_owned(),
                u.loss.shown(),
            ]);
        }
        super::super::margin::align(&mut rows, &[2]);
        let mut out = Text::of(format!("Stress {}:", self.name));
        rows.lines().for_each(|line| out.line(line));
        out.append(lines_of(&[("left", format!("{} {currency}", self.left.shown()))]));
        out.line(match self.keeps {
            true => format!("At least the floor of {} {currency} is left.", self.floor),
            false => format!("Less than the floor of {} {currency} is left.", self.floor),
        });
        out
    }

    pub fn json(&self, _: &Held) -> Value {
        let units = self
            .units
            .iter()
            .map(|u| json!({ "unit": u.name, "scenario": u.scenario, "loss": u.loss.exact() }));
        json!({
            "name": self.name,
            "units": units.collect::<Vec<_>>(),
            "left": self.left.exact(),
            "floor": self.floor,
            "keeps": self.keeps,
        })
    }
}
