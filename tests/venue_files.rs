//! Markets and accounts made from files against those of the adapters, on the states of other systems' tests.
//!
//! A state is read by its venue's importer, written as schedule, snapshot and account, and read again. Its figures must be
//! those of the adapter's market, which is made without files, and those that the other system expects. The vectors are
//! found as in `vectors.rs`; without them there is nothing to compare.

use serde_json::{Value, json};
use zkmargin_model::rule::{Book, Margin, margin};
use zkmargin_params::venues::{Drift, Mango, Venue, drift, mango};
use zkmargin_params::{AccountFile, Requirement, Schedule, SnapshotFile, compile};
use zkmargin_tests::{Loaded, PeerCase, load_drift, load_mango, vectors_folder};

/// The figures of a source, by way of the text of its three files.
fn by_files<V: Venue>(source: &Value, options: &V::Options) -> Result<Margin, String> {
    let say = |e: &dyn std::fmt::Display| e.to_string();
    let file = V::schedule(source, options).map_err(|e| say(&e))?.schedule;
    let text = file.to_json().map_err(|e| say(&e))?;
    let schedule = Schedule::from_json(text.as_bytes()).map_err(|e| say(&e))?;
    let snapshot = V::snapshot(source, &schedule).map_err(|e| say(&e))?;
    let text = snapshot.to_json().map_err(|e| say(&e))?;
    let snapshot = SnapshotFile::from_json(text.as_bytes()).map_err(|e| say(&e))?;
    let market = compile(&schedule, &snapshot).map_err(|e| say(&e))?;
    let account = V::account(source, &schedule).map_err(|e| say(&e))?;
    let text = account.to_json().map_err(|e| say(&e))?;
    let account = AccountFile::from_json(text.as_bytes()).map_err(|e| say(&e))?;
    let account = account.holdings(&schedule).map_err(|e| say(&e))?;
    margin(&account, market.market()).map_err(|e| say(&e))
}

fn cases_of(file: &str) -> Vec<Value> {
    let Some(folder) = vectors_folder() else { return Vec::new() };
    let Ok(bytes) = std::fs::read(folder.join(file)) else { return Vec::new() };
    let root: Value = serde_json::from_slice(&bytes).expect("JSON");
    root["cases"].as_array().expect("a list of cases").clone()
}

fn loaded(load: fn(&std::path::Path) -> Result<Option<Loaded>, String>) -> Vec<PeerCase> {
    let folder = vectors_folder();
    folder.and_then(|folder| load(&folder).expect("readable")).map_or_else(Vec::new, |l| l.cases)
}

/// Compares one case of the adapter with the same state by way of files.
fn agrees<V: Venue>(source: &Value, options: &V::Options, peer: &PeerCase) {
    let at = format!("{} [{}]", peer.name, peer.label);
    let ours = by_files::<V>(source, options).unwrap_or_else(|e| panic!("{at}: {e}"));
    let theirs = peer.margin().expect("the adapter's market has figures");
    assert_eq!(ours.equity, theirs.equity, "{at}: equity");
    assert_eq!(ours.maintenance, theirs.maintenance, "{at}: requirement");
    let books = |m: &Margin| {
        let all = m.positions.iter().filter_map(|p| p.isolated.as_ref());
        let mut all: Vec<_> = all.map(|b| (b.equity.clone(), b.requirement.clone())).collect();
        all.sort();
        all
    };
    assert_eq!(books(&ours), books(&theirs), "{at}: isolated books");
    assert_eq!(peer.mismatches(&ours), Vec::<String>::new(), "{at}");
}

#[test]
fn files_of_drift_give_the_figures_of_its_tests() {
    let raw = cases_of("drift_v2.json");
    let (mut compared, mut isolated_books, mut least_ratios) = (0, 0, 0);
    let (mut fills, mut ends) = (0, 0);
    for peer in loaded(load_drift) {
        let inputs = &raw[peer.index]["inputs"];
        // Of the whole record.
        let label = peer.label.trim_end_matches(" with buffer");
        let requirement = match label {
            "Initial" => Requirement::Initial,
            "Fill" => Requirement::Fill,
            "Maintenance" if peer.label.ends_with("buffer") => Requirement::LiquidationEnd,
            "Maintenance" => Requirement::Maintenance,
            _ => continue,
        };
        fills += usize::from(requirement == Requirement::Fill);
        ends += usize::from(requirement == Requirement::LiquidationEnd);
        let number =
            |figure: &Value| figure.as_str().map_or(0, |figure| figure.parse().expect("a number"));
        let mut source = inputs.clone();
        source["time"] = json!(1_700_000_000_000u64);
        let options = drift::Options {
            requirement,
            strict: inputs["strict"] == true,
            liquidation_buffer: if peer.label.ends_with("buffer") {
                number(&inputs["margin_buffer"])
            } else {
                0
            },
            least_ratio: number(&inputs["margin_ratio_override"]),
            name: None,
        };
        agrees::<Drift>(&source, &options, &peer);
        compared += 1;
        let isolated = peer.account.positions().iter().filter(|p| p.book == Book::Isolated);
        isolated_books += isolated.count();
        least_ratios += usize::from(options.least_ratio != 0);
    }
    println!(
        "drift: {compared} states compared, {isolated_books} isolated books, {least_ratios} with least ratios, {fills} of fills, {ends} of ends of liquidations"
    );
    let seen = [compared, isolated_books, least_ratios, fills, ends];
    assert!(raw.is_empty() || seen.iter().all(|n| *n > 0));
}

#[test]
fn files_of_mango_give_the_figures_of_its_tests() {
    let raw = cases_of("mango_v4.json");
    let mut compared = 0;
    for peer in loaded(load_mango) {
        let case = &raw[peer.index];
        let requirement = match case["health_type"].as_str() {
            Some("Init") => Requirement::Initial,
            Some("Maint") => Requirement::Maintenance,
            Some("LiquidationEnd") => Requirement::LiquidationEnd,
            _ => continue,
        };
        let mut source = case["account"].clone();
        source["time"] = json!(1_700_000_000_000u64);
        agrees::<Mango>(&source, &mango::Options { name: None, requirement }, &peer);
        compared += 1;
    }
    println!("mango: {compared} states compared");
    assert!(raw.is_empty() || compared > 0);
}
