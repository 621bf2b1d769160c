//! Derive's cases through files: what a schedule, a snapshot and an account come to is what the rule comes to.

use crate::derived_loadings::cases;
use crate::report::{kept, say};
use num_bigint::BigInt;
use num_rational::BigRational;
use serde_json::Value;
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::{Margin, margin};
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::venues::derive::{Loadings, import};
use zkmargin_params::{AccountFile, ErrorCode, Requirement};
use zkmargin_tests::PortfolioCase;
use zkmargin_tests::peers::{adapt_derived, adapt_listed};

/// Equity and requirement in margin units.
fn figures(m: &Margin) -> [BigRational; 2] {
    let whole = |x: &BigInt| BigRational::from(x.clone());
    [whole(&m.equity), BigRational::new(m.requirement.clone(), m.per_margin_unit.clone())]
}

fn requirement(case: &PortfolioCase) -> Requirement {
    Requirement::of_name(&case.label).expect("a label is the name of a requirement")
}

/// Counts what was compared and what is refused.
fn compare(root: &Value, loadings: Loadings, cases: &[PortfolioCase]) -> [usize; 2] {
    let (mut compared, mut refused) = (0, 0);
    for case in cases {
        let at = format!("{} [{}]", case.name, case.label);
        let imported = import(root, &case.name, loadings).unwrap_or_else(|e| panic!("{at}: {e}"));
        // As files: what is written reads back.
        let json = imported.schedule.to_json().expect("JSON");
        let schedule = PortfolioSchedule::from_json(json.as_bytes());
        let schedule = schedule.unwrap_or_else(|e| panic!("{at}: {e}"));
        assert!(*schedule.file() == imported.schedule, "{at}");
        let json = imported.snapshot.to_json().expect("JSON");
        let snapshot = PortfolioSnapshotFile::from_json(json.as_bytes());
        let snapshot = snapshot.unwrap_or_else(|e| panic!("{at}: {e}"));
        let json = imported.account.to_json().expect("JSON");
        let account = AccountFile::from_json(json.as_bytes()).expect("an account");
        let market = PortfolioMarket::compile(&schedule, &snapshot);
        let market = market.unwrap_or_else(|e| panic!("{at}: {e}"));
        let account = schedule.account(&account).unwrap_or_else(|e| panic!("{at}: {e}"));
        let of = match market.market(requirement(case)) {
            Ok(of) => of,
            Err(error) => {
                assert_eq!(error.code, ErrorCode::LowConfidence, "{at}: {error}");
                assert_eq!(requirement(case), Requirement::Initial, "{at}: {error}");
                refused += 1;
                continue;
            }
        };
        assert!(case.native_only.is_none(), "{at} is not refused");
        let got = margin(&account, of).unwrap_or_else(|e| panic!("{at}: {e}"));
        let native = case.margin().unwrap_or_else(|e| panic!("{at}: {e}"));
        assert_eq!(figures(&got), figures(&native), "{at}");
        let losses = |m: &Margin| m.units.iter().map(|u| u.losses.clone()).collect::<Vec<_>>();
        assert_eq!(losses(&got), losses(&native), "{at}");
        let healthy = Claim::margin();
        assert_eq!(got.meets(&healthy, of), native.meets(&healthy, &case.market), "{at}");
        compared += 1;
    }
    [compared, refused]
}

#[test]
fn cases_through_files() {
    let Some(root) = cases() else { return };
    for (loadings, loaded) in
        [(Loadings::Published, adapt_listed(&root)), (Loadings::Derived, adapt_derived(&root))]
    {
        let [compared, refused] = compare(&root, loadings, &loaded.portfolio);
        say(&format!(
            "derive through files, {loadings:?}: {compared} markets equal to the unit; {refused} initial ones refused for a feed below its threshold"
        ));
        assert_eq!(compared + refused, 2 * 73);
    }
}

/// The case that is kept as an example, and under which name.
const EXAMPLE: (&str, &str) = ("test_57_forward_cont_forward_cont_2", "options");

/// The example under `params/venues/derive` is what the importer makes; `ZKMARGIN_UPDATE=1` writes it.
#[test]
fn the_example_is_current() {
    let Some(root) = cases() else { return };
    let (case, name) = EXAMPLE;
    let made = import(&root, case, Loadings::Derived).unwrap_or_else(|e| panic!("{e}"));
    for (kind, text) in [
        ("schedule", made.schedule.to_json()),
        ("snapshot", made.snapshot.to_json()),
        ("account", made.account.to_json()),
    ] {
        kept("derive", &format!("{name}.{kind}.json"), &text.expect("JSON"));
    }
}
