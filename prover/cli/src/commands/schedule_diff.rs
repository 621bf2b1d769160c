//! `zkmargin schedule diff`: what changed between two schedules, and what it does to an account.

use super::Run;
use super::describe::lines_of;
use super::margin::{Amount, align, beyond, table};
use super::portfolio;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::Global;
use crate::text::Text;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Account, margin};
use zkmargin_model::shown::shown;
use zkmargin_params::portfolio::is_portfolio_schedule;
use zkmargin_params::{
    AccountFile, CompiledMarket, Difference, MAX_FILE_BYTES, Schedule, SnapshotFile, compile,
    unequal_members,
};
use zkmargin_prover::ProveError;
use zkmargin_risk::{BookOf, BookStanding, books};

/// Changes that are printed; `--json` has all.
const SHOWN: usize = 200;

#[derive(Debug, Args)]
pub struct DiffSchedule {
    /// Earlier schedule
    pub old: PathBuf,
    /// Later schedule
    pub new: PathBuf,
    /// Private account, to show what the changes do to it
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    pub account: Option<PathBuf>,
    /// Prices under either schedule; what one of the two does not list is left out there
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Other prices for the later schedule
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    pub new_snapshot: Option<PathBuf>,
}

impl Run for DiffSchedule {
    fn name(&self) -> &'static str {
        "schedule diff"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        run(self)
    }
}

/// A snapshot as it is written.
fn snapshot(path: &Path) -> Result<SnapshotFile> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    SnapshotFile::from_json(&bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// A schedule at prices that need not be those of its own list.
pub fn at_prices(
    schedule: &Schedule,
    prices: &SnapshotFile,
    path: &Path,
) -> Result<CompiledMarket> {
    let listed = |symbol: &str| schedule.instrument(symbol).is_some();
    let of_asset = |symbol: &str| schedule.asset(symbol).is_some();
    let snapshot = SnapshotFile {
        schedule: schedule.digest().to_string(),
        instruments: prices.instruments.iter().filter(|p| listed(&p.instrument)).cloned().collect(),
        assets: prices.assets.iter().filter(|p| of_asset(&p.asset)).cloned().collect(),
        ..prices.clone()
    };
    compile(schedule, &snapshot).map_err(|e| {
        Failure::in_json(&e, &files::name_of(path), b"")
            .help(format!("at these prices of schedule {:?}", schedule.file().name))
    })
}

/// An account file, whatever numbering it was written under: symbols decide here.
pub fn account_file(path: &Path) -> Result<AccountFile> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let file = AccountFile::from_json(&bytes);
    let mut file = file.map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))?;
    file.registry = None;
    Ok(file)
}

/// What a position requires.
pub struct Required {
    pub symbol: String,
    pub side: &'static str,
    pub is_isolated: bool,
    pub amount: Amount,
}

impl Required {
    /// Which position, in words.
    pub fn name(&self) -> String {
        let book = if self.is_isolated { ", isolated" } else { "" };
        format!("{} {}{book}", self.symbol, self.side)
    }
}

/// Figures of a book, as they are shown.
pub struct Book {
    /// Equity, requirement, and what is between them.
    pub figures: [Amount; 3],
    pub ratio: Option<String>,
    pub currency: String,
}

impl From<BookStanding> for Book {
    fn from(book: BookStanding) -> Self {
        let buffer = book.buffer();
        let figures = [&book.equity, &book.requirement, &buffer];
        Self {
            figures: figures.map(|figure| Amount::counted(figure, book.unit)),
            ratio: book.ratio().map(|ratio| format_scaled(&ratio, 4)),
            currency: book.currency,
        }
    }
}

/// Names of the figures of a book.
const FIGURES: [&str; 3] = ["equity", "requirement", "buffer"];

/// An account's books at a market.
pub struct At {
    pub books: Vec<(String, Book)>,
    /// Requirement of each position, by the ids of its own schedule.
    pub positions: Vec<Required>,
}

impl At {
    pub fn new(market: &CompiledMarket, file: &AccountFile, path: &Path) -> Result<Self> {
        let schedule = market.schedule();
        let name = files::name_of(path);
        let account = file.holdings(schedule).map_err(|e| Failure::in_json(&e, &name, b""))?;
        let undefined = |e| {
            let failure = beyond(market, &e);
            failure.unwrap_or_else(|| Failure::in_the_open(&ProveError::Rule(e))).in_file(&name)
        };
        let found = books(market, &account, &Claim::margin()).map_err(undefined)?;
        let mut positions: Vec<Required> = Vec::new();
        for of in market.selections() {
            let figures = margin(&account, of.market()).map_err(undefined)?;
            for (p, m) in account.positions().iter().zip(&figures.positions) {
                let instrument = schedule.instruments().iter().find(|i| i.id == p.instrument);
                let Some(i) = instrument else { continue };
                let asset = of.books().asset_id();
                if asset.is_some_and(|asset| asset != i.settle) {
                    continue;
                }
                let side = super::margin::side(p);
                let amount = match &m.isolated {
                    Some(book) => Amount::counted(&book.requirement, schedule.isolated_unit(i).0),
                    None => Amount::counted(&m.requirement, schedule.margin_amount_unit()),
                };
                let (symbol, is_isolated) = (i.symbol.clone(), m.isolated.is_some());
                let required = Required { symbol, side, is_isolated, amount };
                if !positions.iter().any(|known| known.name() == required.name()) {
                    positions.push(required);
                }
            }
        }
        let named = |book: BookStanding| (book_name(schedule, &account, &book.of), book.into());
        let books = found.into_iter().map(named).collect();
        Ok(Self { books, positions })
    }

