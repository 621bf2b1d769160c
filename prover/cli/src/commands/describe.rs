//! What statements, schedules and markets say, in text and in JSON.

use crate::text::Text;
use serde_json::{Value, json};
use zkmargin_circuit::{MarketTables, smallest_circuit, usable_rows};
use zkmargin_model::circuit::{Anchor, Kind, Shape};
use zkmargin_model::context::zero_for_none;
use zkmargin_model::counted;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Books, Market, Profile, Unprovable};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::subject::{NamedSubject, Subject};
use zkmargin_params::{
    AccountKind, AnySchedule, AssetFile, AssetPriceFile, DecimalText, InstrumentFile,
    InstrumentPriceFile, MARGIN_OF_SCHEDULE, MARGIN_OF_SCHEDULE_IF_ANY, Schedule, ScheduleFile,
    SnapshotFile, compile, format_utc,
};

/// The floor in the valuation currency.
pub fn floor(statement: &Statement) -> String {
    let unit = &statement.margin_unit;
    statement.claim.floor().in_currency(unit.decimals().into())
}

/// Which requirement a statement is about. That of a linear account is its schedule's, which it names by the digest alone.
fn requirement(statement: &Statement, schedule: Option<&dyn AnySchedule>) -> Option<String> {
    if let Some(measure) = statement.subject().measure() {
        return Some(measure.to_string());
    }
    let schedule = schedule.filter(|s| s.digest() == statement.schedule_digest);
    let requirement = schedule.and_then(|schedule| schedule.linear()).map(Schedule::requirement);
    requirement.map(|requirement| requirement.name().to_owned())
}

/// The claim as a sentence.
pub fn claim(statement: &Statement, schedule: Option<&dyn AnySchedule>) -> String {
    subject(statement, schedule).claim_in_words(&statement.claim, &statement.margin_unit)
}

/// What equity is compared with under a schedule that is not at hand.
fn margin(statement: &Statement) -> &'static str {
    match &statement.basis {
        Basis::Linear { profile, .. } if profile.exempt => MARGIN_OF_SCHEDULE_IF_ANY,
        _ => MARGIN_OF_SCHEDULE,
    }
}

/// What the claim is about. Only the statement's own schedule has symbols.
fn subject(statement: &Statement, schedule: Option<&dyn AnySchedule>) -> NamedSubject {
    let schedule = schedule.filter(|s| s.digest() == statement.schedule_digest);
    match (schedule, statement.subject()) {
        (Some(schedule), subject) => schedule.named(&subject),
        (None, Subject::Books(books)) => {
            NamedSubject::Books { margin: margin(statement), books: books.named(None, None) }
        }
        (None, Subject::Portfolio(measure)) => NamedSubject::Portfolio(measure),
    }
}

/// The statement as lines of names and values, and `more` after them. `schedule` is the one that the proof is compared
/// with, if any.
pub fn text(
    envelope: &Envelope,
    schedule: Option<&dyn AnySchedule>,
    more: &[(&str, String)],
) -> Text {
    let s = envelope.statement();
    let (account, element) = match &s.account {
        AccountReference::Commitment(commitment) => ("account commitment", commitment.to_string()),
        AccountReference::Ledger { root, .. } => ("ledger root", root.to_string()),
    };
    let context = &s.context;
    let or_none = |text: &str| if text.is_empty() { "(none)".to_owned() } else { text.to_owned() };
    let epoch = context.epoch().map_or("(none)".to_owned(), |epoch| epoch.to_string());
    let expires = context.expires().map_or("(never)".to_owned(), |at| format_utc(at.get()));
    let lines = [
        ("claim", claim(s, schedule)),
        (account, element),
        ("schedule", s.schedule_digest.to_string()),
        ("snapshot", s.snapshot_digest.to_string()),
        ("snapshot time", format_utc(s.snapshot_time)),
        ("audience", context.audience().to_owned()),
        ("purpose", or_none(context.purpose())),
        ("nonce", or_none(&context.nonce().map(hex::encode).unwrap_or_default())),
        ("epoch", epoch),
        ("expires", expires),
        ("circuit", s.circuit().to_string()),
        ("proof", format!("{} bytes", envelope.proof().len())),
        ("digest", hex::encode(envelope.digest())),
    ];
    lines_of(&[&lines[..], more].concat())
}

