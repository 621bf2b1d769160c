//! What changed from one schedule to the next.

use super::schedule::Schedule;
use super::schedule_file::{
    AssetFile, FunctionFile, InstrumentFile, MenuFile, RoundingFile, RowFile, ScheduleFile,
    TiersFile,
};
use crate::portfolio::figure::{less, sum};
use num_traits::Zero;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use zkmargin_model::decimal::Decimal;

/// Which part of a schedule or a snapshot changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferencePart {
    /// The rule as a whole.
    Rule,
    /// Rounding.
    Rounding,
    /// Levels and floors.
    Menu,
    /// An asset was listed or delisted.
    AssetListing,
    /// The collateral function of an asset.
    Haircut,
    /// Anything else of an asset.
    Asset,
    /// An instrument was listed or delisted.
    Listing,
    /// The requirement table of an instrument.
    Tiers,
    /// Anything else of an instrument.
    Instrument,
    /// A price or another figure of a snapshot.
    Price,
    /// A snapshot as a whole.
    Snapshot,
}

impl DifferencePart {
    /// Stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Rounding => "rounding",
            Self::Menu => "menu",
            Self::AssetListing => "asset-listing",
            Self::Haircut => "haircut",
            Self::Asset => "asset",
            Self::Listing => "listing",
            Self::Tiers => "tiers",
            Self::Instrument => "instrument",
            Self::Price => "price",
            Self::Snapshot => "snapshot",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is a change of.
    pub part: DifferencePart,
    /// Symbol of the instrument or asset; empty for the whole schedule.
    pub symbol: String,
    /// Field or row that changed.
    pub what: String,
    /// What it was; `None` if it was not there.
    pub old: Option<String>,
    /// What it is; `None` if it is not there any more.
    pub new: Option<String>,
}

/// Members that are text, also where they are written in digits.
const TEXTS: [&str; 4] = ["chain", "contract", "name", "venue"];

/// Whether two values of a member are not the same: a number can be written in more ways than one, in lists and objects too,
/// and what is null is absent.
pub(crate) fn is_another(member: &str, old: Option<&Value>, new: Option<&Value>) -> bool {
    let [old, new] = [old, new].map(|value| value.filter(|value| !value.is_null()));
    match (old, new) {
        (Some(Value::String(old)), Some(Value::String(new))) if !TEXTS.contains(&member) => {
            match (Decimal::parse(old), Decimal::parse(new)) {
                (Ok(old), Ok(new)) => !sum(&old, &less(&new)).coefficient().is_zero(),
                _ => old != new,
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let differs = |(old, new)| is_another(member, Some(old), Some(new));
            old.len() != new.len() || old.iter().zip(new).any(differs)
        }
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let mut names = old.keys().chain(new.keys());
            names.any(|name| is_another(name, old.get(name), new.get(name)))
        }
        _ => old != new,
    }
}

/// The member that a field in words is.
fn member_of(what: &str) -> String {
    what.replace(' ', "_")
}

/// Differences of one symbol, as they are found.
struct Found<'a> {
    all: &'a mut Vec<Difference>,
    symbol: &'a str,
}

impl Found<'_> {
    fn put(&mut self, part: DifferencePart, what: &str, old: Option<String>, new: Option<String>) {
        let (symbol, what) = (self.symbol.to_owned(), what.to_owned());
        self.all.push(Difference { part, symbol, what, old, new });
    }

    /// Two values that can be shown.
    fn shown<T: ToString>(&mut self, part: DifferencePart, what: &str, old: &T, new: &T) {
        let [old, new] = [old, new].map(|value| value.to_string());
        let values = [&old, &new].map(|text| Value::String(text.clone()));
        if is_another(&member_of(what), Some(&values[0]), Some(&values[1])) {
            self.put(part, what, Some(old), Some(new));
        }
    }

    /// Two values of which only the JSON can be shown.
    fn json<T: Serialize>(&mut self, part: DifferencePart, what: &str, old: &T, new: &T) {
        let value = |value: &T| serde_json::to_value(value).ok().filter(|value| !value.is_null());
        let [old, new] = [old, new].map(value);
        if is_another(&member_of(what), old.as_ref(), new.as_ref()) {
            let [old, new] = [old, new].map(|value| Some(value?.to_string()));
            self.put(part, what, old, new);
        }
    }

    /// Rows by their number.
    fn rows(&mut self, part: DifferencePart, old: &[RowFile], new: &[RowFile]) {
        for at in 0..old.len().max(new.len()) {
            let both = [old, new].map(|rows| rows.get(at));
            let [old, new] = both.map(|row| serde_json::to_value(row?).ok());
            if is_another("row", old.as_ref(), new.as_ref()) {
                let [old, new] = both.map(|of| of.map(row));
                self.put(part, &format!("row {}", at + 1), old, new);
            }
        }
    }
}

/// A row in words.
fn row(row: &RowFile) -> String {
    let RowFile { from, below, rate, amount } = row;
    let end = |end: &Option<super::text::DecimalText>, open: &str| {
        end.as_ref().map_or(open.to_owned(), |end| end.as_str().to_owned())
    };
    let (from, below) = (end(from, "-inf"), end(below, "inf"));
    format!("{from} to {below}: rate {}, amount {}", rate.as_str(), amount.as_str())
}

