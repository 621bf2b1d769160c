//! Gate and lookup expressions, read from the exported constraint system.

use ff::{Field, PrimeField};
use pasta_curves::Fp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use crate::record::Kind;

/// A column at a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub kind: Kind,
    pub column: usize,
    pub rotation: i64,
}

/// A polynomial over queries.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Constant(Fp),
    Query(Query),
    Negated(Box<Expr>),
    Sum(Box<Expr>, Box<Expr>),
    Product(Box<Expr>, Box<Expr>),
    Scaled(Box<Expr>, Fp),
}

/// A lookup: input expressions against fixed columns.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    pub inputs: Vec<Expr>,
    pub tables: Vec<Expr>,
}

/// Gates and lookups after selector compression.
#[derive(Clone, Debug)]
pub(crate) struct System {
    pub gates: Vec<Expr>,
    pub lookups: Vec<Lookup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exported {
    advice_query_layout: Vec<(usize, i64)>,
    fixed_query_layout: Vec<(usize, i64)>,
    instance_query_layout: Vec<(usize, i64)>,
    gates: Vec<Value>,
    lookups: Vec<ExportedLookup>,
}

#[derive(Deserialize)]
struct ExportedLookup {
    inputs: Vec<Value>,
    tables: Vec<Value>,
}

fn field(value: &Value) -> Fp {
    Fp::from_str_vartime(value.as_str().expect("a field element is a string")).expect("decimal")
}

impl Exported {
    fn query(&self, kind: Kind, index: &Value) -> Expr {
        let layout = match kind {
            Kind::Advice => &self.advice_query_layout,
            Kind::Fixed => &self.fixed_query_layout,
            Kind::Instance => &self.instance_query_layout,
        };
        let (column, rotation) = layout[index.as_u64().expect("query index") as usize];
        Expr::Query(Query { kind, column, rotation })
    }

    fn expression(&self, value: &Value) -> Expr {
        let boxed = |value| Box::new(self.expression(value));
        match value[0].as_str().expect("operator") {
            "c" => Expr::Constant(field(&value[1])),
            "f" => self.query(Kind::Fixed, &value[1]),
            "a" => self.query(Kind::Advice, &value[1]),
            "i" => self.query(Kind::Instance, &value[1]),
            "neg" => Expr::Negated(boxed(&value[1])),
            "+" => Expr::Sum(boxed(&value[1]), boxed(&value[2])),
            "*" => Expr::Product(boxed(&value[1]), boxed(&value[2])),
            "s" => Expr::Scaled(boxed(&value[1]), field(&value[2])),
            other => panic!("operator {other}"),
        }
    }
}

impl System {
    pub fn from_json(json: &str) -> Self {
        let exported: Exported = serde_json::from_str(json).expect("exported constraint system");
        let all = |list: &[Value]| list.iter().map(|e| exported.expression(e)).collect::<Vec<_>>();
        Self {
            gates: all(&exported.gates),
            lookups: exported
                .lookups
                .iter()
                .map(|l| Lookup { inputs: all(&l.inputs), tables: all(&l.tables) })
                .collect(),
        }
    }
}

/// `constant + sum of coefficient * variable`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Affine {
    pub constant: Fp,
    pub terms: BTreeMap<usize, Fp>,
}

impl Affine {
    fn known(constant: Fp) -> Self {
        Self { constant, terms: BTreeMap::new() }
    }

    fn scale(mut self, by: Fp) -> Self {
        if by.is_zero_vartime() {
            return Self::default();
        }
        self.constant *= by;
        self.terms.values_mut().for_each(|c| *c *= by);
        self
    }

    fn add(mut self, other: Self) -> Self {
        self.constant += other.constant;
        for (variable, coefficient) in other.terms {
            *self.terms.entry(variable).or_insert(Fp::ZERO) += coefficient;
        }
        self.terms.retain(|_, c| !c.is_zero_vartime());
        self
    }
}

/// What a query stands for.
pub(crate) enum Term {
    Known(Fp),
    Unknown(usize),
}

impl Expr {
    pub fn value(&self, at: &impl Fn(Query) -> Fp) -> Fp {
        match self {
            Expr::Constant(c) => *c,
            Expr::Query(q) => at(*q),
            Expr::Negated(a) => -a.value(at),
            Expr::Sum(a, b) => a.value(at) + b.value(at),
            Expr::Product(a, b) => {
                let a = a.value(at);
                if a.is_zero_vartime() { a } else { a * b.value(at) }
            }
            Expr::Scaled(a, c) => a.value(at) * c,
        }
    }

    /// The expression as an affine form in the unknowns; `None` where it is not affine.
    pub fn affine(&self, at: &impl Fn(Query) -> Term) -> Option<Affine> {
        Some(match self {
            Expr::Constant(c) => Affine::known(*c),
            Expr::Query(q) => match at(*q) {
                Term::Known(value) => Affine::known(value),
                Term::Unknown(variable) => {
                    Affine { constant: Fp::ZERO, terms: BTreeMap::from([(variable, Fp::ONE)]) }
                }
            },
            Expr::Negated(a) => a.affine(at)?.scale(-Fp::ONE),
            Expr::Sum(a, b) => a.affine(at)?.add(b.affine(at)?),
            Expr::Scaled(a, c) => a.affine(at)?.scale(*c),
            Expr::Product(a, b) => match a.affine(at) {
                Some(a) if a == Affine::default() => a,
                Some(a) if a.terms.is_empty() => b.affine(at)?.scale(a.constant),
                a => {
                    let b = b.affine(at)?;
                    if b == Affine::default() {
                        b
                    } else if b.terms.is_empty() {
                        a?.scale(b.constant)
                    } else {
                        return None;
                    }
                }
            },
        })
    }

    /// Value, and the derivative by every unknown, at the point where `value` holds.
    pub fn gradient(&self, at: &impl Fn(Query) -> (Fp, Option<usize>)) -> Affine {
        match self {
            Expr::Constant(c) => Affine::known(*c),
            Expr::Query(q) => {
                let (value, variable) = at(*q);
                let terms = variable.map(|v| (v, Fp::ONE)).into_iter().collect();
                Affine { constant: value, terms }
            }
            Expr::Negated(a) => a.gradient(at).scale(-Fp::ONE),
            Expr::Sum(a, b) => a.gradient(at).add(b.gradient(at)),
            Expr::Scaled(a, c) => a.gradient(at).scale(*c),
            Expr::Product(a, b) => {
                let a = a.gradient(at);
                if a == Affine::default() {
                    return a;
                }
                let b = b.gradient(at);
                let value = a.constant * b.constant;
                let (by_a, by_b) = (a.constant, b.constant);
                let mut sum = a.scale(by_b).add(b.scale(by_a));
                sum.constant = value;
                sum
            }
        }
    }

    /// Variables that the expression depends on, where fixed factors are not zero.
    pub fn support(&self, at: &impl Fn(Query) -> Term, into: &mut Vec<usize>) {
        match self {
            Expr::Constant(_) => (),
            Expr::Query(q) => {
                if let Term::Unknown(variable) = at(*q) {
                    into.push(variable);
                }
            }
            Expr::Negated(a) | Expr::Scaled(a, _) => a.support(at, into),
            Expr::Sum(a, b) => {
                a.support(at, into);
                b.support(at, into);
            }
            Expr::Product(a, b) => {
                let zero = |e: &Expr| e.affine(at).is_some_and(|a| a == Affine::default());
                if !zero(a) && !zero(b) {
                    a.support(at, into);
                    b.support(at, into);
                }
            }
        }
    }
}
