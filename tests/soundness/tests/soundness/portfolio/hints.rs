//! Each free word of the witness generator is changed with everything after it recomputed.

use super::cases::{cases, circuit, record};
use crate::margin_support::is_long;
use crate::portfolio_support::Case;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::PortfolioWitness;

type Hint = (String, Box<dyn Fn(&mut PortfolioWitness) -> &mut Fp>);

fn hints(witness: &PortfolioWitness) -> Vec<Hint> {
    let mut all: Vec<Hint> = Vec::new();
    macro_rules! hint {
        ($path:expr, $($name:tt)+) => {
            all.push((format!($($name)+), Box::new($path)))
        };
    }
    for (p, page) in witness.pages.iter().enumerate() {
        hint!(move |w| &mut w.pages[p].used, "page {p} used");
        hint!(move |w| &mut w.pages[p].full, "page {p} full");
        hint!(move |w| &mut w.pages[p].continues, "page {p} continues");
        hint!(move |w| &mut w.pages[p].same_unit, "page {p} same unit");
        for i in 0..page.group.len() {
            hint!(move |w| &mut w.pages[p].group[i], "page {p} group {i}");
        }
        for (s, slot) in page.slots.iter().enumerate() {
            hint!(move |w| &mut w.pages[p].slots[s].used, "slot {p} {s} used");
            hint!(move |w| &mut w.pages[p].slots[s].side, "slot {p} {s} side");
            hint!(move |w| &mut w.pages[p].slots[s].key, "slot {p} {s} key");
            hint!(move |w| &mut w.pages[p].slots[s].size, "slot {p} {s} size");
            hint!(move |w| &mut w.pages[p].slots[s].entry, "slot {p} {s} entry");
            hint!(move |w| &mut w.pages[p].slots[s].same_strike, "slot {p} {s} same strike");
            hint!(move |w| &mut w.pages[p].slots[s].short, "slot {p} {s} short");
            for i in 0..slot.terms.len() {
                hint!(move |w| &mut w.pages[p].slots[s].terms[i], "slot {p} {s} term {i}");
            }
        }
        for i in 0..page.sums.len() {
            hint!(move |w| &mut w.pages[p].sums[i].sum, "page {p} sum {i}");
            hint!(move |w| &mut w.pages[p].sums[i].negative, "page {p} sum {i} negative");
        }
        for i in 0..page.scans.len() {
            hint!(move |w| &mut w.pages[p].scans[i], "page {p} scan {i}");
        }
    }
    let last = witness.pages.len() - 1;
    hint!(move |w| &mut w.pages[last].unit.scan, "unit scan");
    hint!(move |w| &mut w.pages[last].unit.requirement, "unit requirement");
    for i in 0..witness.assets.len() {
        hint!(move |w| &mut w.assets[i].used, "asset {i} used");
        hint!(move |w| &mut w.assets[i].code, "asset {i} code");
        hint!(move |w| &mut w.assets[i].settles, "asset {i} settles");
        hint!(move |w| &mut w.assets[i].key, "asset {i} key");
        hint!(move |w| &mut w.assets[i].balance, "asset {i} balance");
    }
    for i in 0..witness.leaf.len() {
        hint!(move |w| &mut w.leaf[i], "leaf word {i}");
    }
    hint!(|w| &mut w.margin_blinding, "margin blinding");
    hint!(|w| &mut w.level, "level");
    hint!(|w| &mut w.floor, "floor");
    hint!(|w| &mut w.deficient, "deficient");
    all
}

/// Words of which some circuits make no cell: a ledger's holder is the hash of the secret, and where nothing is added to a
/// unit's scan, its requirement is a multiple of that.
const UNREAD: [&str; 2] = ["leaf word 1", "unit requirement"];

/// Changes that are accepted, of every `step`-th hint.
fn accepted(case: &Case, step: usize) -> Vec<String> {
    let honest = case.witness();
    let layout = record(case);
    let instance = [case.public().instance()];
    let mut accepted = Vec::new();
    for (name, hint) in hints(&honest).into_iter().step_by(step) {
        let value = *hint(&mut honest.clone());
        let changes = [value + Fp::ONE, value - Fp::ONE, Fp::ONE - value, -value, value.double()];
        for change in changes.into_iter().filter(|change| *change != value) {
            let mut witness = honest.clone();
            *hint(&mut witness) = change;
            let recorded = circuit(case, witness)
                .configured(|circuit| layout.with_witness(circuit, &instance));
            let mut cells = recorded.variables().iter().zip(layout.variables());
            let is_read = cells.any(|(changed, honest)| changed.value != honest.value);
            let may_be_unread = UNREAD.contains(&name.as_str());
            if recorded.failures().is_empty() && (is_read || !may_be_unread) {
                accepted.push(format!("{name}: {value:?} -> {change:?}"));
            }
        }
    }
    accepted
}

#[test]
fn no_hint_of_a_portfolio_account_may_change() {
    for (at, (name, case)) in cases().into_iter().enumerate() {
        let step = if is_long() { 1 } else { 29 + at };
        assert_eq!(accepted(&case, step), Vec::<String>::new(), "{name}");
    }
}
