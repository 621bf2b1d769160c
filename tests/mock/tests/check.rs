//! What the proof system's own run of a circuit refuses is refused here, and nothing else.

use zkmargin_gadgets::halo2::dev::{MockProver, VerifyFailure};
use zkmargin_gadgets::halo2::{
    Advice, Circuit, Column, ConstraintSystem, Error, Field, Fp, Layouter, Rotation, Selector,
    SimpleFloorPlanner, TableColumn, Value,
};

const K: u32 = 5;

/// What is wrong about a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Gate,
    Lookup,
    Copy,
    Unassigned,
}

#[derive(Clone)]
struct Config {
    a: Column<Advice>,
    b: Column<Advice>,
    doubled: Selector,
    small: Selector,
    table: TableColumn,
}

/// Ten rows in one region: a number in column `a` is twice the one two rows above it, and small; and the last one is in
/// column `b` too.
struct Doubling(Fault);

impl Circuit<Fp> for Doubling {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        Self(self.0)
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Config {
        let [a, b] = [meta.advice_column(), meta.advice_column()];
        for column in [a, b] {
            meta.enable_equality(column);
        }
        let (doubled, small) = (meta.selector(), meta.complex_selector());
        let table = meta.lookup_table_column();
        meta.create_gate("doubled", |meta| {
            let [from, to] = [-2, 0].map(|row| meta.query_advice(a, Rotation(row)));
            [meta.query_selector(doubled) * (to - from.clone() - from)]
        });
        meta.lookup(|meta| {
            vec![(meta.query_selector(small) * meta.query_advice(a, Rotation::cur()), table)]
        });
        Config { a, b, doubled, small, table }
    }

    fn synthesize(&self, c: Config, mut layouter: impl Layouter<Fp>) -> Result<(), Error> {
        layouter.assign_table(
            || "small numbers",
            |mut table| {
                (0..17).try_for_each(|at| {
                    table.assign_cell(|| "", c.table, at, || Value::known(Fp::from(at as u64)))
                })
            },
        )?;
        layouter.assign_region(
            || "numbers",
            |mut region| {
                let mut last = None;
                for row in 0..10 {
                    let mut number = 1 << (row / 2);
                    if row == 9 && self.0 == Fault::Gate {
                        number = 15;
                    }
                    if self.0 == Fault::Lookup {
                        number *= 2;
                    }
                    if row == 0 && self.0 == Fault::Unassigned {
                        continue;
                    }
                    let value = || Value::known(Fp::from(number));
                    last = Some(region.assign_advice(|| "", c.a, row, value)?);
                    c.small.enable(&mut region, row)?;
                    if row >= 2 {
                        c.doubled.enable(&mut region, row)?;
                    }
                }
                let other = if self.0 == Fault::Copy { Fp::ONE } else { Fp::ZERO };
                let value = || {
                    last.as_ref()
                        .map_or(Value::unknown(), |cell| cell.value().map(|value| *value + other))
                };
                let copied = region.assign_advice(|| "", c.b, 0, value)?;
                last.map_or(Ok(()), |cell| region.constrain_equal(cell.cell(), copied.cell()))
            },
        )
    }
}

/// The kinds of what was refused.
fn kinds(result: Result<(), Vec<VerifyFailure>>) -> Vec<&'static str> {
    let failures = result.err().unwrap_or_default();
    let kinds = failures.iter().map(|failure| match failure {
        VerifyFailure::CellNotAssigned { .. } => "unassigned",
        VerifyFailure::ConstraintNotSatisfied { .. } => "gate",
        VerifyFailure::Lookup { .. } => "lookup",
        VerifyFailure::Permutation { .. } => "copy",
        other => panic!("{other:?}"),
    });
    kinds.collect()
}

#[test]
fn refusals_are_those_of_the_proof_system() {
    use Fault::*;
    let faults: [(Fault, &[&str]); 5] = [
        (None, &[]),
        (Gate, &["gate"]),
        (Lookup, &["lookup"]),
        (Copy, &["copy"]),
        (Unassigned, &["unassigned", "gate"]),
    ];
    for (fault, expected) in faults {
        let circuit = Doubling(fault);
        let plain = kinds(MockProver::run(K, &circuit, vec![]).expect("synthesis").verify());
        assert_eq!(kinds(zkmargin_mock::check::<2>(K, &circuit, vec![])), plain, "{fault:?}");
        let mut seen = plain;
        seen.dedup();
        assert_eq!(seen, expected, "{fault:?}");
    }
    // A gate that reaches farther is never passed.
    let near = kinds(zkmargin_mock::check::<1>(K, &Doubling(None), vec![]));
    assert_eq!(near, vec!["unassigned"; 8]);
}
