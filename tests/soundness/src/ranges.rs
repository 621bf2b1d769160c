//! Ranges that the constraints themselves prove, as intervals of integers.
//!
//! A field element stands for the integer of least magnitude that is congruent to it. Ranges come
//! from lookups (a bare cell is in the interval of its table column), from gates in one variable
//! with small roots (flags and codes), and from gates that give one variable as a polynomial in
//! variables that have ranges.

use crate::expression::{Affine, Expr, Query, Term};
use crate::record::{Active, Recorded, Source, repr};
use ff::Field;
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::One;
use pasta_curves::Fp;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Closed interval of integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Least value.
    pub lo: BigInt,
    /// Greatest value.
    pub hi: BigInt,
}

/// Order of the field.
pub(crate) fn modulus() -> &'static BigInt {
    static MODULUS: LazyLock<BigInt> = LazyLock::new(|| unsigned(-Fp::ONE) + 1);
    &MODULUS
}

fn unsigned(value: Fp) -> BigInt {
    BigInt::from_biguint(Sign::Plus, BigUint::from_bytes_le(&repr(&value)))
}

/// The integer of least magnitude.
pub(crate) fn centered(value: Fp) -> BigInt {
    static HALF: LazyLock<BigInt> = LazyLock::new(|| modulus() / 2);
    let value = unsigned(value);
    if value > *HALF { value - modulus() } else { value }
}

impl Interval {
    pub(crate) fn point(value: BigInt) -> Self {
        Self { lo: value.clone(), hi: value }
    }

    fn sum(self, other: Self) -> Self {
        Self { lo: self.lo + other.lo, hi: self.hi + other.hi }
    }

    fn product(self, other: Self) -> Self {
        let ends = [
            &self.lo * &other.lo,
            &self.lo * &other.hi,
            &self.hi * &other.lo,
            &self.hi * &other.hi,
        ];
        let [a, b, c, d] = &ends;
        Self { lo: a.min(b).min(c.min(d)).clone(), hi: a.max(b).max(c.max(d)).clone() }
    }

    fn hull(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// Number of integers inside, less one.
    pub(crate) fn span(&self) -> BigInt {
        &self.hi - &self.lo
    }

    pub(crate) fn contains(&self, value: &BigInt) -> bool {
        &self.lo <= value && value <= &self.hi
    }

    /// Whether every value is congruent to no other.
    fn fits(&self) -> bool {
        let modulus = modulus();
        &self.lo * 2 > -modulus && &self.hi * 2 < *modulus
    }
}

/// Least number of roots that a gate in one variable may have to give it a small domain.
const SMALL_ROOTS: u64 = 8;
/// Intervals wider than this are narrowed where gates allow it.
const WIDE_BITS: u64 = 45;
/// Most cases into which the small domains of one gate are taken apart.
const MAX_CASES: usize = 64;

/// Which rows of a table a lookup is thought to find.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// Those of a table of one column.
    OfLists,
    /// Those whose key the input can have.
    OfKey,
    /// Any.
    Any,
}

/// Ranges of variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges {
    intervals: HashMap<usize, Interval>,
    domains: HashMap<usize, Vec<Fp>>,
}

impl Ranges {
    /// Ranges of a recorded circuit; `assumed` are those that the verifier checks outside of it.
    pub fn new(recorded: &Recorded, assumed: &[(usize, Interval)]) -> Self {
        let mut ranges = Self::default();
        ranges.intervals.extend(assumed.iter().cloned());
        for (index, variable) in recorded.variables().iter().enumerate() {
            if variable.fixed {
                ranges.intervals.insert(index, Interval::point(centered(variable.value)));
                ranges.domains.insert(index, vec![variable.value]);
            }
        }
        ranges.learn_from_roots(recorded);
        // Rows of a key before rows of any key: they leave narrower ranges.
        ranges.learn_from_lookups(recorded, Rows::OfLists);
        loop {
            while ranges.learn_from_gates(recorded)
                || ranges.learn_from_lookups(recorded, Rows::OfKey)
                || ranges.learn_from_tuples(recorded)
            {}
            if !ranges.learn_from_lookups(recorded, Rows::Any) {
                break;
            }
        }
        // A wide variable can have been learned from another gate than the one that bounds it most.
        while ranges.narrow(recorded) {}
        ranges
    }

    pub fn of(&self, variable: usize) -> Option<&Interval> {
        self.intervals.get(&variable)
    }

    /// The only values of a variable, where a gate leaves few.
    pub fn domain(&self, variable: usize) -> Option<&[Fp]> {
        self.domains.get(&variable).map(Vec::as_slice)
    }

