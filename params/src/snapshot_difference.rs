//! What changed from one snapshot to the next: whatever is written in either, so that no figure is forgotten.

use super::difference::{Difference, DifferencePart, is_another};
use super::portfolio::PortfolioSnapshotFile;
use super::snapshot_file::SnapshotFile;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Lists of a snapshot, with the member that names an entry.
const LISTS: [(&str, &str); 4] =
    [("assets", "asset"), ("instruments", "instrument"), ("indices", "index"), ("groups", "group")];

/// Free text, no part of the figures.
const SOURCE: &str = "source";

/// The members of a file. Everything in one is JSON.
pub(crate) fn members(of: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// A value in words; `None` for null.
pub(crate) fn in_words(value: Option<&Value>) -> Option<String> {
    value.filter(|value| !value.is_null()).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// Names of the members of two files of one kind that are not equal, in words.
pub fn unequal_members<T: Serialize>(old: &T, new: &T) -> Vec<String> {
    let [old, new] = [members(old), members(new)];
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let unequal = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    unequal.map(|name| name.replace('_', " ")).collect()
}

struct Found<'a> {
    all: Vec<Difference>,
    /// Names of the columns, by which loadings are listed.
    columns: &'a [String],
}

impl Found<'_> {
    fn put(&mut self, part: DifferencePart, symbol: &str, what: &str, both: [Option<&Value>; 2]) {
        if is_another(what, both[0], both[1]) {
            let [old, new] = both.map(in_words);
            let (symbol, what) = (symbol.to_owned(), what.to_owned());
            self.all.push(Difference { part, symbol, what, old, new });
        }
    }

    /// Figures of an entry, down to single ones.
    fn figures(&mut self, symbol: &str, what: &str, both: [Option<&Value>; 2]) {
        let named = |name: &str| format!("{what} {}", name.replace('_', " "));
        if both.iter().flatten().any(|value| value.is_object()) {
            let objects = both.map(|value| value.and_then(Value::as_object));
            let names: BTreeSet<&String> =
                objects.iter().flatten().flat_map(|o| o.keys()).collect();
            for name in names {
                let of = objects.map(|object| object.and_then(|object| object.get(name)));
                self.figures(symbol, named(name).trim_start(), of);
            }
        } else if both.iter().flatten().any(|value| value.is_array()) {
            let lists = both.map(|value| value.and_then(Value::as_array));
            let most = lists.iter().flatten().map(|list| list.len()).max().unwrap_or(0);
            for at in 0..most {
                let column = self.columns.get(at).cloned();
                let name = column.unwrap_or_else(|| (at + 1).to_string());
                let of = lists.map(|list| list.and_then(|list| list.get(at)));
                self.figures(symbol, &format!("{what} {name}"), of);
            }
        } else {
            self.put(DifferencePart::Price, symbol, what, both);
        }
    }

    fn list(&mut self, named: &str, both: [Option<&Value>; 2]) {
        let lists = both.map(|list| list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice));
        let name = |entry: &Value| entry[named].as_str().map(str::to_owned);
        let names: BTreeSet<String> =
            lists.iter().flat_map(|l| l.iter()).filter_map(name).collect();
        for symbol in names {
            let of = lists.map(|list| -> Vec<Value> {
                let entries = list.iter().filter(|entry| entry[named] == *symbol);
                let without_name = entries.filter_map(|entry| {
                    let mut entry = entry.clone();
                    entry.as_object_mut()?.remove(named);
                    Some(entry)
                });
                without_name.collect()
            });
            // No snapshot of which anything is computed has a second one; whoever only compares has to see it.
            for at in 0..of.each_ref().map(Vec::len).into_iter().max().unwrap_or(0) {
                let name = if at == 0 { symbol.clone() } else { format!("{symbol} ({})", at + 1) };
                self.figures(&name, "", of.each_ref().map(|entries| entries.get(at)));
            }
        }
    }
}

fn differences(old: &impl Serialize, new: &impl Serialize, columns: &[String]) -> Vec<Difference> {
    let [old, new] = [members(old), members(new)];
    let mut found = Found { all: Vec::new(), columns };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names.into_iter().filter(|name| *name != SOURCE) {
        let both = [old.get(name), new.get(name)];
        match LISTS.iter().find(|(list, _)| list == name) {
            Some((_, named)) => found.list(named, both),
            None => found.put(DifferencePart::Snapshot, "", &name.replace('_', " "), both),
        }
    }
    found.all
}

impl SnapshotFile {
    /// What changed from this snapshot to a newer one: every figure by its symbol, and what is of the snapshot as a whole but
    /// for its source.
    pub fn differences(&self, newer: &Self) -> Vec<Difference> {
        differences(self, newer, &[])
    }
}

