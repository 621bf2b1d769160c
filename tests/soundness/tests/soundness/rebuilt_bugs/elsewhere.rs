//! Holes that were found in real circuits.

use super::{Columns, Gadget, Write, flagged, is_input, one, record, word, word_gates};
use zkmargin_gadgets::halo2::*;
use zkmargin_soundness::mutation;

/// Variable-base multiplication of halo2_gadgets before 0.5 (CVE-2026-54496): the base is equal on
/// all rows of the loop and not equal to the input.
#[derive(Clone, Debug, Default)]
struct BaseOfALoop;

impl<const HOLE: bool> Gadget<HOLE> for BaseOfALoop {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let [acc, base, bit, ..] = c.advice;
        let q = c.q[0];
        meta.create_gate("double and add", |meta| {
            let q = meta.query_selector(q);
            let here = |meta: &mut VirtualCells<'_, Fp>, column| {
                meta.query_advice(column, Rotation::cur())
            };
            let (a, b, bit) = (here(meta, acc), here(meta, base), here(meta, bit));
            let next_a = meta.query_advice(acc, Rotation::next());
            let next_b = meta.query_advice(base, Rotation::next());
            Constraints::with_selector(
                q,
                [
                    ("acc", a * Fp::from(2) + bit * b.clone() - next_a),
                    ("base is constant", b - next_b),
                ],
            )
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        let input = w.advice("input", 3, 0, Fp::from(77));
        let bits = [1u64, 0, 1, 1];
        let mut acc = Fp::ZERO;
        w.region.assign_advice_from_constant(|| "start", c.advice[0], 0, Fp::ZERO)?;
        for (row, bit) in bits.into_iter().enumerate() {
            w.region.assign_advice_from_constant(|| "bit", c.advice[2], row, Fp::from(bit))?;
            if row == 0 && !HOLE {
                w.copy(&input, 1, 0);
            } else {
                w.advice("base", 1, row, Fp::from(77));
            }
            acc = acc.double() + Fp::from(bit * 77);
            w.advice("acc", 0, row + 1, acc);
            w.enable(0, row);
        }
        w.advice("base", 1, bits.len(), Fp::from(77));
        Ok(())
    }
}

/// Binance proof of reserves: a tier row that is in the table, for some instrument.
#[derive(Clone, Debug, Default)]
struct TierOfAnyTable;

