//! No gate over range-checked cells holds modulo the field's order without holding over the
//! integers.

use crate::ranges::{Interval, Ranges, modulus};
use crate::record::{Recorded, Source};
use std::collections::BTreeSet;

/// What the width check says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Widths {
    /// Gates over ranged cells whose value can reach the field's order: a sum that may wrap or a
    /// decomposition that is not unique.
    pub wrapping: BTreeSet<String>,
    /// Gates with a cell that has no range, such as those of a hash: nothing is said of them.
    pub unranged: BTreeSet<String>,
}

/// Checks every active gate. `assumed` are ranges that are checked outside of the
/// circuit, such as those of public inputs.
pub fn widths(recorded: &Recorded, assumed: &[(usize, Interval)]) -> Widths {
    let ranges = Ranges::new(recorded, assumed);
    let modulus = modulus();
    let mut widths = Widths::default();
    for active in recorded.active.iter() {
        let Source::Gate(gate) = active.source else { continue };
        let name = &recorded.gate_names[gate];
        match ranges.of_gate(recorded, active, gate) {
            Some(total) if total.hi >= *modulus || total.lo <= -modulus => {
                widths.wrapping.insert(name.clone());
            }
            Some(_) => (),
            None => {
                // One cell without a range that the ranged ones determine, past the field's order.
                let without: Vec<_> =
                    active.support.iter().filter(|v| ranges.of(**v).is_none()).collect();
                match without[..] {
                    [variable] if ranges.solve(recorded, active, gate, *variable).is_some() => {
                        widths.wrapping.insert(name.clone())
                    }
                    _ => widths.unranged.insert(name.clone()),
                };
            }
        }
    }
    widths
}
