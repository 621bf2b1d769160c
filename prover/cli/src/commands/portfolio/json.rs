//! A portfolio account as JSON.

use super::Held;
use super::requirement::{Answer, Computed, GroupRow, Named, Sheet, UnitRow};
use serde_json::{Map, Value, json};
use zkmargin_params::portfolio::PortfolioSchedule;

/// Everything that the tables show, exact, and the loss in every scenario.
pub fn of(held: &Held, sheets: &[Sheet]) -> Value {
    let schedule = held.market.schedule();
    let file = schedule.file();
    let mut requirements = Map::new();
    for sheet in sheets {
        let answer = match &sheet.answer {
            Answer::Computed(computed) => computed.json(),
            Answer::Refused(error) => {
                json!({ "refused": { "code": error.code.as_str(), "message": error.message } })
            }
        };
        requirements.insert(sheet.requirement.name().to_owned(), answer);
    }
    json!({
        "account": "portfolio",
        "currency": file.valuation.currency,
        "requirements": requirements,
        "rules": rules(schedule),
    })
}

/// What figures are computed under.
pub fn rules(schedule: &PortfolioSchedule) -> Value {
    let file = schedule.file();
    json!({
        "venue": file.venue,
        "schedule": file.name,
        "digest": schedule.digest().to_string(),
        "leaves_out": file.leaves_out,
    })
}

/// Names and amounts as a list, in which names may repeat.
fn list(of: &[Named], key: &str) -> Value {
    of.iter().map(|n| json!({ key: n.name, "amount": n.amount.exact() })).collect()
}

fn group(g: &GroupRow) -> Value {
    let scans = g.scans.iter().map(
        |(name, column, loss)| json!({ "scan": name, "column": column, "loss": loss.exact() }),
    );
    json!({
        "group": g.name,
        "loss": g.loss.exact(),
        "scans": scans.collect::<Vec<_>>(),
        "scenarios": list(&g.scenarios, "scenario"),
    })
}

fn unit(u: &UnitRow) -> Value {
    json!({
        "unit": u.name,
        "worst": u.worst,
        "loss": u.scan.exact(),
        "loss_times_factor": u.scan_required.exact(),
        "added": list(&u.added, "column"),
        "floors": list(&u.floors, "column"),
        "requirement": u.requirement.exact(),
        "scenarios": list(&u.scenarios, "scenario"),
        "groups": u.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

impl Computed {
    fn json(&self) -> Value {
        let strikes = self.strikes.iter().map(|s| {
            json!({
                "group": s.group,
                "strike": s.strike,
                "net_short": s.short.exact(),
                "charge": s.charge.exact(),
            })
        });
        let positions = self.positions.iter().map(|p| {
            json!({
                "instrument": p.instrument,
                "side": p.side,
                "size": p.size.exact(),
                "unrealized_pnl": p.pnl.exact(),
                "adds": p.adds.exact(),
                "charge": p.charge.exact(),
                "required_without": p.without.exact(),
            })
        });
        let assets = self.assets.iter().map(|a| {
            json!({
                "asset": a.asset,
                "balance_with_pnl": a.balance.exact(),
                "collateral_value": a.collateral.exact(),
            })
        });
        json!({
            "units": self.units.iter().map(unit).collect::<Vec<_>>(),
            "strikes": strikes.collect::<Vec<_>>(),
            "positions": positions.collect::<Vec<_>>(),
            "charges": self.charges.exact(),
            "assets": assets.collect::<Vec<_>>(),
            "equity": self.equity.exact(),
            "required": self.required.exact(),
            "excess": self.excess.exact(),
            "ratio": self.ratio.as_ref().map(|r| r.exact()),
            "is_met": self.is_met,
        })
    }
}
