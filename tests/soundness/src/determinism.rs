//! With the inputs pinned, is every other cell determined?
//!
//! Knowledge spreads from the pinned variables in seven ways until nothing new is learned:
//! a decomposition into ranged words whose coefficients leave one solution; a flag of which a gate
//! refutes every other value; a root whose square and the next one are on either side of a number; a lookup tuple whose
//! known words and proven ranges leave one row of the table; the largest of several numbers, of which one factor of a product
//! that is zero is zero and none is negative; and the Jacobian of all active gates,
//! with the words of such rows as further equations, by elimination. A variable that stays unknown
//! is one that the prover may choose.

mod largest;

use crate::expression::{Affine, Query, Term};
use crate::linear::Equations;
use crate::ranges::{Ranges, centered, modulus};
use crate::record::{Recorded, Source, Variable};
use ff::Field;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use pasta_curves::Fp;
use std::collections::{BTreeMap, HashMap, HashSet};

struct Search<'a> {
    recorded: &'a Recorded,
    ranges: Ranges,
    known: Vec<bool>,
    /// Equations learned from lookups, in variables that were unknown then.
    learned: HashMap<(usize, usize), Vec<Affine>>,
    /// Table rows by the value of their first word.
    by_key: Vec<HashMap<Vec<u8>, Vec<&'a Vec<Fp>>>>,
}

/// A sum of terms that are not negative, which a gate bounds.
struct BoundedSum {
    /// Coefficients, in units of one of them.
    terms: BTreeMap<usize, Fp>,
    /// What the terms add up to, so what some of them add up to at most.
    most: BigInt,
}

/// At least the degree of a gate.
const DEGREE: u64 = 16;

/// Whether a sum with these coefficients and spans of its terms is reached in one way only: the coefficients, in
/// units of one of them, each exceed all that smaller ones can add up to.
fn is_unique(spans: &[(Fp, BigInt)]) -> bool {
    spans.iter().any(|(unit, _)| {
        let inverse = unit.invert().expect("zero coefficients are dropped");
        let mut scaled: Vec<_> =
            spans.iter().map(|(c, span)| (centered(*c * inverse).abs(), span)).collect();
        scaled.sort();
        let mut reach = BigInt::zero();
        for (coefficient, span) in scaled {
            if coefficient <= reach {
                return false;
            }
            reach += coefficient * span;
        }
        reach < *modulus()
    })
}

/// Variables that are not determined by the pinned ones. Fixed cells are always pinned.
pub fn undetermined(recorded: &Recorded, pinned: impl Fn(&Variable) -> bool) -> Vec<usize> {
    let variables = recorded.variables();
    let by_key = recorded.tables.iter().map(|table| {
        let mut rows: HashMap<Vec<u8>, Vec<&Vec<Fp>>> = HashMap::new();
        for tuple in table {
            rows.entry(crate::record::repr(&tuple[0]).to_vec()).or_default().push(tuple);
        }
        rows
    });
    let mut search = Search {
        ranges: Ranges::new(recorded, &[]),
        known: variables.iter().map(|v| v.fixed || pinned(v)).collect(),
        learned: HashMap::new(),
        by_key: by_key.collect(),
        recorded,
    };
    loop {
        while search.decompositions() | search.flags() | search.roots() | search.lookups() {}
        if !search.largest() && !search.jacobian() {
            break;
        }
    }
    (0..variables.len()).filter(|v| !search.known[*v]).collect()
}

