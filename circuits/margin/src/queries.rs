//! Which commitments a proof opens, and on which rows, read from the key it is checked with.
//!
//! The proof system does not expose its queries, but its debug text of a key lists them. A key's identity is the hash
//! of that text, so the text cannot change its form unless every key changes; if it does, reading it is an error.
//! Queries are in the order of the proof system's verifier; see its book's page on [multipoint
//! openings](https://zcash.github.io/halo2/design/proving-system/multipoint-opening.html).

use std::collections::BTreeSet;
use std::ops::Range;
use zkmargin_gadgets::halo2::{EqAffine, VerifyingKey};
use zkmargin_model::circuit::K;

/// The key's text has a form other than the one known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key's text has no {0} of the known form")]
pub struct UnknownForm(&'static str);

/// A query of a column on a row relative to the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Query {
    column: usize,
    row: i32,
}

/// What a constraint system says about openings.
#[derive(Debug, PartialEq, Eq)]
struct System {
    advice_columns: usize,
    instance: Vec<Query>,
    advice: Vec<Query>,
    fixed: Vec<Query>,
    permutation_columns: usize,
    lookups: usize,
}

/// The text between two others, the first of which occurs exactly once.
fn between<'a>(text: &'a str, begin: &'static str, end: &str) -> Result<&'a str, UnknownForm> {
    let mut parts = text.split(begin);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(rest), None) => rest.split_once(end).map(|(found, _)| found),
        _ => None,
    }
    .ok_or(UnknownForm(begin))
}

/// `(Column { index: 5, column_type: Advice }, Rotation(0)), ...`
fn queries(mut list: &str, kind: &str) -> Option<Vec<Query>> {
    let mut queries = Vec::new();
    while !list.is_empty() {
        let (column, rest) =
            list.strip_prefix("(Column { index: ")?.split_once(", column_type: ")?;
        let rest = rest.strip_prefix(kind)?.strip_prefix(" }, Rotation(")?;
        let (row, rest) = rest.split_once("))")?;
        queries.push(Query { column: column.parse().ok()?, row: row.parse().ok()? });
        list = rest.strip_prefix(", ").unwrap_or(rest);
    }
    Some(queries)
}

impl System {
    /// Reads the debug text of a key.
    fn of(text: &str) -> Result<Self, UnknownForm> {
        let columns = "num_advice_columns: ";
        let advice_columns = between(text, columns, ",")?;
        let list = |begin, kind| {
            let list = between(text, begin, "]")?;
            queries(list, kind).ok_or(UnknownForm(begin))
        };
        let permutation = between(text, "permutation: Argument { columns: [", "]")?;
        let lookups = between(text, "}, lookups: [", "constants: [")?;
        Ok(Self {
            advice_columns: advice_columns.parse().map_err(|_| UnknownForm(columns))?,
            instance: list("instance_queries: [", "Instance")?,
            advice: list("advice_queries: [", "Advice")?,
            fixed: list("fixed_queries: [", "Fixed")?,
            permutation_columns: permutation.matches("Column { index: ").count(),
            lookups: lookups.matches("Argument { input_expressions: [").count(),
        })
    }
}

/// A row on which commitments are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    /// Relative to the current one.
    At(i32),
    /// The last usable one.
    Last,
}

const PREVIOUS: Row = Row::At(-1);
const PRESENT: Row = Row::At(0);
const NEXT: Row = Row::At(1);

/// Commitments in the order of their first query, each with its rows.
#[derive(Default)]
struct Opened(Vec<(BTreeSet<Row>, Option<usize>)>);

impl Opened {
    fn push(&mut self, rows: impl IntoIterator<Item = Row>, place: Option<usize>) {
        self.0.push((rows.into_iter().collect(), place));
    }

    /// Columns in the order of their first query.
    fn push_columns(&mut self, queries: &[Query], place: impl Fn(usize) -> Option<usize>) {
        let mut columns: Vec<usize> = Vec::new();
        for query in queries {
            if !columns.contains(&query.column) {
                columns.push(query.column);
            }
        }
        for column in columns {
            let of_column = queries.iter().filter(|query| query.column == column);
            self.push(of_column.map(|query| Row::At(query.row)), place(column));
        }
    }
}

/// A commitment that proofs open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Number of the set of commitments that are opened on the same rows.
    pub(crate) set: usize,
    /// Place of the point in the transcript, the public inputs' first; `None` for a point of the key.
    pub(crate) place: Option<usize>,
}

/// What the proofs of one key open.
#[derive(Debug)]
pub(crate) struct Openings {
    /// In the order of the first query of each.
    #[cfg_attr(not(feature = "multicore"), expect(dead_code, reason = "only batches fold"))]
    pub(crate) opened: Vec<Opening>,
    /// Number of sets, which are numbered in order of first occurrence.
    #[cfg_attr(not(feature = "multicore"), expect(dead_code, reason = "only batches fold"))]
    pub(crate) sets: usize,
    /// Places of the pieces of the quotient. The first stands for all of them among the opened.
    #[cfg_attr(not(feature = "multicore"), expect(dead_code, reason = "only batches fold"))]
    pub(crate) quotient: Range<usize>,
    /// Points and scalars in a proof before the last argument's rounds.
    elements: usize,
}