/// Aligned names and values.
pub fn lines_of(lines: &[(&str, String)]) -> Text {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    lines.iter().map(|(name, value)| format!("{name:width$}  {value}")).collect()
}

/// The statement as JSON. `schedule` is the one that the proof is compared with, if any.
pub fn json(envelope: &Envelope, schedule: Option<&dyn AnySchedule>) -> Value {
    let s = envelope.statement();
    let (commitment, root) = match &s.account {
        AccountReference::Commitment(commitment) => (Some(commitment.to_string()), None),
        AccountReference::Ledger { root, .. } => (None, Some(root.to_string())),
    };
    let subject = subject(s, schedule);
    let left_out = match &subject {
        NamedSubject::Books { books, .. } => books.left_out(),
        NamedSubject::Portfolio(_) => None,
    };
    let position = s.subject().books().and_then(|books| books.position);
    let position = position
        .map(|name| json!({ "instrument": name.instrument.get(), "side": name.side.to_string() }));
    json!({
        "digest": hex::encode(envelope.digest()),
        "account": AccountKind::of(&s.subject()).name(),
        "circuit": {
            "version": s.version().number(),
            "shape": s.basis.slots().name(),
            "k": s.k.get(),
        },
        "claim": {
            "requirement": requirement(s, schedule),
            "level_bps": s.claim.level_bps(),
            "does_not_meet": s.claim.is_deficiency(),
            "floor": floor(s),
            "books": subject.to_string(),
            "books_left_out": left_out,
            "settlement_asset": s.subject().books().and_then(Books::asset_id),
            "isolated_position": position,
            "currency": s.margin_unit.currency(),
        },
        "commitment": commitment,
        "ledger_root": root,
        "pseudonym": s.account.pseudonym().map(|p| p.to_string()),
        "nullifier": s.account.nullifier().map(|n| n.to_string()),
        "margin_commitment": s.margin_commitment.to_string(),
        "registry": s.registry_digest.to_string(),
        "schedule": s.schedule_digest.to_string(),
        "snapshot": s.snapshot_digest.to_string(),
        "snapshot_time": format_utc(s.snapshot_time),
        "context": {
            "audience": s.context.audience(),
            "purpose": s.context.purpose(),
            "nonce": s.context.nonce().map(hex::encode),
            "epoch": zero_for_none(s.context.epoch()).to_string(),
            "expires": zero_for_none(s.context.expires()).to_string(),
        },
        "statement_bytes": s.encode().len(),
        "proof_bytes": envelope.proof().len(),
    })
}

/// Whether a market can be proven, and the room it takes in each shape.
#[derive(Debug)]
pub struct Room {
    /// Why no circuit proves the rule, if none does.
    pub unprovable: Option<Unprovable>,
    /// What the circuits round.
    pub profile: Option<Profile>,
    /// Rows of the instrument and bracket tables.
    pub rows: Option<(usize, usize)>,
    /// Shape name, `k` and the number of rows a table can have there; `None` if it does not fit.
    pub circuits: Vec<(&'static str, Option<(u32, usize)>)>,
}

impl Room {
    pub fn of(market: &Market) -> Self {
        match MarketTables::new(market) {
            Err(unprovable) => Self {
                unprovable: Some(unprovable),
                profile: None,
                rows: None,
                circuits: Vec::new(),
            },
            Ok(tables) => Self {
                unprovable: None,
                profile: Some(tables.profile()),
                rows: Some((tables.instruments().len(), tables.brackets().len())),
                circuits: (Shape::chosen_among(tables.profile()).iter())
                    .map(|shape| (shape.name(), circuit(*shape, &tables)))
                    .collect(),
            },
        }
    }

    pub fn text(&self) -> Text {
        if let Some(why) = &self.unprovable {
            return Text::of(format!("provable    no: {why}"));
        }
        let (instruments, brackets) = self.rows.unwrap_or_default();
        let instruments = counted(instruments, "instrument", "instruments");
        let brackets = counted(brackets, "bracket", "brackets");
        let profile = self.profile.map_or_else(String::new, |profile| profile.to_string());
        let mut out = Text::of(format!("profile     {profile}"));
        out.line(format!("table rows  {instruments}, {brackets}"));
        for (shape, circuit) in &self.circuits {
            out.line(match circuit {
                Some((k, most)) => format!("shape {shape:<5} k={k}, room for {most} rows"),
                None => format!("shape {shape:<5} does not fit"),
            });
        }
        out
    }

