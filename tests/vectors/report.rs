//! Runs what was loaded from one file and says what was run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use zkmargin_tests::{LeftOut, Loaded};

/// Writes past the test harness's capture: what was left out is said also when all is well.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn grouped(out: &mut String, what: &str, left_out: &[LeftOut]) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for l in left_out {
        by_reason.entry(&l.reason).or_default().push(&l.name);
    }
    for (reason, names) in by_reason {
        let _ = write!(out, "\n    {what} {}: {reason} ({}", names.len(), names[0]);
        out.push_str(if names.len() > 1 { ", ...)" } else { ")" });
    }
}

/// Compares everything; says how much that was.
///
/// # Panics
/// On a mismatch, or when nothing ran.
pub fn run(file: &str, loaded: &Loaded) {
    let mut mismatches = Vec::new();
    let (mut checks, mut provable) = (0, 0);
    for case in &loaded.cases {
        checks += case.checks();
        provable += usize::from(case.market.profile().is_ok());
        match case.margin() {
            Ok(got) => mismatches.extend(case.mismatches(&got)),
            Err(e) => mismatches.push(format!("{} [{}]: {e}", case.name, case.label)),
        }
    }
    for case in &loaded.portfolio {
        checks += case.checks();
        match case.margin() {
            Ok(got) => mismatches.extend(case.mismatches(&got)),
            Err(e) => mismatches.push(format!("{} [{}]: {e}", case.name, case.label)),
        }
    }
    for relation in &loaded.relations {
        checks += 1;
        let figures: Result<Vec<_>, _> = relation.cases.iter().map(|c| c.margin()).collect();
        let outcome = figures.map_err(|e| e.to_string()).and_then(|m| (relation.check)(&m));
        mismatches.extend(outcome.err().map(|e| format!("{}: {e}", relation.name)));
    }
    let ran = loaded.ran();
    let mut text = format!(
        "{file}: ran {ran} of {} cases ({checks} comparisons; {} markets, {provable} of them provable), left out {}, mismatches {}",
        loaded.total,
        loaded.cases.len() + loaded.portfolio.len(),
        loaded.left_out.len(),
        mismatches.len(),
    );
    grouped(&mut text, "left out", &loaded.left_out);
    say(&text);
    assert!(mismatches.is_empty(), "{file}:\n{}", mismatches.join("\n"));
    assert!(ran > 0, "{file}: no case ran");
    assert_eq!(ran + loaded.left_out.len(), loaded.total, "{file}: cases unaccounted for");
}

/// Asserts that a venue's example is the text; `ZKMARGIN_UPDATE=1` writes it.
pub fn kept(venue: &str, name: &str, text: &str) {
    let venues = concat!(env!("CARGO_MANIFEST_DIR"), "/../params/venues");
    let path = format!("{venues}/{venue}/examples/{name}");
    if std::env::var_os("ZKMARGIN_UPDATE").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(format!("{venues}/{venue}/examples")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{path} is stale; run the test with ZKMARGIN_UPDATE=1");
}