impl Openings {
    /// Reads a key.
    pub(crate) fn of(key: &VerifyingKey<EqAffine>) -> Result<Self, UnknownForm> {
        let system = System::of(&format!("{:?}", key.pinned()))?;
        Ok(Self::new(&system, key.get_domain().get_quotient_poly_degree()))
    }

    /// The openings of a system whose quotient has `pieces` pieces.
    fn new(system: &System, pieces: usize) -> Self {
        // A product has one factor per column and two more, and its degree is one more than there are
        // pieces.
        let products = system.permutation_columns.div_ceil((pieces - 1).max(1));
        // Points in the order of the transcript.
        let advice = 1;
        let permuted = advice + system.advice_columns;
        let permutation_products = permuted + 2 * system.lookups;
        let lookup_products = permutation_products + products;
        let random = lookup_products + system.lookups;
        let quotient = random + 1..random + 1 + pieces;

        let mut opened = Opened::default();
        opened.push_columns(&system.instance, Some);
        opened.push_columns(&system.advice, |column| Some(advice + column));
        for product in 0..products {
            let last = (product + 1 < products).then_some(Row::Last);
            let rows = [PRESENT, NEXT].into_iter().chain(last);
            opened.push(rows, Some(permutation_products + product));
        }
        for lookup in 0..system.lookups {
            let input = permuted + 2 * lookup;
            opened.push([PRESENT, NEXT], Some(lookup_products + lookup));
            opened.push([PREVIOUS, PRESENT], Some(input));
            opened.push([PRESENT], Some(input + 1));
        }
        opened.push_columns(&system.fixed, |_| None);
        for _ in 0..system.permutation_columns {
            opened.push([PRESENT], None);
        }
        opened.push([PRESENT], Some(quotient.start));
        opened.push([PRESENT], Some(random));

        let mut sets: Vec<BTreeSet<Row>> = Vec::new();
        let opened = opened.0.into_iter().map(|(rows, place)| {
            let set = sets.iter().position(|set| *set == rows).unwrap_or_else(|| {
                sets.push(rows);
                sets.len() - 1
            });
            Opening { set, place }
        });
        let opened = opened.collect();
        let evaluations = [&system.instance, &system.advice, &system.fixed].map(Vec::len);
        let evaluations = evaluations.into_iter().sum::<usize>()
            + 1
            + system.permutation_columns
            + (3 * products).saturating_sub(1)
            + 5 * system.lookups;
        // All points but the public inputs' commitment; the two of the multipoint opening and of the last argument's
        // blinding; an evaluation per set; and the last argument's two scalars.
        let elements = quotient.end - 1 + evaluations + 2 + sets.len() + 2;
        Self { opened, sets: sets.len(), quotient, elements }
    }

    /// Bytes of a proof of a circuit with `2^k` rows: two points for each round of the last argument, and all else.
    pub(crate) fn proof_len(&self, k: K) -> usize {
        32 * (self.elements + 2 * k.get() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a key's text that are read, in order.
    const TEXT: &str = "num_fixed_columns: 2, num_advice_columns: 3, num_instance_columns: 1, \
        gates: [Advice { query_index: 0, column_index: 2, rotation: Rotation(0) }], \
        advice_queries: [(Column { index: 2, column_type: Advice }, Rotation(0)), \
        (Column { index: 0, column_type: Advice }, Rotation(-1)), \
        (Column { index: 2, column_type: Advice }, Rotation(1))], \
        instance_queries: [(Column { index: 0, column_type: Instance }, Rotation(0))], \
        fixed_queries: [], permutation: Argument { columns: [Column { index: 0, column_type: \
        Instance }, Column { index: 2, column_type: Advice }] }, lookups: [Argument { \
        input_expressions: [Constant(0x01)], table_expressions: [Constant(0x02)] }], constants: \
        [Column { index: 1, column_type: Fixed }], minimum_degree: None";

    #[test]
    fn queries_are_read() {
        let query = |column, row| Query { column, row };
        let expected = System {
            advice_columns: 3,
            instance: vec![query(0, 0)],
            advice: vec![query(2, 0), query(0, -1), query(2, 1)],
            fixed: vec![],
            permutation_columns: 2,
            lookups: 1,
        };
        assert_eq!(System::of(TEXT), Ok(expected));
    }

    #[test]
    fn text_of_another_form_is_an_error() {
        for (this, other) in [
            ("num_advice_columns", "advice_columns"),
            ("advice_queries: [", "advice_queries: {"),
            ("fixed_queries: []", "fixed_queries: [], fixed_queries: []"),
            ("index: 2, column_type: Advice }, Rotation(0)", "2, Rotation(0)"),
            ("column_type: Advice }, Rotation(-1)", "column_type: Fixed }, Rotation(-1)"),
            ("Rotation(1)", "Rotation(next)"),
            ("permutation: Argument", "permutation: Columns"),
            ("constants: [", "constant: ["),
        ] {
            let text = TEXT.replace(this, other);
            assert_ne!(text, TEXT, "{this}");
            assert!(System::of(&text).is_err(), "{this} as {other}");
        }
    }
}