fn symbols<'a>(
    old: impl Iterator<Item = &'a str>,
    new: impl Iterator<Item = &'a str>,
) -> Vec<&'a str> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.collect(), new.collect());
    old.union(&new).copied().collect()
}

// Files are taken apart without `..`, so that a new field has to be compared, or named as one that is not.

fn rule(a: &ScheduleFile, b: &ScheduleFile, found: &mut Found<'_>) {
    use DifferencePart::{Menu, Rounding, Rule};
    let ScheduleFile {
        // One format; free text that is no part of the rule; what is compared by symbol.
        format: _,
        source: _,
        assets: _,
        tiers: _,
        instruments: _,
        venue,
        name,
        numbering,
        requirement,
        valuation,
        rate_decimals,
        equality_is_healthy,
        no_requirement_is_healthy,
        isolated_books,
        settlement_asset_books,
        bid_and_ask,
        own_rates,
        own_leverage_decimals,
        open_orders,
        allocation_asset,
        menu: MenuFile { levels, floors },
        rounding,
        rounding_assumed,
        leaves_out,
    } = a;
    found.shown(Rule, "venue", venue, &b.venue);
    found.shown(Rule, "name", name, &b.name);
    found.shown(Rule, "requirement", &requirement.name(), &b.requirement.name());
    found.json(Rule, "numbering", numbering, &b.numbering);
    found.json(Rule, "valuation", valuation, &b.valuation);
    found.shown(Rule, "rate decimals", rate_decimals, &b.rate_decimals);
    for (what, old, new) in [
        ("equality is healthy", equality_is_healthy, b.equality_is_healthy),
        ("no requirement is healthy", no_requirement_is_healthy, b.no_requirement_is_healthy),
        ("isolated books", isolated_books, b.isolated_books),
        ("settlement asset books", settlement_asset_books, b.settlement_asset_books),
        ("bid and ask", bid_and_ask, b.bid_and_ask),
        ("own rates", own_rates, b.own_rates),
        ("open orders", open_orders, b.open_orders),
    ] {
        found.shown(Rule, what, old, &new);
    }
    found.json(Rule, "allocation asset", allocation_asset, &b.allocation_asset);
    found.json(Rule, "own leverage decimals", own_leverage_decimals, &b.own_leverage_decimals);
    found.json(Rule, "leaves out", leaves_out, &b.leaves_out);
    let RoundingFile { value, notional, profit_and_loss, requirement, collateral, conversion } =
        rounding;
    found.json(Rounding, "value", value, &b.rounding.value);
    found.json(Rounding, "notional", notional, &b.rounding.notional);
    found.json(Rounding, "profit and loss", profit_and_loss, &b.rounding.profit_and_loss);
    found.json(Rounding, "requirement", requirement, &b.rounding.requirement);
    found.json(Rounding, "collateral", collateral, &b.rounding.collateral);
    found.json(Rounding, "conversion", conversion, &b.rounding.conversion);
    found.json(Rounding, "assumed", rounding_assumed, &b.rounding_assumed);
    found.json(Menu, "levels", levels, &b.menu.levels);
    found.json(Menu, "floors", floors, &b.menu.floors);
}

fn asset(a: Option<&AssetFile>, b: Option<&AssetFile>, found: &mut Found<'_>) {
    use DifferencePart::{Asset, AssetListing, Haircut};
    let (Some(a), Some(b)) = (a, b) else {
        let id = |asset: &AssetFile| format!("id {}", asset.id);
        return found.put(AssetListing, "listed", a.map(id), b.map(id));
    };
    let AssetFile {
        // What the two were found by.
        symbol: _,
        id,
        chain,
        contract,
        contract_version,
        migrated_to,
        decimals,
        settles,
        entry_bits,
        collateral: FunctionFile { variable, rows },
        elements,
    } = a;
    found.shown(Asset, "id", id, &b.id);
    found.shown(Asset, "decimals", decimals, &b.decimals);
    found.json(Asset, "chain", chain, &b.chain);
    found.json(Asset, "contract", contract, &b.contract);
    found.json(Asset, "contract version", contract_version, &b.contract_version);
    found.shown(Asset, "settles", settles, &b.settles);
    found.json(Asset, "entry bits", entry_bits, &b.entry_bits);
    found.json(Asset, "migrated to", migrated_to, &b.migrated_to);
    found.json(Haircut, "variable", variable, &b.collateral.variable);
    found.rows(Haircut, rows, &b.collateral.rows);
    found.json(Haircut, "elements", elements, &b.elements);
}

/// An instrument with its requirement table.
type Listed<'a> = (&'a InstrumentFile, Option<&'a TiersFile>);