    fn term(recorded: &Recorded, q: Query, row: usize) -> Term {
        match recorded.variable_at(q, row) {
            Some(variable) => Term::Unknown(variable),
            None => Term::Known(recorded.fixed_value(q, row)),
        }
    }

    fn column_intervals(recorded: &Recorded) -> Vec<Vec<Interval>> {
        let columns = |table: &std::collections::BTreeSet<Vec<Fp>>| {
            let mut columns: Vec<Interval> = Vec::new();
            for tuple in table {
                for (i, word) in tuple.iter().enumerate() {
                    let point = Interval::point(centered(*word));
                    match columns.get_mut(i) {
                        Some(column) => *column = column.clone().hull(point),
                        None => columns.push(point),
                    }
                }
            }
            columns
        };
        recorded.tables.iter().map(columns).collect()
    }

    /// A tuple's input that is a bare variable is in the interval of its table column.
    fn learn_from_lookups(&mut self, recorded: &Recorded, rows: Rows) -> bool {
        let columns = Self::column_intervals(recorded);
        let mut found = false;
        for active in recorded.active.iter() {
            let Source::Lookup(lookup) = active.source else { continue };
            let inputs = &recorded.system.lookups[lookup].inputs;
            let is_list = inputs.len() == 1;
            if is_list != (rows == Rows::OfLists)
                || active.support.iter().all(|v| self.intervals.contains_key(v))
            {
                continue;
            }
            let at = |q: Query| Self::term(recorded, q, active.row);
            let key = if rows == Rows::OfKey {
                let Some(key) = inputs[0].affine(&at).and_then(|key| self.of_affine(&key)) else {
                    continue;
                };
                Some(key)
            } else {
                None
            };
            for (i, input) in inputs.iter().enumerate() {
                let Some(affine) = input.affine(&at) else { continue };
                if let (Some((variable, coefficient)), 1) =
                    (affine.terms.first_key_value(), affine.terms.len())
                    && *coefficient == Fp::ONE
                    && affine.constant.is_zero_vartime()
                    && !self.intervals.contains_key(variable)
                {
                    let interval = match &key {
                        None => columns[lookup].get(i).cloned(),
                        Some(key) => {
                            let of_key = |tuple: &&Vec<Fp>| key.contains(&centered(tuple[0]));
                            let rows = recorded.tables[lookup].iter().filter(of_key);
                            let points = rows.map(|tuple| Interval::point(centered(tuple[i])));
                            points.reduce(Interval::hull)
                        }
                    };
                    if let Some(interval) = interval {
                        self.intervals.insert(*variable, interval);
                        found = true;
                    }
                }
            }
        }
        found
    }

    /// Interval of an affine form of variables with ranges.
    fn of_affine(&self, form: &Affine) -> Option<Interval> {
        form.terms.iter().try_fold(Interval::point(centered(form.constant)), |sum, (v, c)| {
            let by = Interval::point(centered(*c));
            Some(sum.sum(self.of(*v)?.clone().product(by)))
        })
    }

    /// An input with one variable that has no range yet: the column's interval less the rest.
    fn learn_from_tuples(&mut self, recorded: &Recorded) -> bool {
        let columns = Self::column_intervals(recorded);
        let mut found = false;
        for active in recorded.active.iter() {
            let Source::Lookup(lookup) = active.source else { continue };
            if active.support.iter().all(|v| self.intervals.contains_key(v)) {
                continue;
            }
            let at = |q: Query| Self::term(recorded, q, active.row);
            for (i, input) in recorded.system.lookups[lookup].inputs.iter().enumerate() {
                let Some(mut affine) = input.affine(&at) else { continue };
                let unknown: Vec<usize> = affine
                    .terms
                    .keys()
                    .filter(|v| !self.intervals.contains_key(v))
                    .copied()
                    .collect();
                let [variable] = unknown[..] else { continue };
                // A bare variable is left to the rows of its key.
                if affine.terms.len() == 1 || affine.terms.remove(&variable) != Some(Fp::ONE) {
                    continue;
                }
                let mut rest = Interval::point(-centered(affine.constant));
                for (other, coefficient) in &affine.terms {
                    let by = Interval::point(-centered(*coefficient));
                    rest = rest.sum(self.intervals[other].clone().product(by));
                }
                let interval = columns[lookup][i].clone().sum(rest);
                if interval.fits() {
                    self.intervals.insert(variable, interval);
                    found = true;
                }
            }
        }
        found
    }