impl Search<'_> {
    fn term(&self, q: Query, row: usize) -> Term {
        match self.recorded.variable_at(q, row) {
            Some(variable) if self.known[variable] => {
                Term::Known(self.recorded.variables()[variable].value)
            }
            Some(variable) => Term::Unknown(variable),
            None => Term::Known(self.recorded.fixed_value(q, row)),
        }
    }

    fn learn(&mut self, variables: impl IntoIterator<Item = usize>) -> bool {
        let mut new = false;
        for variable in variables {
            new |= !std::mem::replace(&mut self.known[variable], true);
        }
        new
    }

    /// Gates that are affine in their unknowns and have one solution within the ranges. A sum that another gate bounds
    /// counts as one unknown: a remainder, which is below its divisor.
    fn decompositions(&mut self) -> bool {
        let mut new = false;
        let bounded = self.bounded_sums();
        for active in self.recorded.active.iter() {
            let Source::Gate(gate) = active.source else { continue };
            if active.support.iter().all(|v| self.known[*v]) {
                continue;
            }
            let expression = &self.recorded.system.gates[gate];
            let affine = expression.affine(&|q| self.term(q, active.row));
            let Some(affine) = affine else { continue };
            if self.has_one_solution(&affine) {
                new |= self.learn(affine.terms.into_keys());
            } else if let Some(sum) = bounded.iter().find(|sum| self.has_one_quotient(&affine, sum))
            {
                new |= self.learn(affine.terms.into_keys().filter(|v| !sum.terms.contains_key(v)));
            }
        }
        new
    }

    /// Sums of unknowns that a gate bounds: its terms are not negative and add up to a known number.
    fn bounded_sums(&self) -> Vec<BoundedSum> {
        let gates = self.recorded.active.iter().filter_map(|active| {
            let Source::Gate(gate) = active.source else { return None };
            self.recorded.system.gates[gate].affine(&|q| self.term(q, active.row))
        });
        gates.filter_map(|affine| self.bounded_sum(&affine)).collect()
    }

    fn bounded_sum(&self, affine: &Affine) -> Option<BoundedSum> {
        if affine.terms.len() < 2 {
            return None;
        }
        let zero = BigInt::zero();
        affine.terms.values().find_map(|unit| {
            let inverse = unit.invert().expect("zero coefficients are dropped");
            let mut reach = BigInt::zero();
            for (variable, coefficient) in &affine.terms {
                let range = self.ranges.of(*variable).filter(|range| range.lo >= zero)?;
                let coefficient = centered(*coefficient * inverse);
                if coefficient <= zero {
                    return None;
                }
                reach += coefficient * &range.hi;
            }
            let most = centered(-affine.constant * inverse);
            let terms = affine.terms.iter().map(|(v, c)| (*v, *c * inverse)).collect();
            (reach < *modulus() && most >= zero).then_some(BoundedSum { terms, most })
        })
    }

    /// Whether `affine` has one solution when the terms it shares with a bounded sum count as one unknown.
    fn has_one_quotient(&self, affine: &Affine, sum: &BoundedSum) -> bool {
        let shared = |v: &usize| sum.terms.get(v);
        let mut factors = affine.terms.iter().filter_map(|(v, c)| {
            let inverse = shared(v)?.invert().expect("zero coefficients are dropped");
            Some(*c * inverse)
        });
        let Some(factor) = factors.next() else { return false };
        // A multiple of a part of the sum, beside other terms.
        if factors.any(|other| other != factor) {
            return false;
        }
        let others = affine.terms.iter().filter(|(v, _)| shared(v).is_none());
        let spans = others.map(|(v, c)| Some((*c, self.ranges.of(*v)?.span())));
        let Some(mut spans) = spans.collect::<Option<Vec<_>>>() else { return false };
        if spans.is_empty() {
            return false;
        }
        spans.push((factor, sum.most.clone()));
        is_unique(&spans)
    }

    /// Whether `sum of coefficient * variable = constant` has one solution within the ranges.
    fn has_one_solution(&self, affine: &Affine) -> bool {
        if affine.terms.len() == 1 {
            return true;
        }
        let spans = affine.terms.iter().map(|(v, c)| Some((*c, self.ranges.of(*v)?.span())));
        spans.collect::<Option<Vec<_>>>().is_some_and(|spans| is_unique(&spans))
    }

    /// Flags of which every other value is refuted: a gate then gives a word a value outside its range.
    fn flags(&mut self) -> bool {
        let mut new = false;
        for active in self.recorded.active.iter() {
            let Source::Gate(gate) = active.source else { continue };
            let unknown: Vec<usize> =
                active.support.iter().filter(|v| !self.known[**v]).copied().collect();
            let [first, second] = unknown[..] else { continue };
            for (flag, word) in [(first, second), (second, first)] {
                let Some(domain) = self.ranges.domain(flag) else { continue };
                let possible =
                    |value: &&Fp| self.leaves_room(gate, active.row, (flag, **value), word);
                if !self.known[flag] && domain.iter().filter(possible).count() == 1 {
                    new |= self.learn([flag]);
                }
            }
        }
        new
    }

    /// Whether a gate in two unknowns holds for some value of the second within its range, given the first.
    fn leaves_room(
        &self,
        gate: usize,
        row: usize,
        (flag, value): (usize, Fp),
        word: usize,
    ) -> bool {
        let term = |q: Query| match self.term(q, row) {
            Term::Unknown(variable) if variable == flag => Term::Known(value),
            other => other,
        };
        let Some(affine) = self.recorded.system.gates[gate].affine(&term) else { return true };
        match affine.terms.get(&word) {
            None => affine.constant.is_zero_vartime(),
            Some(coefficient) => {
                let inverse = coefficient.invert().expect("zero coefficients are dropped");
                let solved = centered(-affine.constant * inverse);
                self.ranges.of(word).is_none_or(|range| range.contains(&solved))
            }
        }
    }

    /// Roots: `u = c - s^2` and `w = 2 s - u` with `s`, `u` and `w` not negative leave one `s`, the root of `c` rounded
    /// down, if the squares of its range do not wrap.
    fn roots(&mut self) -> bool {
        let mut new = false;
        for active in self.recorded.active.iter() {
            let Source::Gate(gate) = active.source else { continue };
            let unknown: Vec<usize> =
                active.support.iter().filter(|v| !self.known[**v]).copied().collect();
            if let [root] = unknown[..] {
                if self.is_only_square(gate, active.row, root) {
                    new |= self.learn([root]);
                }
                continue;
            }
            let [first, second] = unknown[..] else { continue };
            for (root, above) in [(first, second), (second, first)] {
                if self.is_square(gate, active.row, root, above) && self.has_room_below(root, above)
                {
                    new |= self.learn([root, above]);
                }
            }
        }
        new
    }

    /// Whether a gate says `s^2 = c` of its one unknown, up to a factor, which is not negative and whose squares do not wrap.
    /// Where `c` is found together with the `u` above, which has no differential beside a root of zero, this is left.
    fn is_only_square(&self, gate: usize, row: usize, root: usize) -> bool {
        let with = |value: u64| {
            let term = |q: Query| match self.term(q, row) {
                Term::Unknown(_) => Term::Known(Fp::from(value)),
                known => known,
            };
            Some(self.recorded.system.gates[gate].affine(&term)?.constant)
        };
        let Some(values) = (0..=DEGREE).map(with).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let step = values[0] - values[1];
        let is_square = !step.is_zero_vartime()
            && values.iter().zip(0..).all(|(value, s)| values[0] - value == step * Fp::from(s * s));
        let range = self.ranges.of(root);
        is_square
            && range.is_some_and(|of| of.lo >= BigInt::zero() && &of.hi * &of.hi * 2 < *modulus())
    }

    /// Whether a gate says `u + s^2 = c` of its two unknowns, up to a factor, and nothing in it wraps.
    fn is_square(&self, gate: usize, row: usize, root: usize, above: usize) -> bool {
        let with = |value: Fp| {
            let term = |q: Query| match self.term(q, row) {
                Term::Unknown(variable) if variable == root => Term::Known(value),
                other => other,
            };
            let affine = self.recorded.system.gates[gate].affine(&term)?;
            let factor = affine.terms.get(&above)?.invert().expect("zero coefficients are dropped");
            Some((affine.terms.len(), -affine.constant * factor))
        };
        // What `u` is for so many values of `s` that only `c - s^2` has them.
        let values = (0..=DEGREE).map(|s| with(Fp::from(s))).collect::<Option<Vec<_>>>();
        let Some(values) = values.filter(|of| of.iter().all(|(terms, _)| *terms == 1)) else {
            return false;
        };
        let zero = values[0].1;
        let falls = values.iter().zip(0..).all(|((_, u), s)| zero - u == Fp::from(s * s));
        let (Some(of_root), Some(of_above)) = (self.ranges.of(root), self.ranges.of(above)) else {
            return false;
        };
        let least = BigInt::zero();
        let reach = &of_root.hi * &of_root.hi + &of_above.hi + centered(zero).abs();
        falls && of_root.lo >= least && of_above.lo >= least && reach * 2 < *modulus()
    }

    /// Whether a gate says `w = 2 s - u` with a word that is not negative.
    fn has_room_below(&self, root: usize, above: usize) -> bool {
        self.recorded.active.iter().any(|active| {
            let Source::Gate(gate) = active.source else { return false };
            let affine = self.recorded.system.gates[gate].affine(&|q| self.term(q, active.row));
            let Some(affine) =
                affine.filter(|a| a.constant.is_zero_vartime() && a.terms.len() == 3)
            else {
                return false;
            };
            let (Some(of_root), Some(of_above)) =
                (affine.terms.get(&root), affine.terms.get(&above))
            else {
                return false;
            };
            let below = affine.terms.iter().find(|(v, _)| **v != root && **v != above);
            below.is_some_and(|(below, factor)| {
                let is_form = *of_above == *factor && *of_root == -factor.double();
                is_form && self.ranges.of(*below).is_some_and(|range| range.lo >= BigInt::zero())
            })
        })
    }

    /// Lookups whose known words and ranges leave one row.
    fn lookups(&mut self) -> bool {
        let mut new = false;
        for active in self.recorded.active.iter() {
            let Source::Lookup(lookup) = active.source else { continue };
            let inputs = &self.recorded.system.lookups[lookup].inputs;
            let done = self.learned.contains_key(&(lookup, active.row));
            if done || inputs.len() == 1 || active.support.iter().all(|v| self.known[*v]) {
                continue;
            }
            let forms: Vec<Option<Affine>> =
                inputs.iter().map(|e| e.affine(&|q| self.term(q, active.row))).collect();
            let candidates = self.candidates(lookup, &forms);
            let [row] = candidates[..] else { continue };
            let equations: Vec<Affine> = forms
                .into_iter()
                .zip(row)
                .filter_map(|(form, word)| {
                    let mut form = form.filter(|f| !f.terms.is_empty())?;
                    form.constant -= *word;
                    Some(form)
                })
                .collect();
            let solved: Vec<usize> = equations
                .iter()
                .filter(|e| self.has_one_solution(e))
                .flat_map(|e| e.terms.keys().copied())
                .collect();
            self.learned.insert((lookup, active.row), equations);
            self.learn(solved);
            new = true;
        }
        new
    }

    fn candidates(&self, lookup: usize, forms: &[Option<Affine>]) -> Vec<&Vec<Fp>> {
        let Some(Some(key)) =
            forms.first().filter(|f| f.as_ref().is_some_and(|f| f.terms.is_empty()))
        else {
            let rows = self.by_key[lookup].values().flatten().copied();
            return rows.filter(|row| self.possible(forms, row)).collect();
        };
        let rows = self.by_key[lookup].get(&crate::record::repr(&key.constant)[..]);
        rows.into_iter().flatten().copied().filter(|row| self.possible(forms, row)).collect()
    }

    /// Whether known words agree with the row and words of one unknown are within its range.
    fn possible(&self, forms: &[Option<Affine>], row: &[Fp]) -> bool {
        forms.iter().zip(row).all(|(form, word)| {
            let Some(form) = form else { return true };
            let rest = *word - form.constant;
            match form.terms.first_key_value() {
                None => rest.is_zero_vartime(),
                Some((variable, coefficient)) if form.terms.len() == 1 => {
                    let inverse = coefficient.invert().expect("zero coefficients are dropped");
                    let value = centered(rest * inverse);
                    self.ranges.of(*variable).is_none_or(|range| range.contains(&value))
                }
                Some(_) => self.can_be(form, *word),
            }
        })
    }

    /// Whether a form of several unknowns can be `word`, as far as their ranges say.
    fn can_be(&self, form: &Affine, word: Fp) -> bool {
        let mut ends = [centered(form.constant), centered(form.constant)];
        for (variable, coefficient) in &form.terms {
            let Some(range) = self.ranges.of(*variable) else { return true };
            let coefficient = centered(*coefficient);
            let (low, high) = (&coefficient * &range.lo, &coefficient * &range.hi);
            ends[0] += (&low).min(&high);
            ends[1] += low.max(high);
        }
        // Sums past the field's order could be anything.
        let wraps = ends.iter().any(|end| end.abs() * 2 >= *modulus());
        wraps || (ends[0] <= centered(word) && centered(word) <= ends[1])
    }

    /// The Jacobian of the active gates at the witness, by elimination.
    fn jacobian(&mut self) -> bool {
        let mut equations = Equations::default();
        let add = |equations: &mut Equations, terms: BTreeMap<usize, Fp>| {
            let row: BTreeMap<_, _> = terms.into_iter().filter(|(v, _)| !self.known[*v]).collect();
            equations.add(row);
        };
        for active in self.recorded.active.iter() {
            let Source::Gate(gate) = active.source else { continue };
            if active.support.iter().all(|v| self.known[*v]) {
                continue;
            }
            let gradient = self.recorded.system.gates[gate].gradient(&|q| {
                let value = self.recorded.value_at(q, active.row, &[]);
                let variable = self.recorded.variable_at(q, active.row);
                (value, variable.filter(|v| !self.known[*v]))
            });
            add(&mut equations, gradient.terms);
        }
        for learned in self.learned.values().flatten() {
            add(&mut equations, learned.terms.clone());
        }
        let determined: HashSet<usize> = equations.determined();
        self.learn(determined)
    }
}