impl<const HOLE: bool> Gadget<HOLE> for TierOfAnyTable {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let (q, table, [instrument, tier, rate, ..]) = (c.q_lookup, c.table, c.advice);
        meta.lookup(|meta| {
            let q = meta.query_selector(q);
            let [instrument, tier, rate] =
                [instrument, tier, rate].map(|column| meta.query_advice(column, Rotation::cur()));
            if HOLE {
                vec![(q.clone() * tier, table[1]), (q * rate, table[2])]
            } else {
                [instrument, tier, rate]
                    .into_iter()
                    .zip(table)
                    .map(|(word, column)| (q.clone() * word, column))
                    .collect()
            }
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        w.advice("input", 0, 0, Fp::from(1));
        w.advice("input", 1, 0, Fp::from(1));
        w.advice("rate", 2, 0, Fp::from(50));
        c.q_lookup.enable(w.region, 0)
    }

    fn table() -> Vec<[u64; 3]> {
        vec![[0; 3], [1, 1, 50], [2, 1, 10]]
    }
}

/// A sign flag that may be anything: `input = (1 - 2 flag) magnitude`.
#[derive(Clone, Debug, Default)]
struct Flag;

impl<const HOLE: bool> Gadget<HOLE> for Flag {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let ([value, flag, ..], limb, q) = (c.advice, c.limb, c.q[0]);
        meta.create_gate("sign", |meta| {
            let q = meta.query_selector(q);
            let [value, flag] =
                [value, flag].map(|column| meta.query_advice(column, Rotation::cur()));
            let magnitude = meta.query_advice(limb, Rotation::cur());
            let signed = (one() - flag.clone() * Fp::from(2)) * magnitude - value;
            let boolean = flag.clone() * (one() - flag);
            let mut constraints = vec![("signed", signed)];
            if !HOLE {
                constraints.push(("flag is boolean", boolean));
            }
            Constraints::with_selector(q, constraints)
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        w.advice("input", 0, 0, -Fp::from(300));
        w.advice("flag", 1, 0, Fp::ONE);
        w.limb(0, 300);
        w.enable(0, 0);
        Ok(())
    }
}

/// Division with a remainder that nothing bounds: `512 quotient + remainder = input`.
#[derive(Clone, Debug, Default)]
struct Remainder;

impl<const HOLE: bool> Gadget<HOLE> for Remainder {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let ([input, remainder, ..], limb, q) = (c.advice, c.limb, c.q[0]);
        meta.create_gate("division", |meta| {
            let q = meta.query_selector(q);
            let [input, remainder] =
                [input, remainder].map(|column| meta.query_advice(column, Rotation::cur()));
            let quotient = meta.query_advice(limb, Rotation::cur());
            let low = meta.query_advice(limb, Rotation::next());
            let mut constraints =
                vec![("division", quotient * Fp::from(512) + remainder.clone() - input)];
            if !HOLE {
                constraints.push(("remainder is ranged", remainder - low));
            }
            Constraints::with_selector(q, constraints)
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        w.advice("input", 0, 0, Fp::from(512 * 9 + 33));
        w.limb(0, 9);
        w.advice("remainder", 1, 0, Fp::from(33));
        if !HOLE {
            w.limb(1, 33);
        }
        w.enable(0, 0);
        Ok(())
    }
}

/// A sum by chunks of two that leaves out the last of five words.
#[derive(Clone, Debug, Default)]
struct Tail;

impl<const HOLE: bool> Gadget<HOLE> for Tail {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let ([left, right, sum, ..], q) = (c.advice, c.q[0]);
        meta.create_gate("chunk", |meta| {
            let q = meta.query_selector(q);
            let [l, r, s] = [left, right, sum].map(|c| meta.query_advice(c, Rotation::cur()));
            let next = meta.query_advice(sum, Rotation::next());
            Constraints::with_selector(q, [("sum", s + l + r - next)])
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        let words: Vec<u64> = vec![3, 1, 4, 1, 5];
        let inputs: Vec<_> = words
            .iter()
            .enumerate()
            .map(|(row, word)| w.advice("input", 3, row, Fp::from(*word)))
            .collect();
        w.region.assign_advice_from_constant(|| "start", c.advice[2], 0, Fp::ZERO)?;
        let mut sum = 0;
        let chunks: Vec<_> =
            if HOLE { inputs.chunks_exact(2).collect() } else { inputs.chunks(2).collect() };
        for (row, chunk) in chunks.into_iter().enumerate() {
            w.copy(&chunk[0], 0, row);
            match chunk.get(1) {
                Some(word) => drop(w.copy(word, 1, row)),
                None => {
                    let column = c.advice[1];
                    w.region.assign_advice_from_constant(|| "none", column, row, Fp::ZERO)?;
                }
            }
            sum += words[2 * row] + words.get(2 * row + 1).unwrap_or(&0);
            w.advice("sum", 2, row + 1, Fp::from(sum));
            w.enable(0, row);
        }
        Ok(())
    }
}

/// An addition of nine-bit words whose carry nothing bounds.
#[derive(Clone, Debug, Default)]
struct Carry;

impl<const HOLE: bool> Gadget<HOLE> for Carry {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let ([a, b, carry, ..], limb, q) = (c.advice, c.limb, c.q[0]);
        meta.create_gate("addition", |meta| {
            let q = meta.query_selector(q);
            let [a, b, carry] = [a, b, carry].map(|c| meta.query_advice(c, Rotation::cur()));
            let sum = meta.query_advice(limb, Rotation::cur());
            let mut constraints = vec![("sum", a + b - sum - carry.clone() * Fp::from(512))];
            if !HOLE {
                constraints.push(("carry is boolean", carry.clone() * (one() - carry)));
            }
            Constraints::with_selector(q, constraints)
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        w.advice("input", 0, 0, Fp::from(500));
        w.advice("input", 1, 0, Fp::from(100));
        w.limb(0, 88);
        w.advice("carry", 2, 0, Fp::ONE);
        w.enable(0, 0);
        Ok(())
    }
}

/// Four range-checked words whose sum wraps: 252 bits each, or 243.
#[derive(Clone, Debug, Default)]
struct Sum;

impl<const HOLE: bool> Gadget<HOLE> for Sum {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        word_gates(meta, c);
        let (advice, q) = (c.advice, c.q[2]);
        meta.create_gate("total", |meta| {
            let q = meta.query_selector(q);
            let mut words = (2..7).map(|i| meta.query_advice(advice[i], Rotation::cur()));
            let total = words.next().expect("five");
            Constraints::with_selector(q, [("total", words.fold(-total, |sum, word| sum + word))])
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        let limbs = vec![5u64; if HOLE { 28 } else { 27 }];
        let mut total = Fp::ZERO;
        for i in 0..4 {
            let cell = word(&mut w, 30 * i, &limbs);
            let mut value = Fp::ZERO;
            cell.value().map(|v| value = *v);
            let input = w.advice("input", 7, i, value);
            w.region.constrain_equal(cell.cell(), input.cell())?;
            total += value;
            w.copy(&cell, 3 + i, 200);
        }
        w.advice("total", 2, 200, total);
        w.enable(2, 200);
        Ok(())
    }
}

/// A decomposition with more limbs than the field has bits for.
#[derive(Clone, Debug, Default)]
struct Decomposition;

impl<const HOLE: bool> Gadget<HOLE> for Decomposition {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        word_gates(meta, c);
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        let mut limbs = vec![0u64; if HOLE { 29 } else { 28 }];
        *limbs.last_mut().expect("limbs") = 7;
        let cell = word(&mut w, 0, &limbs);
        let input = w.advice("input", 7, 0, Fp::from(7));
        w.region.constrain_equal(cell.cell(), input.cell())
    }
}

/// A lookup that a flag of the prover's turns off: a slot of any size looks up the default tuple.
#[derive(Clone, Debug, Default)]
struct DefaultTuple;

impl<const HOLE: bool> Gadget<HOLE> for DefaultTuple {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let (q_lookup, q, table) = (c.q_lookup, c.q[0], c.table);
        let [size, used, price, value, ..] = c.advice;
        meta.lookup(|meta| {
            let q = meta.query_selector(q_lookup);
            let used = meta.query_advice(used, Rotation::cur());
            let price = meta.query_advice(price, Rotation::cur());
            vec![(q.clone() * used.clone(), table[0]), (q * used * price, table[1])]
        });
        meta.create_gate("value", |meta| {
            let q = meta.query_selector(q);
            let [size, used, price, value] =
                [size, used, price, value].map(|c| meta.query_advice(c, Rotation::cur()));
            let mut constraints = vec![
                ("value", size.clone() * price - value),
                ("used is boolean", used.clone() * (one() - used.clone())),
            ];
            if !HOLE {
                constraints.push(("an unused slot is empty", (one() - used) * size));
            }
            Constraints::with_selector(q, constraints)
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        w.advice("input", 0, 0, Fp::from(6));
        w.advice("used", 1, 0, Fp::ONE);
        w.advice("price", 2, 0, Fp::from(90));
        w.advice("value", 3, 0, Fp::from(540));
        w.enable(0, 0);
        c.q_lookup.enable(w.region, 0)
    }

    fn table() -> Vec<[u64; 3]> {
        vec![[0; 3], [1, 90, 0]]
    }
}

/// Summa: `input 0 < input 1` is a flag that must equal a one which the prover writes.
#[derive(Clone, Debug)]
struct WitnessedOne {
    inputs: [u64; 2],
}

impl Default for WitnessedOne {
    fn default() -> Self {
        Self { inputs: [3, 7] }
    }
}

impl<const HOLE: bool> Gadget<HOLE> for WitnessedOne {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        let ([a, b, less, ..], limb, q) = (c.advice, c.limb, c.q[0]);
        meta.create_gate("less", |meta| {
            let q = meta.query_selector(q);
            let [a, b, less] = [a, b, less].map(|c| meta.query_advice(c, Rotation::cur()));
            let distance = meta.query_advice(limb, Rotation::cur());
            // b - a - 1 where a < b, a - b otherwise.
            let forward = b.clone() - a.clone() - one();
            let chosen = less.clone() * forward + (one() - less.clone()) * (a - b);
            Constraints::with_selector(
                q,
                [("distance", chosen - distance), ("boolean", less.clone() * (one() - less))],
            )
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        let [a, b] = self.inputs;
        w.advice("input", 0, 0, Fp::from(a));
        w.advice("input", 1, 0, Fp::from(b));
        let less = w.advice("less", 2, 0, Fp::from(u64::from(a < b)));
        w.limb(0, if a < b { b - a - 1 } else { a - b });
        w.enable(0, 0);
        let one = if HOLE {
            w.advice("one", 3, 0, Fp::ONE)
        } else {
            w.region.assign_advice_from_constant(|| "one", c.advice[3], 0, Fp::ONE)?
        };
        w.region.constrain_equal(less.cell(), one.cell())
    }
}

macro_rules! caught {
    ($test:ident, $gadget:ident, $check:expr) => {
        #[test]
        fn $test() {
            assert_eq!(flagged(&record::<true, $gadget>($gadget::default()), true), Some($check));
            assert_eq!(flagged(&record::<false, $gadget>($gadget::default()), true), None);
        }
    };
}

caught!(an_input_written_instead_of_copied, BaseOfALoop, "determinism");
caught!(a_tier_row_of_another_table, TierOfAnyTable, "determinism");
caught!(a_flag_that_is_not_boolean, Flag, "determinism");
caught!(a_remainder_without_range, Remainder, "determinism");
caught!(a_dropped_tail, Tail, "mutation");
caught!(a_carry_without_range, Carry, "determinism");
caught!(a_sum_that_wraps, Sum, "widths");
caught!(a_decomposition_with_two_solutions, Decomposition, "determinism");
caught!(rows_chosen_through_the_default_tuple, DefaultTuple, "mutation");

/// The invalid statement 7 < 3, and the search for cells that repair it.
#[test]
fn a_witnessed_one() {
    let invalid = WitnessedOne { inputs: [7, 3] };
    let forged = record::<true, _>(invalid.clone());
    assert!(!forged.failures().is_empty(), "the honest generator writes a one");
    let repair = mutation::repair(&forged, is_input, 2).expect("the one becomes a zero");
    assert_eq!(repair.len(), 1);
    let closed = record::<false, _>(invalid);
    assert!(!closed.failures().is_empty());
    assert_eq!(mutation::repair(&closed, is_input, 2), None);
}
