//! A portfolio account in tables.

use super::super::describe::lines_of;
use super::super::margin::{align, table};
use super::Held;
use super::requirement::{Answer, Computed, Named, Sheet};
use crate::text::Text;
use comfy_table::Table;
use zkmargin_model::shown::{quoted, shown};
use zkmargin_params::portfolio::PortfolioSchedule;

/// Adds a table, with a blank line after it; nothing if it has no rows.
fn add(out: &mut Text, mut table: Table, right: &[usize]) {
    if table.row_count() == 0 {
        return;
    }
    align(&mut table, right);
    table.lines().for_each(|line| out.line(line));
    out.line("");
}

fn name(text: &str) -> String {
    shown(text).into_owned()
}

/// All sheets, then what they are computed under.
pub fn of(held: &Held, sheets: &[Sheet]) -> Text {
    let schedule = held.market.schedule();
    let file = schedule.file();
    let mut out = Text::new();
    for (at, sheet) in sheets.iter().enumerate() {
        let margin = sheet.requirement.margin();
        if at > 0 {
            out.line("");
        }
        let (first, rest) = margin.split_at(1);
        out.line(format!("{}{rest}:", first.to_uppercase()));
        match &sheet.answer {
            Answer::Refused(error) => out.line(format!("refused: {}", error.message)),
            Answer::Computed(computed) => {
                out.append(computed.text(&file.valuation.currency, margin))
            }
        }
    }
    out.line("Amounts are cut to 6 digits after the point; --json has all.");
    out.line(rules(schedule));
    out
}

/// What figures are computed under, in one line.
pub fn rules(schedule: &PortfolioSchedule) -> String {
    let (venue, title) = (&schedule.file().venue, quoted(&schedule.file().name));
    let mut rules =
        format!("rules: {venue}, portfolio, schedule {title}, digest {}", schedule.digest());
    if let Some(departures) = schedule.departures() {
        rules.push_str(&format!("; {departures}"));
    }
    rules
}

impl Computed {
    fn text(&self, currency: &str, margin: &str) -> Text {
        let mut out = Text::new();
        let mut units = table(&["unit", "worst scenario", "loss", "times factor", "requirement"]);
        for u in &self.units {
            units.add_row([
                name(&u.name),
                name(u.worst.as_deref().unwrap_or("nothing loses")),
                u.scan.shown(),
                u.scan_required.shown(),
                u.requirement.shown(),
            ]);
        }
        add(&mut out, units, &[2, 3, 4]);
        let mut columns = table(&["unit", "column", "counts as", "amount"]);
        for u in &self.units {
            let mut rows = |list: &[Named], role: &str| {
                for of in list {
                    columns.add_row([
                        name(&u.name),
                        name(&of.name),
                        role.to_owned(),
                        of.amount.shown(),
                    ]);
                }
            };
            rows(&u.added, "added");
            rows(&u.floors, "floor");
        }
        add(&mut out, columns, &[3]);
        out.append(self.groups());
        let mut strikes = table(&["group", "strike", "net short", "charge"]);
        for s in &self.strikes {
            strikes.add_row([name(&s.group), s.strike.clone(), s.short.exact(), s.charge.shown()]);
        }
        add(&mut out, strikes, &[1, 2, 3]);
        let header = [
            "instrument",
            "side",
            "size",
            "uPnL",
            "adds to the loss",
            "charge",
            "required without it",
        ];
        let mut positions = table(&header);
        for p in &self.positions {
            positions.add_row([
                name(&p.instrument),
                p.side.to_owned(),
                p.size.shown(),
                p.pnl.shown(),
                p.adds.shown(),
                p.charge.shown(),
                p.without.shown(),
            ]);
        }
        add(&mut out, positions, &[2, 3, 4, 5, 6]);
        let mut assets = table(&["asset", "balance with uPnL", "collateral value"]);
        for a in &self.assets {
            assets.add_row([name(&a.asset), a.balance.shown(), a.collateral.shown()]);
        }
        add(&mut out, assets, &[1, 2]);
        let ratio = self.ratio.as_ref().map_or("no requirement".to_owned(), |r| r.exact());
        out.append(lines_of(&[
            ("equity", format!("{} {currency}", self.equity.shown())),
            (margin, format!("{} {currency}", self.required.shown())),
            ("excess", format!("{} {currency}", self.excess.shown())),
            ("ratio", ratio),
        ]));
        out.line(match self.is_met {
            true => format!("The equity meets the {margin}."),
            false => format!("The equity does not meet the {margin}."),
        });
        out
    }

    /// What groups lose, with their group scans if the schedule has any.
    fn groups(&self) -> Text {
        let rows = || self.units.iter().flat_map(|u| u.groups.iter().map(move |g| (u, g)));
        let has_scans = rows().any(|(_, g)| !g.scans.is_empty());
        let mut header = vec!["unit", "group", "loss in the worst scenario"];
        if has_scans {
            header.extend(["group scan", "loss"]);
        }
        let mut groups = table(&header);
        for (u, g) in rows() {
            let mut row = vec![name(&u.name), name(&g.name), g.loss.shown()];
            if has_scans {
                let names: Vec<_> = g
                    .scans
                    .iter()
                    .map(|(scan, column, _)| column.as_ref().unwrap_or(scan).as_str())
                    .collect();
                let losses: Vec<_> = g.scans.iter().map(|(_, _, loss)| loss.shown()).collect();
                row.extend([name(&names.join(", ")), losses.join(", ")]);
            }
            groups.add_row(row);
        }
        let mut out = Text::new();
        add(&mut out, groups, if has_scans { &[2, 4] } else { &[2] });
        out
    }
}