    pub fn json(&self) -> Value {
        let circuits = self.circuits.iter().map(|(shape, circuit)| {
            json!({
                "shape": shape,
                "k": circuit.map(|c| c.0),
                "table_capacity": circuit.map(|c| c.1),
            })
        });
        json!({
            "provable": self.unprovable.is_none() && self.circuits.iter().any(|c| c.1.is_some()),
            "unprovable": self.unprovable.map(|why| why.to_string()),
            "profile": self.profile.map(|profile| profile.to_string()),
            "instrument_rows": self.rows.map(|r| r.0),
            "bracket_rows": self.rows.map(|r| r.1),
            "circuits": circuits.collect::<Vec<_>>(),
        })
    }
}

fn circuit(shape: Shape, tables: &MarketTables) -> Option<(u32, usize)> {
    let kind = Kind::of(tables.profile(), Anchor::Commitment, shape);
    let id = smallest_circuit(kind, tables).ok()?;
    Some((id.k.get(), usable_rows(id.k)))
}

/// What a schedule is, and the room it takes.
pub fn schedule(schedule: &Schedule) -> (Text, Value) {
    let file = schedule.file();
    let (digest, registry) =
        (schedule.digest().to_string(), schedule.registry_digest().to_string());
    let levels: Vec<_> =
        file.menu.levels.iter().map(|l| format!("{} ({} bp)", l.name, l.level_bps)).collect();
    let floors: Vec<_> = file.menu.floors.iter().map(|f| f.as_str()).collect();
    let mut assets = schedule.assets().len().to_string();
    if file.bid_and_ask {
        assets += ", each with a bid and an ask";
    }
    let mut text = lines_of(&[
        ("schedule", format!("{} of {}", file.name, file.venue)),
        ("digest", digest.clone()),
        ("registry", registry.clone()),
        ("requirement", schedule.margin().trim_end_matches(',').to_owned()),
        ("instruments", schedule.instruments().len().to_string()),
        ("assets", assets),
        ("levels", levels.join(", ")),
        ("floors", format!("{} {}", floors.join(", "), schedule.margin_unit().currency())),
    ]);
    if file.own_rates {
        text.line(format!("own rates    of positions and balances, {} digits", file.rate_decimals));
    }
    if let Some(decimals) = file.own_leverage_decimals {
        text.line(format!("leverages    of positions, {decimals} digits"));
    }
    if file.open_orders {
        text.line("open orders  beside positions, which can have a size of zero");
    }
    if let Some(asset) = &file.allocation_asset {
        text.line(format!(
            "allocations  of isolated positions, in {}",
            zkmargin_model::shown::shown(asset)
        ));
    }
    let elements = elements(file);
    elements.iter().for_each(|line| text.line(format!("elements     {line}")));
    if let Some(departures) = schedule.departures() {
        text.line(format!("departures   {departures}"));
    }
    let room = room_of(schedule);
    room.iter().for_each(|room| text.append(room.text()));
    let result = json!({
        "venue": file.venue,
        "name": file.name,
        "digest": digest,
        "registry": registry,
        "requirement": schedule.requirement().name(),
        "rounding_assumed": file.rounding_assumed,
        "leaves_out": file.leaves_out,
        "instruments": schedule.instruments().len(),
        "assets": schedule.assets().len(),
        "bid_and_ask": file.bid_and_ask,
        "tier_tables": schedule.tables().len(),
        "levels": file.menu.levels.iter().map(|l| json!({"name": l.name, "level_bps": l.level_bps}))
            .collect::<Vec<_>>(),
        "floors": floors,
        "currency": schedule.margin_unit().currency(),
        "own_rates": file.own_rates,
        "own_leverage_decimals": file.own_leverage_decimals,
        "open_orders": file.open_orders,
        "allocation_asset": file.allocation_asset,
        "elements": elements,
        "room": room.map(|room| room.json()),
    });
    (text, result)
}

/// Which elements beside the plain rule a schedule has, in the order of the rule, and for how many instruments or assets.
fn elements(file: &ScheduleFile) -> Vec<String> {
    let mut found: Vec<(&str, usize, bool)> = Vec::new();
    let mut count = |has: bool, name: &'static str, of_instruments: bool| {
        if has {
            match found.iter_mut().find(|(known, ..)| *known == name) {
                Some((_, count, _)) => *count += 1,
                None => found.push((name, 1, of_instruments)),
            }
        }
    };
    for e in file.instruments.iter().filter_map(|i| i.elements.as_ref()) {
        count(e.value_by_side.is_some(), "value by side", true);
        count(!e.result.is_empty(), "results by sign", true);
        count(e.notional_by_side.is_some(), "notional by side", true);
        count(!e.notional.is_empty(), "steps of the notional", true);
        count(e.root_of_size.is_some(), "tiers by the root of the size", true);
        count(e.rate.is_some(), "tiers that give a rate", true);
        count(e.rate.as_ref().is_some_and(|r| r.own_rate.is_some()), "own rates", true);
        count(e.own_leverage.is_some(), "own leverages", true);
        count(!e.charge.is_empty(), "charges on the notional", true);
        count(e.order_fee.is_some(), "fees of open orders", true);
        count(e.notional_at_entry, "notional at entry", true);
        count(e.negative_marks, "marks at zero or below", true);
    }
    for e in file.assets.iter().filter_map(|a| a.elements.as_ref()) {
        count(e.interest.is_some(), "interest by sign", false);
        count(!e.value_by_sign.is_empty(), "value by sign", false);
        count(e.weight.is_some(), "weight by sign", false);
        let weight = e.weight.as_ref();
        count(weight.is_some_and(|w| w.own_rate), "weight by own rate", false);
        count(weight.is_some_and(|w| w.by_size.is_some()), "weight by size", false);
        count(e.debts_required, "debts that are required", false);
        count(!e.charge_on_debts.is_empty(), "charges on debts", false);
    }
    let listed = found.into_iter().map(|(name, count, of_instruments)| match of_instruments {
        true => format!("{name} ({})", counted(count, "instrument", "instruments")),
        false => format!("{name} ({})", counted(count, "asset", "assets")),
    });
    listed.collect()
}

