//! Accounts and recordings.

use crate::model_support::{position, with};
use crate::portfolio_markets::{account, below_zero, lines, one_unit, whole};
use crate::portfolio_support::Case;
use zkmargin_circuit::portfolio::{PortfolioCircuit, PortfolioWitness};
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::{Market, Role, Stress, Terms};
use zkmargin_soundness::Recorded;

/// Accounts of two pages: of several groups, of a group that continues, of one unit and of two, of which one has a floor below
/// zero, of a ledger and at the market of a stress, healthy each.
pub fn cases() -> Vec<(&'static str, Case)> {
    let of = |terms: Terms, seed, likely| {
        let market = Market::new(terms).unwrap();
        Case::new(&market, account(&market, seed, likely), 2).with_equity(&(1u64 << 40).into(), 0)
    };
    vec![
        ("one unit, a group on two pages", {
            let mut terms = one_unit();
            terms.groups.truncate(2);
            terms.instruments.retain(|i| i.group == 2);
            terms.groups.remove(0);
            of(terms, 4, 0.6)
        }),
        ("two units", of(whole(), 2, 0.2)),
        ("lines", of(lines(), 2, 0.2)),
        ("a floor below zero, of a ledger", {
            let positions = vec![position(20, -3, 0), position(40, -100, 0)];
            let market = Market::new(below_zero()).unwrap();
            Case::new(&market, with(1 << 40, positions), 2).in_ledger()
        }),
        ("a stress of two units", stressed(of(whole(), 2, 0.2))),
        ("two units that do not meet the level", deficient(of(whole(), 2, 0.2))),
    ]
}

/// The same account with a debt, and the claim that it does not meet the level.
fn deficient(case: Case) -> Case {
    let claim = Claim::deficiency(10_000).unwrap();
    Case { claim, ..case.with_equity(&(-1i64 << 40).into(), 0) }
}

/// The same account at the market of a stress, with a floor that is left.
fn stressed(case: Case) -> Case {
    let mut terms = case.market.terms().clone();
    let columns = terms.columns.iter().enumerate();
    let scenarios = columns.filter(|(_, column)| column.role == Role::Scenario);
    let columns = scenarios.map(|(at, _)| at).collect();
    terms.stresses = vec![Stress { name: "all".to_owned(), columns }];
    let market = Market::new(terms).unwrap().of_stress("all").unwrap().unwrap();
    let claim = Claim::new(10_000, 1_000u32.into()).unwrap();
    Case { market, claim, ..case }
}

/// The circuit of a case with a witness.
pub fn circuit(case: &Case, witness: PortfolioWitness) -> PortfolioCircuit {
    PortfolioCircuit::proving(case.tables(), case.shape, witness).unwrap()
}

/// Records the honest witness.
pub fn record(case: &Case) -> Recorded {
    let circuit = circuit(case, case.witness());
    let (k, instance) = (circuit.k().get(), [case.public().instance()]);
    circuit.configured(|circuit| Recorded::new(k, circuit, &instance))
}

/// What the width check cannot see, with the reason.
const NOT_SUMS: [(&str, &str); 2] = [
    (
        "largest of several: product out = product in slack",
        "a product of slacks is compared with zero only, and a field has no divisors of zero",
    ),
    (
        "portfolio claim level: surplus = (1 - 2 deficient) (10000 scale den (E - [stress] floor) - level MM - strict) - deficient",
        "a requirement that is the largest of several has the width of one of them, not of its slack; the floor of a \
         stress is at most the equity, or the other comparison refuses it, so the surplus is below zero by no more than \
         what the level takes",
    ),
];

/// What the machine checks find: nothing, on a sound circuit.
pub fn findings(recorded: &Recorded) -> Vec<String> {
    findings_in_turn(recorded).collect()
}

/// [`findings`], one check after the other.
pub fn findings_in_turn(recorded: &Recorded) -> impl Iterator<Item = String> + '_ {
    let is_sum = |f: &String| NOT_SUMS.iter().all(|(sum, _)| *f != format!("may wrap: {sum}"));
    crate::circuit::cases::findings_in_turn(recorded).filter(is_sum)
}
