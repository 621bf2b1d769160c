//! Derive's portfolio accounts: what the tests of its contracts expect of each, as figures of an answer.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zkmargin_model::rule::Account;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule};
use zkmargin_params::venues::derive::{Derive, Loadings, import};
use zkmargin_params::venues::{StatesFigures, VenueFigures};
use zkmargin_reconcile::{
    Change, Outcome, Own, PortfolioAlternatives, Reconciled, Why, reconcile_portfolio, shown,
};

/// The vectors that `ZKMARGIN_VECTORS` names, or those in `shared/vectors` next to the repository.
fn vectors() -> Option<Value> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var_os("ZKMARGIN_VECTORS").map_or_else(beside, PathBuf::from);
    serde_json::from_slice(&std::fs::read(folder.join("derive_pmrm2.json")).ok()?).ok()
}

fn made(source: &Value, name: &str) -> (PortfolioMarket, Account) {
    let made = import(source, name, Loadings::Derived).unwrap();
    let schedule = PortfolioSchedule::new(made.schedule).unwrap();
    let account = schedule.account(&made.account).unwrap();
    (PortfolioMarket::compile(&schedule, &made.snapshot).unwrap(), account)
}

fn stated(expected: &Value) -> VenueFigures {
    let text = |name: &str| Value::String(expected[name].to_string());
    Derive::figures(&json!({ "result": {
        "positions": [], "collaterals": [], "subaccount_value": text("portfolio_mtm"),
        "maintenance_margin": text("MM"), "initial_margin": text("IM"),
    }}))
    .unwrap()
}

/// All accounts of the vectors: equity, and what is left above both margins. What differs does so by less than 10^-8 of
/// the figure, which the contracts' own tests allow, and only where options are priced.
#[test]
fn totals_of_the_vectors_are_the_rules() {
    let Some(source) = vectors() else {
        println!("no vectors");
        return;
    };
    let (mut equal, mut priced, mut refused, mut cut) = (0, 0, 0, 0);
    for case in source["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (market, account) = made(&source, name);
        let stated = stated(&case["expected"]);
        let of = crate::support::signable(reconcile_portfolio(
            &market,
            &account,
            &stated,
            &PortfolioAlternatives::default(),
        ));
        for line in &of.lines {
            match (&line.outcome, &line.own) {
                (Outcome::Equal, _) => equal += 1,
                (Outcome::Explained(causes), _) => {
                    let is_pricing = causes.iter().any(|c| c.change == Change::Pricing);
                    priced += usize::from(is_pricing);
                    equal += usize::from(!is_pricing);
                }
                (Outcome::NotComputed, Own::NotComputed(Why::Rules(why))) => {
                    assert!(why.contains("confidence"), "{name}: {why}");
                    refused += 1;
                }
                // Without options: what collateral is worth is a quotient by the stable coin's price, which a snapshot keeps to
                // twelve digits and the source in 64 bits, and so are the source's sums.
                _ => {
                    let left = line.difference.clone().unwrap();
                    let most = num_rational::BigRational::new(2.into(), 1_000_000_000.into());
                    let is_small = left < most && -left.clone() < most;
                    assert!(is_small, "{name}: {} {}", line.figure.kind.code(), shown(&left));
                    cut += 1;
                }
            }
        }
    }
    println!("{equal} equal, {priced} to prices of options, {refused} refused, {cut} cut");
    assert!(priced > 100 && equal > 0);
}

fn file(name: &str) -> Vec<u8> {
    crate::support::venue_file(&format!("derive/examples/{name}"))
}

/// The example's answer, with something replaced.
fn example(change: impl Fn(&mut Value)) -> Reconciled {
    let mut answer: Value = serde_json::from_slice(&file("answers/subaccount.json")).unwrap();
    change(&mut answer["result"]);
    let stated = Derive::figures(&answer).unwrap();
    let schedule = PortfolioSchedule::from_json(&file("options.schedule.json")).unwrap();
    let prices = zkmargin_params::portfolio::PortfolioSnapshotFile::from_json(&file(
        "options.snapshot.json",
    ))
    .unwrap();
    let market = PortfolioMarket::compile(&schedule, &prices).unwrap();
    let account = zkmargin_params::AccountFile::from_json(&file("options.account.json")).unwrap();
    let account = schedule.account(&account).unwrap();
    crate::support::signable(reconcile_portfolio(
        &market,
        &account,
        &stated,
        &PortfolioAlternatives::default(),
    ))
}

fn outcomes(of: &Reconciled) -> Vec<(String, String)> {
    let line = |line: &zkmargin_reconcile::Line| {
        let causes = match &line.outcome {
            Outcome::Explained(causes) => {
                causes.iter().map(|c| c.change.code()).collect::<Vec<_>>().join(" ")
            }
            other => other.code().to_owned(),
        };
        (format!("{} of {}", line.figure.kind.code(), line.figure.subject), causes)
    };
    of.lines.iter().map(line).collect()
}

#[test]
fn the_example_is_the_venues_up_to_prices_of_options() {
    let of = example(|_| {});
    let all = outcomes(&of);
    assert!(!of.has_unexplained() && of.uncompared().is_none(), "{all:?}");
    let totals: Vec<_> = all.iter().filter(|(what, _)| what.ends_with("account")).collect();
    assert_eq!(totals.len(), 3);
    assert!(totals.iter().all(|(_, cause)| cause == "option-pricing"), "{totals:?}");
    assert_eq!(of.books[0].name, "portfolio");
}

/// A mark that is another than the snapshot's moves the value, the equity and what is left above both margins by as much.
#[test]
fn another_mark_is_named_with_what_it_adds() {
    let of = example(|result| {
        // 0.01 of an option that is marked 10 higher: a tenth more everywhere.
        result["positions"][1]["mark_price"] = json!("1322.31305216");
        result["positions"][1]["mark_value"] = json!("13.2231305216");
        result["subaccount_value"] = json!("7998.073985405995");
        result["maintenance_margin"] = json!("4965.15082116883");
    });
    let all = outcomes(&of);
    let cause = |what: &str| &all.iter().find(|(own, _)| own == what).unwrap().1;
    assert_eq!(cause("value of 20250110T044732Z-4000-P long"), "other-mark");
    assert_eq!(cause("equity of account"), "other-mark option-pricing");
    assert_eq!(cause("above-maintenance of account"), "other-mark option-pricing");
    // The initial margin that it states is still that of its old mark.
    assert_eq!(cause("above-initial of account"), "option-pricing");
}

/// Prices of options enter no value of what is none.
#[test]
fn collateral_has_no_option_pricing() {
    // SPOT-BTC is worth 9564.5248676135.
    let of = example(|result| result["collaterals"][2]["mark_value"] = json!("9564.52486769"));
    assert!(
        outcomes(&of).contains(&("value of SPOT-BTC, cross book".into(), "unexplained".into()))
    );
}

/// What no change gives is left.
#[test]
fn what_differs_without_a_cause_is_left() {
    let of = example(|result| result["maintenance_margin"] = json!("4966.5"));
    assert!(of.has_unexplained());
    assert_eq!(of.count("unexplained"), 1);
}