    /// A gate of degree d in one variable that d small integers satisfy has no other solution.
    fn learn_from_roots(&mut self, recorded: &Recorded) {
        for active in recorded.active.iter() {
            let (Source::Gate(gate), [variable]) = (active.source, &active.support[..]) else {
                continue;
            };
            let expression = &recorded.system.gates[gate];
            let at = |value: Fp| {
                expression.value(&|q: Query| match recorded.variable_at(q, active.row) {
                    Some(_) => value,
                    None => recorded.fixed_value(q, active.row),
                })
            };
            let roots: Vec<Fp> =
                (0..SMALL_ROOTS).map(Fp::from).filter(|x| at(*x).is_zero_vartime()).collect();
            let degree = degree(expression, &|q| Self::term(recorded, q, active.row));
            if !roots.is_empty() && roots.len() == degree {
                let ends = roots.iter().map(|r| Interval::point(centered(*r)));
                let hull = ends.reduce(Interval::hull).expect("not empty");
                self.intervals.insert(*variable, hull);
                self.domains.insert(*variable, roots);
            }
        }
    }

    /// Gates that give a variable as a polynomial in variables with ranges.
    fn learn_from_gates(&mut self, recorded: &Recorded) -> bool {
        let mut found = false;
        for active in recorded.active.iter() {
            let Source::Gate(gate) = active.source else { continue };
            let unknown: Vec<usize> = active
                .support
                .iter()
                .filter(|v| !self.intervals.contains_key(v))
                .copied()
                .collect();
            let [variable] = unknown[..] else { continue };
            if let Some(interval) = self.solve(recorded, active, gate, variable)
                && interval.fits()
            {
                self.intervals.insert(variable, interval);
                found = true;
            }
        }
        found
    }

    /// Replaces wide intervals by narrower ones that gates give.
    fn narrow(&mut self, recorded: &Recorded) -> bool {
        let mut found = false;
        for active in recorded.active.iter() {
            let Source::Gate(gate) = active.source else { continue };
            for variable in &active.support {
                let is_wide = |i: &&Interval| i.span().bits() > WIDE_BITS;
                let Some(now) = self.of(*variable).filter(is_wide).cloned() else { continue };
                let narrower = self.solve(recorded, active, gate, *variable);
                if let Some(narrower) = narrower
                    && narrower.span() < now.span()
                {
                    self.intervals.insert(*variable, narrower);
                    found = true;
                }
            }
        }
        found
    }

    /// Interval of a variable that a gate gives as `coefficient * variable + rest = 0` with a
    /// coefficient of one or minus one, whatever the flags.
    pub fn solve(
        &self,
        recorded: &Recorded,
        active: &Active,
        gate: usize,
        variable: usize,
    ) -> Option<Interval> {
        let expression = &recorded.system.gates[gate];
        let mut all: Option<Interval> = None;
        for case in self.cases(active, Some(variable))? {
            let eval = |value: Option<Fp>| {
                self.interval(expression, recorded, active.row, &case, value.map(|v| (variable, v)))
            };
            let (zero, one) = (eval(Some(Fp::ZERO))?, eval(Some(Fp::ONE))?);
            // Affine with a constant coefficient moves both ends by the same step.
            let step = &one.lo - &zero.lo;
            if &one.hi - &zero.hi != step {
                return None;
            }
            let (unit, lo, hi) = (step, zero.lo, zero.hi);
            let interval = if unit == BigInt::one() {
                Interval { lo: -hi, hi: -lo }
            } else if unit == -BigInt::one() {
                Interval { lo, hi }
            } else {
                return None;
            };
            all = Some(match all {
                Some(all) => all.hull(interval),
                None => interval,
            });
        }
        all
    }

    /// Interval of a whole gate; `None` where a variable has no range.
    pub fn of_gate(&self, recorded: &Recorded, active: &Active, gate: usize) -> Option<Interval> {
        let expression = &recorded.system.gates[gate];
        self.cases(active, None)?
            .iter()
            .map(|case| self.interval(expression, recorded, active.row, case, None))
            .reduce(|all, next| Some(all?.hull(next?)))?
    }

    /// All assignments of the small domains in a gate's support.
    fn cases(&self, active: &Active, except: Option<usize>) -> Option<Vec<HashMap<usize, Fp>>> {
        let mut cases = vec![HashMap::new()];
        for variable in active.support.iter().filter(|v| Some(**v) != except) {
            if let Some(domain) = self.domains.get(variable) {
                cases = cases
                    .into_iter()
                    .flat_map(|case| {
                        domain.iter().map(move |value| {
                            let mut case = case.clone();
                            case.insert(*variable, *value);
                            case
                        })
                    })
                    .collect();
            }
            if cases.len() > MAX_CASES {
                return None;
            }
        }
        Some(cases)
    }