    /// What is required of the same position here: ids, and so the order, can be others. The book is the same one if there
    /// is such a position in it.
    pub fn counterpart(&self, symbol: &str, of: &Required) -> Option<&Required> {
        let mut same = self.positions.iter().filter(|p| p.symbol == symbol && p.side == of.side);
        same.clone().find(|p| p.is_isolated == of.is_isolated).or_else(|| same.next())
    }
}

fn book_name(schedule: &Schedule, account: &Account, of: &BookOf) -> String {
    match of {
        BookOf::Cross { asset: None } => "cross book".to_owned(),
        BookOf::Cross { asset } => {
            let asset = schedule.assets().iter().find(|a| Some(a.id) == *asset);
            format!("book of {}", asset.map_or("", |a| a.symbol.as_str()))
        }
        BookOf::Isolated { position } => {
            let p = account.positions().get(*position);
            let symbol =
                p.and_then(|p| schedule.instruments().iter().find(|i| i.id == p.instrument));
            let side = p.map_or("", super::margin::side);
            format!("isolated {} {side}", symbol.map_or("", |i| i.symbol.as_str()))
        }
    }
}

/// Books of an account under two rules, side by side.
pub fn side_by_side(names: [&str; 2], sides: [&[(String, Book)]; 2]) -> (Text, Value) {
    let mut rows = table(&["", names[0], names[1]]);
    let mut json = Vec::new();
    let cell = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    let mut listed: Vec<&String> = Vec::new();
    for (name, _) in sides.into_iter().flatten() {
        if !listed.contains(&name) {
            listed.push(name);
        }
    }
    for name in listed {
        let of = sides.map(|side| side.iter().find(|(own, _)| own == name).map(|(_, b)| b));
        let mut entry = json!({ "book": name });
        for (at, what) in FIGURES.into_iter().enumerate() {
            let texts = of.map(|book| {
                let book = book?;
                Some((book.figures[at].exact(), book.currency.clone()))
            });
            let shown_texts = texts.clone().map(|t| cell(t.map(|(a, c)| format!("{a} {c}"))));
            let [a, b] = shown_texts.map(|t| shown(&t).into_owned());
            rows.add_row([format!("{what} of {}", shown(name)), a, b]);
            entry[what] = json!(texts.map(|t| t.map(|(amount, _)| amount)));
        }
        let ratio = of.map(|book| book.and_then(|book| book.ratio.clone()));
        entry["ratio"] = json!(ratio);
        entry["currency"] = json!(of.map(|book| book.map(|book| book.currency.clone())));
        let [a, b] = ratio.map(cell);
        rows.add_row([format!("ratio of {}", shown(name)), a, b]);
        json.push(entry);
    }
    align(&mut rows, &[1, 2]);
    (rows.lines().collect(), Value::Array(json))
}

fn line(difference: &Difference) -> String {
    let Difference { part, symbol, what, old, new } = difference;
    let change = match (old, new) {
        (Some(old), Some(new)) => format!("{old} -> {new}"),
        (Some(old), None) => format!("{old} -> removed"),
        (None, Some(new)) => format!("added {new}"),
        (None, None) => String::new(),
    };
    let space = if symbol.is_empty() { "" } else { " " };
    format!("{}: {symbol}{space}{what}: {change}", part.code())
}

fn difference_json(difference: &Difference) -> Value {
    json!({
        "part": difference.part.code(),
        "symbol": difference.symbol,
        "what": difference.what,
        "old": difference.old,
        "new": difference.new,
    })
}

/// Two files as they are shown, each with its digest.
pub struct Names {
    pub old: (String, String),
    pub new: (String, String),
}

/// What changed from one schedule to another, and from one snapshot to another.
pub struct Changes {
    /// Of the schedules.
    schedule: Vec<Difference>,
    /// Of the snapshots; `None` if none is given.
    snapshot: Option<Vec<Difference>>,
    /// Members of the files that are not equal: all is equal only if there are none.
    unequal: Vec<String>,
}

impl Changes {
    /// Those of two schedules as they are written.
    pub fn of<T: Serialize>(schedule: Vec<Difference>, old: &T, new: &T) -> Self {
        Self { schedule, snapshot: None, unequal: unequal_members(old, new) }
    }

    /// The same with those of two snapshots as they are written.
    pub fn with_snapshots<T: Serialize>(self, snapshot: Vec<Difference>, both: [&T; 2]) -> Self {
        let [old, new] = both;
        let of_snapshot = unequal_members(old, new).into_iter();
        let of_snapshot = of_snapshot.map(|member| format!("{member} of the snapshot"));
        let unequal = self.unequal.into_iter().chain(of_snapshot).collect();
        Self { snapshot: Some(snapshot), unequal, ..self }
    }

