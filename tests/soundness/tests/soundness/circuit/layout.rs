//! Layout statistics, pinned: what a change of a gadget costs is a readable diff.
//!
//! `ZKMARGIN_UPDATE=1` rewrites `params/layout.json`.

use super::cases::*;
use crate::margin_support::{case, case_of};
use serde_json::{Map, Value, json};
use std::path::Path;
use zkmargin_model::rule::Profile;
use zkmargin_soundness::Recorded;

#[test]
fn layout_is_the_pinned_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../params/layout.json");
    let sizes: [(&str, Size); 2] = [("two positions, two assets", REDUCED), ("shape S", S)];
    let mut found = Map::new();
    for (name, size) in sizes {
        found.insert(name.to_owned(), json!(record(&case(), size).statistics()));
    }
    for profile in super::rounded::sample().into_iter().chain([Profile::FLAT]) {
        // A claim names a position that is held.
        let case = match profile.names_position() {
            true => reduced_cases_of(profile).swap_remove(0),
            false => case_of(profile),
        };
        let recorded: Recorded = record(&case, REDUCED);
        found.insert(profile.to_string(), json!(recorded.statistics()));
    }
    let found = Value::Object(found);
    if std::env::var_os("ZKMARGIN_UPDATE").is_some() {
        let text = serde_json::to_string_pretty(&found).expect("json") + "\n";
        std::fs::write(&path, text).expect("written");
    }
    let pinned = std::fs::read(&path).expect("params/layout.json");
    let pinned: Value = serde_json::from_slice(&pinned).expect("json");
    assert_eq!(found, pinned, "the layout changed; see the header of this file");
}
