//! The largest of several numbers: a chain of products that ends as zero has a factor that is zero. Where each factor is
//! not negative and is affine in one unknown, the unknown is a value at which one of them is zero and no other is negative.

use super::Search;
use crate::expression::{Affine, Query, Term};
use crate::ranges::centered;
use crate::record::{Active, Source};
use ff::Field;
use pasta_curves::Fp;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Both factors of each product, by its variable.
type Products = HashMap<usize, Vec<usize>>;

impl Search<'_> {
    /// Learns unknowns that are the largest of several numbers.
    pub(super) fn largest(&mut self) -> bool {
        let products = self.products();
        let variables = self.recorded.variables();
        let is_zero = |v: &&usize| variables[**v].fixed && variables[**v].value.is_zero_vartime();
        let of_end = |end: &usize| {
            let mut factors = factors(&products, *end);
            // The constant with which the product begins.
            factors.retain(|v| !variables[*v].fixed || variables[*v].value.is_zero_vartime());
            self.only_largest(&factors)
        };
        let found: Vec<usize> = products.keys().filter(is_zero).filter_map(of_end).collect();
        self.learn(found)
    }

    /// The unknown of which all factors are affine, if ranges leave one value at which one of them is zero.
    fn only_largest(&self, factors: &BTreeSet<usize>) -> Option<usize> {
        let forms: Vec<_> = factors.iter().map(|f| self.form_of(*f)).collect::<Option<_>>()?;
        let unknown = forms.first()?.unknown;
        if forms.iter().any(|form| form.unknown != unknown) {
            return None;
        }
        let holds = |x: Fp| {
            factors.iter().zip(&forms).all(|(factor, form)| {
                let value = centered(form.at(x));
                self.ranges.of(*factor).is_some_and(|range| range.contains(&value))
            })
        };
        let values: HashSet<[u8; 32]> = forms
            .iter()
            .map(Form::zero)
            .filter(|x| holds(*x))
            .map(|x| crate::record::repr(&x))
            .collect();
        (values.len() == 1).then_some(unknown)
    }

    /// A factor as an affine form of one unknown.
    fn form_of(&self, factor: usize) -> Option<Form> {
        self.recorded.active.iter().filter(|active| active.support.contains(&factor)).find_map(
            |active| {
                let Source::Gate(gate) = active.source else { return None };
                let term = |q: Query| match self.term(q, active.row) {
                    Term::Known(_) if self.recorded.variable_at(q, active.row) == Some(factor) => {
                        Term::Unknown(factor)
                    }
                    other => other,
                };
                let affine = self.recorded.system.gates[gate].affine(&term)?;
                let mut others = affine.terms.iter().filter(|(v, _)| **v != factor);
                let ((unknown, slope), None) = (others.next()?, others.next()) else {
                    return None;
                };
                let inverse = -affine.terms.get(&factor)?.invert().expect("not zero");
                let (slope, constant) = (*slope * inverse, affine.constant * inverse);
                Some(Form { unknown: *unknown, slope, constant })
            },
        )
    }

    /// Gates `p s - z = 0`.
    fn products(&self) -> Products {
        let mut products = Products::new();
        for active in self.recorded.active.iter() {
            let (Source::Gate(gate), [_, _, _]) = (active.source, &active.support[..]) else {
                continue;
            };
            for z in &active.support {
                let rest: Vec<_> = active.support.iter().filter(|v| *v != z).copied().collect();
                if self.is_product(active, gate, [rest[0], rest[1], *z]) {
                    products.insert(*z, rest);
                }
            }
        }
        products
    }

    fn is_product(&self, active: &Active, gate: usize, [p, s, z]: [usize; 3]) -> bool {
        let with = |value: Fp| -> Option<Affine> {
            let term = |q: Query| match self.recorded.variable_at(q, active.row) {
                Some(variable) if variable == p => Term::Known(value),
                Some(variable) => Term::Unknown(variable),
                None => Term::Known(self.recorded.fixed_value(q, active.row)),
            };
            let affine = self.recorded.system.gates[gate].affine(&term)?;
            affine.constant.is_zero_vartime().then_some(affine)
        };
        let [Some(zero), Some(one), Some(two)] = [0, 1, 2].map(|x| with(Fp::from(x))) else {
            return false;
        };
        let of = |affine: &Affine, v: usize| affine.terms.get(&v).copied().unwrap_or(Fp::ZERO);
        let c = of(&zero, z);
        !c.is_zero_vartime()
            && of(&zero, s).is_zero_vartime()
            && [&one, &two].iter().all(|affine| of(affine, z) == c)
            && !of(&one, s).is_zero_vartime()
            && of(&two, s) == of(&one, s).double()
    }
}

/// `slope * unknown + constant`.
struct Form {
    unknown: usize,
    slope: Fp,
    constant: Fp,
}

impl Form {
    fn at(&self, x: Fp) -> Fp {
        self.slope * x + self.constant
    }

    /// Where the form is zero.
    fn zero(&self) -> Fp {
        -self.constant * self.slope.invert().expect("not zero")
    }
}

/// The factors that a product is made of.
fn factors(products: &Products, end: usize) -> BTreeSet<usize> {
    let (mut leaves, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![end];
    while let Some(variable) = open.pop() {
        if !seen.insert(variable) {
            continue;
        }
        match products.get(&variable) {
            Some(parts) => open.extend(parts),
            None => {
                leaves.insert(variable);
            }
        }
    }
    leaves
}