impl PortfolioSnapshotFile {
    /// What changed from this snapshot to a newer one, as of a linear one. Loadings are listed by these names of columns.
    pub fn differences(&self, newer: &Self, columns: &[String]) -> Vec<Difference> {
        differences(self, newer, columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(all: &[Difference]) -> Vec<String> {
        let none = || "none".to_owned();
        let of = |side: &Option<String>| side.clone().unwrap_or_else(none);
        all.iter()
            .map(|d| {
                let text = format!("{} {} {}", d.part.code(), d.symbol, d.what);
                format!("{text}: {} -> {}", of(&d.old), of(&d.new))
            })
            .collect()
    }

    /// Every field that a file can have, each changed alone, is a change with its name.
    #[test]
    fn every_figure_of_a_linear_snapshot_is_compared() {
        let old = json!({
            "format": "zkmargin-snapshot/1", "schedule": "00", "time": "2026-01-01T00:00:00Z",
            "sequence": 1, "source": "there",
            "assets": [{
                "asset": "BTC", "index": "1", "bid": "2", "ask": "3", "requirement_index": "4",
                "figures": {"interest": "5"},
            }],
            "instruments": [{
                "instrument": "BTC", "mark": "6", "funding_index": "7", "figures": {"share": "8"},
            }],
        });
        let read = |value: &Value| serde_json::from_value::<SnapshotFile>(value.clone()).unwrap();
        assert_eq!(read(&old).differences(&read(&old)), []);
        for (place, value, text) in [
            ("/schedule", json!("01"), "snapshot  schedule: 00 -> 01"),
            ("/sequence", json!(2), "snapshot  sequence: 1 -> 2"),
            ("/assets/0/index", json!("9"), "price BTC index: 1 -> 9"),
            ("/assets/0/bid", json!("9"), "price BTC bid: 2 -> 9"),
            ("/assets/0/ask", json!("9"), "price BTC ask: 3 -> 9"),
            ("/assets/0/requirement_index", json!("9"), "price BTC requirement index: 4 -> 9"),
            ("/assets/0/figures/interest", json!("9"), "price BTC figures interest: 5 -> 9"),
            ("/instruments/0/mark", Value::Null, "price BTC mark: 6 -> none"),
            ("/instruments/0/funding_index", json!("9"), "price BTC funding index: 7 -> 9"),
            ("/instruments/0/figures/share", json!("9"), "price BTC figures share: 8 -> 9"),
        ] {
            let mut new = old.clone();
            *new.pointer_mut(place).unwrap() = value;
            assert_eq!(told(&read(&old).differences(&read(&new))), [text]);
        }
        let mut new = old.clone();
        new["instruments"] = json!([]);
        let gone = ["figures share: 8", "funding index: 7", "mark: 6"];
        let gone = gone.map(|what| format!("price BTC {what} -> none"));
        assert_eq!(told(&read(&old).differences(&read(&new))), gone);
        // The same number in another form, and a second entry of one name.
        new = old.clone();
        new["instruments"][0]["mark"] = json!("6.00");
        assert_eq!(read(&old).differences(&read(&new)), []);
        assert_eq!(unequal_members(&read(&old), &read(&new)), ["instruments"]);
        let again = json!({"instrument": "BTC", "mark": "60"});
        new["instruments"].as_array_mut().unwrap().push(again);
        let second = "price BTC (2) mark: none -> 60";
        assert_eq!(told(&read(&old).differences(&read(&new))), [second]);
        new = old.clone();
        new["source"] = json!("elsewhere");
        assert_eq!(read(&old).differences(&read(&new)), []);
        assert_eq!(unequal_members(&read(&old), &read(&new)), ["source"]);
    }

    #[test]
    fn every_figure_of_a_portfolio_snapshot_is_compared() {
        let old = json!({
            "format": "zkmargin-portfolio-snapshot/1", "schedule": "00",
            "time": "2026-01-01T00:00:00Z", "sequence": 1,
            "assets": [{"asset": "USDC", "index": "1"}],
            "indices": [{"index": "BTC", "price": "2", "confidence": "0.9"}],
            "groups": [{
                "group": "G", "forward": "3", "rate": "4", "positive": "5", "negative": "6",
                "confidence": "0.8",
            }],
            "instruments": [{
                "instrument": "C", "value": "7", "loadings": ["8", "9"], "volatility": "10",
                "settlement": "11", "confidence": "0.7",
            }],
        });
        let read = |value: &Value| -> PortfolioSnapshotFile {
            serde_json::from_value(value.clone()).unwrap()
        };
        let columns = ["down".to_owned(), "up".to_owned()];
        for (place, text) in [
            ("/assets/0/index", "price USDC index: 1 -> 12"),
            ("/indices/0/price", "price BTC price: 2 -> 12"),
            ("/indices/0/confidence", "price BTC confidence: 0.9 -> 12"),
            ("/groups/0/forward", "price G forward: 3 -> 12"),
            ("/groups/0/rate", "price G rate: 4 -> 12"),
            ("/groups/0/positive", "price G positive: 5 -> 12"),
            ("/groups/0/negative", "price G negative: 6 -> 12"),
            ("/groups/0/confidence", "price G confidence: 0.8 -> 12"),
            ("/instruments/0/value", "price C value: 7 -> 12"),
            ("/instruments/0/loadings/1", "price C loadings up: 9 -> 12"),
            ("/instruments/0/volatility", "price C volatility: 10 -> 12"),
            ("/instruments/0/settlement", "price C settlement: 11 -> 12"),
            ("/instruments/0/confidence", "price C confidence: 0.7 -> 12"),
        ] {
            let mut new = old.clone();
            *new.pointer_mut(place).unwrap() = json!("12");
            assert_eq!(told(&read(&old).differences(&read(&new), &columns)), [text]);
        }
        assert_eq!(read(&old).differences(&read(&old), &columns), []);
    }
}
