//! What changed from one portfolio schedule to the next.

use super::PortfolioSchedule;
use crate::difference::{Difference, DifferencePart, is_another};
use crate::snapshot_difference::{in_words, members};
use serde_json::Value;
use std::collections::BTreeSet;

/// Lists by the member that names their entries, with the parts that listings and other changes are of.
const LISTS: [(&str, &str, [DifferencePart; 2]); 7] = {
    use DifferencePart::{Asset, AssetListing, Instrument, Listing, Rule};
    [
        ("assets", "symbol", [AssetListing, Asset]),
        ("units", "name", [Rule, Rule]),
        ("classes", "name", [Rule, Rule]),
        ("groups", "name", [Listing, Instrument]),
        ("columns", "name", [Rule, Rule]),
        ("instruments", "symbol", [Listing, Instrument]),
        ("stresses", "name", [Rule, Rule]),
    ]
};

struct Found(Vec<Difference>);

impl Found {
    fn put(
        &mut self,
        part: DifferencePart,
        symbol: &str,
        what: String,
        values: [Option<&Value>; 2],
    ) {
        let member = what.rsplit_once(' ').map_or(&*what, |(_, member)| member);
        if is_another(member, values[0], values[1]) {
            let [old, new] = values.map(in_words);
            self.0.push(Difference { part, symbol: symbol.to_owned(), what, old, new });
        }
    }

    fn list(&mut self, list: &str, named: &str, parts: [DifferencePart; 2], both: [&Value; 2]) {
        let [old, new] = both.map(|value| value.as_array().map_or(&[][..], Vec::as_slice));
        let name = |entry: &Value| entry[named].as_str().map(str::to_owned);
        let names: BTreeSet<String> = old.iter().chain(new).filter_map(name).collect();
        // Figures of columns have no names: their order is their meaning.
        if list == "columns" {
            let order = |entries: &[Value]| -> Value {
                entries.iter().filter_map(name).collect::<Vec<_>>().join(", ").into()
            };
            let values = [order(old), order(new)];
            self.put(parts[0], "", "order of columns".to_owned(), values.each_ref().map(Some));
        }
        let what = list.strip_suffix('s').unwrap_or(list);
        let what = if list == "classes" { "class" } else { what };
        for symbol in names {
            let of =
                |entries: &[Value]| entries.iter().find(|entry| entry[named] == *symbol).cloned();
            match [of(old), of(new)] {
                [Some(old), Some(new)] => {
                    let [old, new] = [members(&old), members(&new)];
                    let fields: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                    for field in fields {
                        let values = [old.get(field), new.get(field)];
                        self.put(parts[1], &symbol, format!("{what} {field}"), values);
                    }
                }
                [old, new] => {
                    let values = [old.as_ref(), new.as_ref()];
                    self.put(parts[0], &symbol, format!("{what} listed"), values);
                }
            }
        }
    }
}

impl PortfolioSchedule {
    /// What changed from this schedule to a later one: entries of lists by their names, everything else as a whole.
    pub fn differences(&self, later: &Self) -> Vec<Difference> {
        let [old, new] = [members(&self.file), members(&later.file)];
        let mut found = Found(Vec::new());
        let fields: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for field in fields {
            // A source is no part of the rule.
            if field == "source" || LISTS.iter().any(|(list, ..)| list == field) {
                continue;
            }
            let part = match field.as_str() {
                "menu" => DifferencePart::Menu,
                _ => DifferencePart::Rule,
            };
            found.put(part, "", field.replace('_', " "), [old.get(field), new.get(field)]);
        }
        for (list, named, parts) in LISTS {
            let both = [&old, &new].map(|members| members.get(list).unwrap_or(&Value::Null));
            found.list(list, named, parts, both);
        }
        found.0
    }
}
