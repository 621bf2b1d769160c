//! Holes rebuilt in small: those that were found in other systems, and one of each kind that a block of the rule or of
//! the portfolio circuit could have. Each is flagged by a named check or has a forged witness, and the same gadget with
//! the hole closed is not flagged and refuses it.

mod blocks;
mod elsewhere;
mod one_row;
mod pages;

use zkmargin_gadgets::halo2::*;
use zkmargin_soundness::wrapping::widths;
use zkmargin_soundness::{Recorded, Variable, determinism, mutation};

const K: u32 = 10;
/// Advice columns beside that of limbs.
const WIDTH: usize = 12;

/// Columns of the small gadgets. Selector `i` is used by gate `i`.
#[derive(Clone, Debug)]
struct Columns {
    advice: [Column<Advice>; WIDTH],
    limb: Column<Advice>,
    limbs: TableColumn,
    table: [TableColumn; 3],
    q: [Selector; 4],
    q_lookup: Selector,
}

/// A gadget with a hole, or without it.
trait Gadget<const HOLE: bool>: Clone + Default {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns);
    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error>;
    fn table() -> Vec<[u64; 3]> {
        vec![[0; 3]]
    }
}

#[derive(Clone, Debug, Default)]
struct Alone<const HOLE: bool, G>(G);

impl<const HOLE: bool, G: Gadget<HOLE>> Circuit<Fp> for Alone<HOLE, G> {
    type Config = Columns;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        Self::default()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Columns {
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        let columns = Columns {
            advice: std::array::from_fn(|_| meta.advice_column()),
            limb: meta.advice_column(),
            limbs: meta.lookup_table_column(),
            table: std::array::from_fn(|_| meta.lookup_table_column()),
            q: std::array::from_fn(|_| meta.selector()),
            q_lookup: meta.complex_selector(),
        };
        columns.advice.iter().for_each(|column| meta.enable_equality(*column));
        meta.enable_equality(columns.limb);
        meta.lookup(|meta| vec![(meta.query_advice(columns.limb, Rotation::cur()), columns.limbs)]);
        G::configure(meta, &columns);
        columns
    }

    fn synthesize(&self, c: Columns, mut layouter: impl Layouter<Fp>) -> Result<(), Error> {
        layouter.assign_table(
            || "limbs",
            |mut table| {
                (0..512u64).try_for_each(|i| {
                    table.assign_cell(|| "", c.limbs, i as usize, || Value::known(Fp::from(i)))
                })
            },
        )?;
        layouter.assign_table(
            || "table",
            |mut table| {
                for (row, tuple) in G::table().iter().enumerate() {
                    for (column, word) in c.table.iter().zip(tuple) {
                        table.assign_cell(|| "", *column, row, || Value::known(Fp::from(*word)))?;
                    }
                }
                Ok(())
            },
        )?;
        layouter.assign_region(|| "gadget", |mut region| self.0.assign(&c, &mut region))
    }
}

fn record<const HOLE: bool, G: Gadget<HOLE>>(gadget: G) -> Recorded {
    Recorded::new(K, &Alone::<HOLE, G>(gadget), &[])
}

fn is_input(variable: &Variable) -> bool {
    variable.names.iter().any(|name| name == "input")
}

/// Which check flags a gadget: the first of the three, by name. A changed input counts where nothing else binds inputs.
fn flagged(recorded: &Recorded, inputs_count: bool) -> Option<&'static str> {
    assert_eq!(recorded.failures(), vec![], "the honest witness");
    // A limb cell beside the gadget is range-checked like every cell of its column, and no more.
    let loose = recorded.loose();
    if !determinism::undetermined(recorded, is_input).iter().all(|v| loose[*v]) {
        return Some("determinism");
    }
    if !widths(recorded, &[]).wrapping.is_empty() {
        return Some("widths");
    }
    let counts = |variable: usize| {
        !loose[variable] && (inputs_count || !is_input(&recorded.variables()[variable]))
    };
    let survivors = mutation::survivors(recorded, Fp::from(0x5eed).square());
    survivors.iter().any(|s| counts(s.variable)).then_some("mutation")
}

struct Write<'a, 'b> {
    c: &'a Columns,
    region: &'a mut Region<'b, Fp>,
}

impl Write<'_, '_> {
    fn advice(&mut self, name: &str, column: usize, row: usize, value: Fp) -> FieldCell {
        let value = || Value::known(value);
        self.region.assign_advice(|| name, self.c.advice[column], row, value).expect("assigned")
    }

    fn limb(&mut self, row: usize, value: u64) -> FieldCell {
        let value = || Value::known(Fp::from(value));
        self.region.assign_advice(|| "limb", self.c.limb, row, value).expect("assigned")
    }

    fn copy(&mut self, cell: &FieldCell, column: usize, row: usize) -> FieldCell {
        let column = self.c.advice[column];
        cell.copy_advice(|| "copy", self.region, column, row).expect("copied")
    }

    fn enable(&mut self, gate: usize, row: usize) {
        self.c.q[gate].enable(self.region, row).expect("enabled");
    }
}

fn one() -> Expression<Fp> {
    Expression::Constant(Fp::ONE)
}

/// Words made of limbs on the rows above each word.
fn word_gates(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
    let (limb, acc, q_first, q_next) = (c.limb, c.advice[1], c.q[0], c.q[1]);
    meta.create_gate("word", |meta| {
        let q = meta.query_selector(q_first);
        let limb = meta.query_advice(limb, Rotation::cur());
        let acc = meta.query_advice(acc, Rotation::cur());
        Constraints::with_selector(q, [("highest limb", limb - acc)])
    });
    meta.create_gate("running sum", |meta| {
        let q = meta.query_selector(q_next);
        let limb = meta.query_advice(limb, Rotation::cur());
        let above = meta.query_advice(acc, Rotation::prev());
        let here = meta.query_advice(acc, Rotation::cur());
        Constraints::with_selector(q, [("next limb", above * Fp::from(512) + limb - here)])
    });
}

/// Assigns a word by running sum; returns its cell.
fn word(w: &mut Write<'_, '_>, offset: usize, limbs: &[u64]) -> FieldCell {
    let mut acc = Fp::ZERO;
    let mut cell = None;
    for (row, limb) in limbs.iter().enumerate() {
        w.limb(offset + row, *limb);
        acc = acc * Fp::from(512) + Fp::from(*limb);
        cell = Some(w.advice("word", 1, offset + row, acc));
        w.enable(usize::from(row > 0), offset + row);
    }
    cell.expect("limbs")
}
