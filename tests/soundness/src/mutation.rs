//! A changed copy class is refused, and a refused witness cannot be repaired in a few cells.

use crate::record::{Failure, Recorded, Source, Variable};
use ff::Field;
use pasta_curves::Fp;

/// A change that nothing refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// The changed variable.
    pub variable: usize,
    /// Its value in the accepted witness.
    pub value: Fp,
}

/// Values that a variable is changed to: neighbours, flags, the negation, the double, and `other`.
fn changes(value: Fp, other: Fp) -> Vec<Fp> {
    let mut changes =
        vec![value + Fp::ONE, value - Fp::ONE, Fp::ZERO, Fp::ONE, -value, value.double(), other];
    changes.retain(|changed| *changed != value);
    changes.dedup();
    changes
}

/// Changes every variable that is neither fixed nor public, one at a time in all of its cells, and
/// returns what no gate and no lookup refuses. Public inputs refuse by their own value.
pub fn survivors(recorded: &Recorded, other: Fp) -> Vec<Survivor> {
    let mut constraints: Vec<Vec<usize>> = vec![Vec::new(); recorded.variables().len()];
    for (i, active) in recorded.active.iter().enumerate() {
        for variable in &active.support {
            constraints[*variable].push(i);
        }
    }
    let mut survivors = Vec::new();
    for (variable, known) in recorded.variables().iter().enumerate() {
        if known.fixed || known.public {
            continue;
        }
        for value in changes(known.value, other) {
            let refused = constraints[variable]
                .iter()
                .any(|i| !recorded.holds(&recorded.active[*i], &[(variable, value)]));
            if !refused {
                survivors.push(Survivor { variable, value });
            }
        }
    }
    survivors
}

/// What refuses one change.
pub fn refusals(recorded: &Recorded, variable: usize, value: Fp) -> Vec<Failure> {
    recorded
        .active
        .iter()
        .filter(|active| active.support.contains(&variable))
        .filter(|active| !recorded.holds(active, &[(variable, value)]))
        .map(|active| recorded.failure(active))
        .collect()
}

/// Looks for a forgery: values for at most `depth` variables, none of them pinned, with which a
/// refused witness is accepted. A broken copy is repaired by any of its values, a failed gate by
/// solving it for one of its variables.
pub fn repair(
    recorded: &Recorded,
    pinned: impl Fn(&Variable) -> bool,
    depth: usize,
) -> Option<Vec<(usize, Fp)>> {
    let free = |variable: usize| {
        let v = &recorded.variables()[variable];
        !(v.fixed || v.public || pinned(v))
    };
    let mut broken = Vec::new();
    for (index, variable) in recorded.variables().iter().enumerate() {
        if !variable.conflicts.is_empty() {
            if !free(index) {
                return None;
            }
            broken.push(index);
        }
    }
    let mut starts = vec![Vec::new()];
    for variable in broken {
        let values = &recorded.variables()[variable].conflicts;
        starts = starts
            .iter()
            .flat_map(|start: &Vec<(usize, Fp)>| {
                values.iter().map(move |v| [&start[..], &[(variable, *v)]].concat())
            })
            .collect();
    }
    starts.into_iter().find_map(|start| search(recorded, &free, start, depth))
}

fn search(
    recorded: &Recorded,
    free: &impl Fn(usize) -> bool,
    changed: Vec<(usize, Fp)>,
    depth: usize,
) -> Option<Vec<(usize, Fp)>> {
    let failed = recorded.active.iter().find(|active| !recorded.holds(active, &changed));
    let Some(failed) = failed else { return Some(changed) };
    if changed.len() >= depth {
        return None;
    }
    let Source::Gate(gate) = failed.source else { return None };
    let untouched = |v: &usize| free(*v) && changed.iter().all(|(c, _)| c != v);
    for variable in failed.support.iter().copied().filter(untouched) {
        let gradient = recorded.system.gates[gate].gradient(&|q| {
            let value = recorded.value_at(q, failed.row, &changed);
            (value, recorded.variable_at(q, failed.row).filter(|v| *v == variable))
        });
        let Some(slope) = gradient.terms.get(&variable) else { continue };
        let now = changed
            .iter()
            .find(|(v, _)| *v == variable)
            .map_or(recorded.variables()[variable].value, |(_, value)| *value);
        let solved = now - gradient.constant * slope.invert().expect("not zero");
        let next = [&changed[..], &[(variable, solved)]].concat();
        if let Some(found) = search(recorded, free, next, depth) {
            return Some(found);
        }
    }
    None
}