    /// For people and for programs.
    pub fn told(&self, names: &Names) -> (Text, Value) {
        let mut text = lines_of(&[("old", names.old.0.clone()), ("new", names.new.0.clone())]);
        let of_snapshot = self.snapshot.as_deref().unwrap_or_default();
        text.line(match (self.schedule.len() + of_snapshot.len(), self.unequal.join(", ")) {
            (0, unequal) if unequal.is_empty() => "Nothing changed.".to_owned(),
            (0, unequal) => {
                format!(
                    "No change of a rule or a figure was found; the files differ in: {unequal}."
                )
            }
            (1, _) => "1 change:".to_owned(),
            (many, _) => format!("{many} changes:"),
        });
        for list in [&self.schedule[..], of_snapshot] {
            list.iter().take(SHOWN).for_each(|difference| text.line(line(difference)));
            if list.len() > SHOWN {
                text.line(format!("{} more; --json has all.", list.len() - SHOWN));
            }
        }
        let json = |list: &[Difference]| list.iter().map(difference_json).collect::<Vec<_>>();
        let result = json!({
            "old": names.old.1,
            "new": names.new.1,
            "changes": json(&self.schedule),
            "prices": self.snapshot.as_deref().map(json),
            "unequal": self.unequal,
            "effect": null,
        });
        (text, result)
    }
}

/// Why a linear schedule and one of portfolio margin are not compared; another failure if the linear one is no schedule.
fn of_two_kinds(a: &DiffSchedule, is_new_portfolio: bool, bytes: [&[u8]; 2]) -> Result<Failure> {
    let (linear, path) = if is_new_portfolio { (0, &a.old) } else { (1, &a.new) };
    resolve::schedule_in(bytes[linear], path)?;
    let [this, other] = match is_new_portfolio {
        true => ["a schedule of portfolio margin", "a linear one"],
        false => ["a linear schedule", "one of portfolio margin"],
    };
    let message = format!("is {this}, and {} is {other}", files::name_of(&a.old));
    let help =
        "name two schedules of one kind; an account of each is margined by `zkmargin margin`";
    Ok(Failure::new(Exit::Malformed, "OtherKind", message)
        .in_file(&files::name_of(&a.new))
        .help(help))
}

fn run(a: &DiffSchedule) -> Result<Outcome> {
    let mut inputs: Vec<&Path> = vec![&a.old, &a.new];
    inputs.extend(
        [&a.account, &a.snapshot, &a.new_snapshot].into_iter().flatten().map(PathBuf::as_path),
    );
    files::one_stream(&inputs)?;
    let bytes = [files::read(&a.old, MAX_FILE_BYTES)?, files::read(&a.new, MAX_FILE_BYTES)?];
    match bytes.each_ref().map(|bytes| is_portfolio_schedule(bytes)) {
        [true, true] => return portfolio::diff::run(a, [&bytes[0], &bytes[1]]),
        [false, false] => {}
        [_, is_portfolio] => return Err(of_two_kinds(a, is_portfolio, [&bytes[0], &bytes[1]])?),
    }
    let old = resolve::schedule_in(&bytes[0], &a.old)?;
    let new = resolve::schedule_in(&bytes[1], &a.new)?;
    let name = |schedule: &Schedule| {
        let digest = schedule.digest().to_string();
        (format!("{} {digest}", schedule.file().name), digest)
    };
    let names = Names { old: name(&old), new: name(&new) };
    let mut changes = Changes::of(old.differences(&new), old.file(), new.file());
    let mut snapshots = None;
    if let Some(path) = &a.snapshot {
        let before = snapshot(path)?;
        let after_path = a.new_snapshot.as_ref().unwrap_or(path);
        let after = if a.new_snapshot.is_some() { snapshot(after_path)? } else { before.clone() };
        changes = changes.with_snapshots(before.differences(&after), [&before, &after]);
        snapshots = Some((path, before, after_path, after));
    }
    let (mut text, mut result) = changes.told(&names);
    if let (Some((path, before, after_path, after)), Some(account)) = (snapshots, &a.account) {
        let file = account_file(account)?;
        let before = At::new(&at_prices(&old, &before, path)?, &file, account)?;
        let after = At::new(&at_prices(&new, &after, after_path)?, &file, account)?;
        let (rows, books) = side_by_side(["old", "new"], [&before.books, &after.books]);
        text.append(rows);
        let mut positions = Vec::new();
        for position in &before.positions {
            let name = position.name();
            let was = position.amount.exact();
            let now = after.counterpart(&position.symbol, position);
            let is = now.map(|now| now.amount.exact());
            if is.as_ref() != Some(&was) {
                let is = is.as_deref().unwrap_or("none");
                text.line(format!("requirement of {name}: {was} -> {is}"));
            }
            positions.push(json!({ "position": name, "old": was, "new": is }));
        }
        result["effect"] = json!({ "books": books, "positions": positions });
    }
    Ok(Outcome::done(text, result))
}
