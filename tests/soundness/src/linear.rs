//! Sparse elimination: which variables a set of linear equations leaves free.

use ff::Field;
use pasta_curves::Fp;
use std::collections::{BTreeMap, HashSet};

type Row = BTreeMap<usize, Fp>;

/// Homogeneous linear equations in echelon form: every row begins with its largest variable.
#[derive(Default)]
pub(crate) struct Equations {
    pivots: BTreeMap<usize, Row>,
}

fn add(row: &mut Row, other: &Row, by: Fp) {
    for (variable, coefficient) in other {
        let sum = row.entry(*variable).or_insert(Fp::ZERO);
        *sum += *coefficient * by;
        if sum.is_zero_vartime() {
            row.remove(variable);
        }
    }
}

impl Equations {
    /// Adds `sum of coefficient * variable = 0`.
    pub fn add(&mut self, mut row: Row) {
        while let Some((largest, coefficient)) = row.last_key_value().map(|(v, c)| (*v, *c)) {
            match self.pivots.get(&largest) {
                Some(pivot) => add(&mut row, pivot, -coefficient),
                None => {
                    let inverse = coefficient.invert().expect("zero coefficients are dropped");
                    row.values_mut().for_each(|c| *c *= inverse);
                    self.pivots.insert(largest, row);
                    return;
                }
            }
        }
    }

    /// Variables whose only solution is zero.
    pub fn determined(self) -> HashSet<usize> {
        let mut in_free: BTreeMap<usize, Row> = BTreeMap::new();
        let mut determined = HashSet::new();
        for (variable, row) in self.pivots {
            let mut sum = Row::new();
            for (other, coefficient) in row.range(..variable) {
                match in_free.get(other) {
                    Some(expression) => add(&mut sum, expression, -*coefficient),
                    None => add(&mut sum, &Row::from([(*other, Fp::ONE)]), -*coefficient),
                }
            }
            if sum.is_empty() {
                determined.insert(variable);
            }
            in_free.insert(variable, sum);
        }
        determined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(terms: &[(usize, i64)]) -> Row {
        let value = |c: i64| if c < 0 { -Fp::from(c.unsigned_abs()) } else { Fp::from(c as u64) };
        terms.iter().map(|(v, c)| (*v, value(*c))).collect()
    }

    #[test]
    fn what_is_free_and_what_is_not() {
        let mut equations = Equations::default();
        equations.add(row(&[(0, 1), (1, 1)]));
        equations.add(row(&[(0, 1), (1, -1)]));
        equations.add(row(&[(2, 1), (3, 5)]));
        equations.add(row(&[(2, 2), (3, 10)]));
        equations.add(row(&[(4, 3), (0, 1)]));
        assert_eq!(equations.determined(), HashSet::from([0, 1, 4]));
    }
}