    fn interval(
        &self,
        expression: &Expr,
        recorded: &Recorded,
        row: usize,
        case: &HashMap<usize, Fp>,
        given: Option<(usize, Fp)>,
    ) -> Option<Interval> {
        let at = |q: Query| match recorded.variable_at(q, row) {
            None => Point::Constant(recorded.fixed_value(q, row)),
            Some(variable) => match (given, case.get(&variable), self.intervals.get(&variable)) {
                (Some((this, value)), _, _) if this == variable => Point::Constant(value),
                (_, Some(value), _) => Point::Constant(*value),
                (_, None, Some(interval)) => Point::Range(interval.clone()),
                (_, None, None) => Point::Anything,
            },
        };
        match eval(expression, &at, gate_scale(expression, recorded, row)) {
            Point::Constant(value) => Some(Interval::point(centered(value))),
            Point::Range(interval) => Some(interval),
            Point::Anything => None,
        }
    }
}

/// Inverse of the product of a gate's fixed factors: compressed selectors scale a gate.
fn gate_scale(expression: &Expr, recorded: &Recorded, row: usize) -> Fp {
    let Expr::Product(left, right) = expression else { return Fp::ONE };
    let fixed =
        |e: &Expr| e.affine(&|q| Ranges::term(recorded, q, row)).filter(|a| a.terms.is_empty());
    match (fixed(left), fixed(right)) {
        (Some(scale), _) | (_, Some(scale)) => {
            Option::<Fp>::from(scale.constant.invert()).unwrap_or(Fp::ONE)
        }
        _ => Fp::ONE,
    }
}

enum Point {
    Constant(Fp),
    Range(Interval),
    Anything,
}

impl Point {
    fn interval(self) -> Option<Interval> {
        match self {
            Point::Constant(value) => Some(Interval::point(centered(value))),
            Point::Range(interval) => Some(interval),
            Point::Anything => None,
        }
    }
}

/// Interval arithmetic that keeps constants in the field, where fractions cancel.
fn eval(expression: &Expr, at: &impl Fn(Query) -> Point, scale: Fp) -> Point {
    if let Expr::Product(left, right) = expression
        && scale != Fp::ONE
    {
        // The fixed factor and its inverse cancel before any range is taken.
        return match (inner(left, at), inner(right, at)) {
            (Point::Constant(c), other) | (other, Point::Constant(c)) => {
                product(Point::Constant(c * scale), other)
            }
            (left, right) => product(left, right),
        };
    }
    inner(expression, at)
}

fn product(left: Point, right: Point) -> Point {
    match (left, right) {
        (Point::Constant(a), Point::Constant(b)) => Point::Constant(a * b),
        (Point::Constant(a), _) | (_, Point::Constant(a)) if a.is_zero_vartime() => {
            Point::Constant(a)
        }
        (left, right) => match (left.interval(), right.interval()) {
            (Some(left), Some(right)) => Point::Range(left.product(right)),
            _ => Point::Anything,
        },
    }
}

fn inner(expression: &Expr, at: &impl Fn(Query) -> Point) -> Point {
    match expression {
        Expr::Constant(c) => Point::Constant(*c),
        Expr::Query(q) => at(*q),
        Expr::Negated(a) => product(Point::Constant(-Fp::ONE), inner(a, at)),
        Expr::Scaled(a, c) => product(Point::Constant(*c), inner(a, at)),
        Expr::Product(a, b) => product(inner(a, at), inner(b, at)),
        Expr::Sum(a, b) => match (inner(a, at), inner(b, at)) {
            (Point::Constant(a), Point::Constant(b)) => Point::Constant(a + b),
            (a, b) => match (a.interval(), b.interval()) {
                (Some(a), Some(b)) => Point::Range(a.sum(b)),
                _ => Point::Anything,
            },
        },
    }
}

/// Degree in the unknowns.
fn degree(expression: &Expr, at: &impl Fn(Query) -> Term) -> usize {
    match expression {
        Expr::Constant(_) => 0,
        Expr::Query(q) => usize::from(matches!(at(*q), Term::Unknown(_))),
        Expr::Negated(a) | Expr::Scaled(a, _) => degree(a, at),
        Expr::Sum(a, b) => degree(a, at).max(degree(b, at)),
        Expr::Product(a, b) => degree(a, at) + degree(b, at),
    }
}
