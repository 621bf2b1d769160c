//! Which states of other systems the rule says and a circuit proves, as a table of the docs.
//!
//! `ZKMARGIN_UPDATE=1` writes `docs/coverage.md` from the vectors that are there.

use crate::report::say;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use zkmargin_model::circuit::Pages;
use zkmargin_model::portfolio::pages;
use zkmargin_tests::peers::{load_all, vectors_folder};
use zkmargin_tests::{LeftOut, Loaded};

/// What the files hold and who made them.
fn venue(file: &str) -> &str {
    match file {
        "lighter_mainnet.json" => "Lighter: mainnet accounts",
        "starknet_perpetual_extended.json" => "StarkEx family (Extended): contract tests",
        "dydx_v4.json" => "dYdX v4: protocol tests",
        "drift_v2.json" => "Drift v2: protocol tests",
        "mango_v4.json" => "Mango v4: program tests",
        "hyperliquid_real.json" => "Hyperliquid: a recorded account",
        "binance_freqtrade.json" => "Binance, Gate, OKX, Bybit: liquidation prices",
        "derive_pmrm2.json" => "Derive, portfolio margin: contract tests",
        "span_mcmillan.json" => "SPAN: a textbook's risk arrays",
        "binance_rounding_samples.json" => "Binance: requirements in API answers",
        other => other,
    }
}

/// Names of profiles and reasons with how many states have each.
fn counted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let parts: Vec<_> = counts.into_iter().map(|(name, n)| format!("{n}: {name}")).collect();
    parts.join("; ")
}

struct Row {
    total: usize,
    equal: usize,
    provable: usize,
    profiles: String,
    why_not: String,
}

fn row(loaded: &Loaded) -> Row {
    // By state: everything made of one case of the file.
    let mut states: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for case in loaded.cases.iter().filter(|c| c.checks() > 0) {
        states.entry(case.index).or_default().push(case);
    }
    let related: BTreeSet<usize> = loaded.relations.iter().map(|r| r.index).collect();
    let (mut profiles, mut refusals) = (Vec::new(), Vec::new());
    for cases in states.values() {
        let found: Result<BTreeSet<_>, _> = cases.iter().map(|c| c.market.profile()).collect();
        match found {
            Ok(found) => profiles.extend(found.into_iter().next_back().map(|p| p.to_string())),
            Err(why) => refusals.push(format!("{}: {}", why.point, why.why)),
        }
    }
    // A state of portfolio margin needs a circuit for each of its requirements.
    let mut portfolio: BTreeMap<usize, Result<(), &str>> = BTreeMap::new();
    for case in &loaded.portfolio {
        let pages = pages(&case.account, case.market.terms()).map_or(usize::MAX, |p| p.len());
        let fits = pages <= Pages::Sixteen.count();
        let here = case.native_only.map_or(Ok(()), Err);
        let here = here.and(if fits { Ok(()) } else { Err("more than sixteen pages") });
        let all = portfolio.entry(case.index).or_insert(Ok(()));
        *all = (*all).and(here);
    }
    let proven = portfolio.values().filter(|state| state.is_ok()).count();
    profiles.extend(std::iter::repeat_n("portfolio".to_owned(), proven));
    let unproven = portfolio.values().filter_map(|state| state.err());
    let only_related = related.iter().filter(|i| !states.contains_key(i)).count();
    let relations = std::iter::repeat_n("a relation between several states", only_related);
    let left_out = loaded.left_out.iter().map(|LeftOut { reason, .. }| reason.as_str());
    let why_not = left_out.chain(refusals.iter().map(String::as_str)).chain(relations);
    let why_not = why_not.chain(unproven);
    Row {
        total: loaded.total,
        equal: states.len() + portfolio.len() + only_related,
        provable: profiles.len(),
        profiles: counted(profiles.iter().map(String::as_str)),
        why_not: counted(why_not),
    }
}

#[test]
fn coverage() {
    let Some(folder) = vectors_folder() else { return };
    let all = load_all(&folder).unwrap_or_else(|e| panic!("{e}"));
    let mut table = String::new();
    table.push_str("| states | in the file | native equal | provable | profiles | why not |\n");
    table.push_str("|---|---|---|---|---|---|\n");
    let (mut total, mut equal, mut provable) = (0, 0, 0);
    for (file, loaded) in &all {
        let Row { total: t, equal: e, provable: p, profiles, why_not } = row(loaded);
        let _ = writeln!(table, "| {} | {t} | {e} | {p} | {profiles} | {why_not} |", venue(file));
        (total, equal, provable) = (total + t, equal + e, provable + p);
    }
    let _ = writeln!(table, "| all | {total} | {equal} | {provable} | | |");
    say(&format!("coverage: {provable} of {total} states are provable"));
    assert!(provable > 0);
    if std::env::var_os("ZKMARGIN_UPDATE").is_some() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/coverage.md");
        let text = format!(
            "# Coverage\n\n\
             This page says which states of other systems the rule expresses and a circuit proves. The\n\
             states are those systems' own test cases and records; `tests/src/peers` reads them. It is\n\
             written by\n\n    \
             ZKMARGIN_UPDATE=1 cargo test --release -p zkmargin-tests --test vectors coverage\n\n\
             \"Native equal\" are states whose figures and verdicts the native rule gives to the unit, in portfolio\n\
             margin within the suite's own tolerance ([Portfolio margin](book/portfolio.md));\n\
             \"provable\" are those for which a circuit proves the same rule, with the venue's own\n\
             rounding. `tests/circuit_agrees.rs` runs the circuit on one market of most of them: with a floor\n\
             at the equity and one unit above it, and at the levels on either side of the account's own ratio.\n\
             Files without an\n\
             adapter are not in the table.\n\n{table}"
        );
        std::fs::write(page, text).expect("written");
    }
}
