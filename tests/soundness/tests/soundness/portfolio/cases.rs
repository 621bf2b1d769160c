//! Accounts and recordings.

use crate::portfolio_markets::{account, lines, one_unit, whole};
use crate::portfolio_support::Case;
use zkmargin_circuit::portfolio::{PortfolioCircuit, PortfolioWitness};
use zkmargin_model::portfolio::{Market, Terms};
use zkmargin_soundness::Recorded;

/// Accounts of two pages: of several groups, of a group that continues, of one unit and of two, healthy each.
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
    ]
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