/// The room the schedule's tables take; prices do not affect it, so all are set to one, and an ask, which is seldom its bid, to
/// two.
fn room_of(schedule: &Schedule) -> Option<Room> {
    let one = || DecimalText::new("1");
    let snapshot = SnapshotFile {
        format: "zkmargin-snapshot/1".to_owned(),
        schedule: schedule.digest().to_string(),
        time: "1970-01-01T00:00:00Z".to_owned(),
        sequence: 0,
        source: None,
        assets: schedule
            .assets()
            .iter()
            .map(|a| {
                let priced = match schedule.file().bid_and_ask {
                    _ if a.priced_by_figures => AssetPriceFile::by_figures(&*a.symbol),
                    true => {
                        AssetPriceFile::at_bid_and_ask(&*a.symbol, one(), DecimalText::new("2"))
                    }
                    false => AssetPriceFile::at_index(&*a.symbol, one()),
                };
                let figures = schedule.file().assets.get(a.at).map(AssetFile::figures_at_one);
                AssetPriceFile { figures: figures.unwrap_or_default(), ..priced }
            })
            .collect(),
        instruments: schedule
            .instruments()
            .iter()
            .map(|i| {
                let figures =
                    schedule.file().instruments.get(i.at).map(InstrumentFile::figures_at_one);
                InstrumentPriceFile {
                    funding_index: i.funding_unit.map(|_| DecimalText::new("0")),
                    figures: figures.unwrap_or_default(),
                    ..InstrumentPriceFile::at_mark(&*i.symbol, one())
                }
            })
            .collect(),
    };
    compile(schedule, &snapshot).ok().map(|market| Room::of(market.market()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without the schedule, the circuit says whether a debt can be healthy.
    #[test]
    fn a_claim_says_that_nothing_may_be_required() {
        let proof = include_bytes!("../../../../params/golden/binance-cross.zkm");
        let mut statement = Envelope::decode(proof).expect("proof").statement().clone();
        for (exempt, words) in [
            (false, "bp of the margin its schedule requires and is at least"),
            (
                true,
                "bp of the margin its schedule requires, where it requires any, and is at least",
            ),
        ] {
            if let Basis::Linear { profile, .. } = &mut statement.basis {
                profile.exempt = exempt;
            }
            let said = claim(&statement, None);
            assert!(said.contains(words), "{said}");
        }
    }
}