fn instrument(a: Option<Listed<'_>>, b: Option<Listed<'_>>, found: &mut Found<'_>) {
    use DifferencePart::{Instrument, Listing};
    let (Some((a, old)), Some((b, new))) = (a, b) else {
        let id = |(instrument, _): Listed<'_>| format!("id {}", instrument.id);
        return found.put(Listing, "listed", a.map(id), b.map(id));
    };
    let InstrumentFile {
        // What the two were found by, and the name of a table that is compared by its rows.
        symbol: _,
        tiers: _,
        id,
        chain,
        contract,
        contract_version,
        migrated_to,
        kind,
        settle,
        size_decimals,
        price_decimals,
        price_bits,
        multiplier,
        funding_decimals,
        elements,
    } = a;
    found.shown(Instrument, "id", id, &b.id);
    found.json(Instrument, "chain", chain, &b.chain);
    found.json(Instrument, "contract", contract, &b.contract);
    found.json(Instrument, "contract version", contract_version, &b.contract_version);
    found.json(Instrument, "kind", kind, &b.kind);
    found.shown(Instrument, "settles in", settle, &b.settle);
    found.shown(Instrument, "multiplier", &multiplier.as_str(), &b.multiplier.as_str());
    found.shown(Instrument, "size decimals", size_decimals, &b.size_decimals);
    found.shown(Instrument, "price decimals", price_decimals, &b.price_decimals);
    found.json(Instrument, "price bits", price_bits, &b.price_bits);
    found.json(Instrument, "funding decimals", funding_decimals, &b.funding_decimals);
    found.json(Instrument, "migrated to", migrated_to, &b.migrated_to);
    found.json(Instrument, "elements", elements, &b.elements);
    let (Some(old), Some(new)) = (old, new) else { return };
    table(old, new, found);
}

fn table(a: &TiersFile, b: &TiersFile, found: &mut Found<'_>) {
    use DifferencePart::Tiers;
    let TiersFile { name: _, variable, rows, denominator, requirement_rounding } = a;
    found.json(Tiers, "variable", variable, &b.variable);
    found.json(Tiers, "denominator", denominator, &b.denominator);
    found.json(Tiers, "rounding", requirement_rounding, &b.requirement_rounding);
    found.rows(Tiers, rows, &b.rows);
}

impl Schedule {
    /// What changed from this schedule to a newer one, by symbol: tables are compared by their rows, not by their names.
    pub fn differences(&self, newer: &Schedule) -> Vec<Difference> {
        let (a, b) = (self.file(), newer.file());
        let mut all = Vec::new();
        rule(a, b, &mut Found { all: &mut all, symbol: "" });
        let of =
            |file: &ScheduleFile| file.assets.iter().map(|a| a.symbol.clone()).collect::<Vec<_>>();
        let (old, new) = (of(a), of(b));
        for symbol in symbols(old.iter().map(String::as_str), new.iter().map(String::as_str)) {
            let of = |schedule: &Schedule| schedule.asset(symbol).map(|asset| asset.at);
            let old = of(self).and_then(|at| a.assets.get(at));
            let new = of(newer).and_then(|at| b.assets.get(at));
            asset(old, new, &mut Found { all: &mut all, symbol });
        }
        let of = |file: &ScheduleFile| {
            file.instruments.iter().map(|i| i.symbol.clone()).collect::<Vec<_>>()
        };
        let (old, new) = (of(a), of(b));
        for symbol in symbols(old.iter().map(String::as_str), new.iter().map(String::as_str)) {
            let (old, new) = (listed(self, symbol), listed(newer, symbol));
            instrument(old, new, &mut Found { all: &mut all, symbol });
        }
        all
    }
}

fn listed<'a>(schedule: &'a Schedule, symbol: &str) -> Option<Listed<'a>> {
    let file = schedule.file();
    let instrument = file.instruments.get(schedule.instrument(symbol)?.at)?;
    let table = file.tiers.iter().find(|table| table.name == instrument.tiers);
    Some((instrument, table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NumberingFile;

    /// Another numbering is another registry, under which no account or ledger of the old one is read.
    #[test]
    fn what_an_id_means_is_compared() {
        let example = include_bytes!("../venues/binance/examples/isolated.schedule.json");
        let old = Schedule::from_json(example).unwrap();
        let changed = |change: &dyn Fn(&mut ScheduleFile)| {
            let mut file = old.file().clone();
            change(&mut file);
            let new = Schedule::new(file).unwrap();
            assert_ne!(old.digest(), new.digest());
            let all = old.differences(&new);
            all.into_iter().map(|d| format!("{} {}", d.symbol, d.what)).collect::<Vec<_>>()
        };
        assert_eq!(changed(&|f| f.numbering = Some(NumberingFile::named("USDT"))), [" numbering"]);
        let chain = |f: &mut ScheduleFile| {
            let asset = &mut f.assets[0];
            (asset.chain, asset.contract) = (Some("ethereum".to_owned()), Some("0x1".to_owned()));
        };
        assert_eq!(changed(&chain), ["USDT chain", "USDT contract"]);
        let bits = |f: &mut ScheduleFile| {
            f.assets[0].entry_bits = Some(4);
            let mode = crate::ModeFile::Floor;
            f.rounding.profit_and_loss = Some(crate::RoundToFile { mode, decimals: 11 });
        };
        assert_eq!(changed(&bits), [" profit and loss", "USDT entry bits"]);
    }
}
