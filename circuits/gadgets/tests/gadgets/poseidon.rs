//! Poseidon lanes in isolation.

use zkmargin_gadgets::halo2::dev::MockProver;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::poseidon::{BLOCK_ROWS, PoseidonBlocks, PoseidonConfig, Word};
use zkmargin_model::poseidon::{RATE, State, Tag, hash, initial_state};

/// Hashes the words and equates the digest with the public input.
#[derive(Clone, Debug)]
struct Hashing<const LANES: usize> {
    words: Vec<[Fp; RATE]>,
    start: State,
    /// Lane, state column (3 is the s-box), row, value.
    tamper: Vec<(usize, usize, usize, Fp)>,
}

impl<const LANES: usize> Circuit<Fp> for Hashing<LANES> {
    type Config = (PoseidonConfig, Column<Instance>);
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Self::Config {
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        let instance = meta.instance_column();
        meta.enable_equality(instance);
        (PoseidonConfig::configure(meta, LANES), instance)
    }

    fn synthesize(
        &self,
        (config, instance): Self::Config,
        mut layouter: impl Layouter<Fp>,
    ) -> Result<(), Error> {
        let digest = layouter.assign_region(
            || "hash",
            |mut region| {
                let mut blocks = PoseidonBlocks::new(&config);
                let pairs: Vec<_> = self
                    .words
                    .iter()
                    .map(|pair| pair.map(|word| Word::Private(Value::known(word))))
                    .collect();
                let digest = blocks.hash(&mut region, self.start, &pairs)?;
                blocks.finish(&mut region)?;
                for (lane, column, row, value) in &self.tamper {
                    let lane = &config.lanes[*lane];
                    let column = lane.state.get(*column).copied().unwrap_or(lane.sbox);
                    region.assign_advice(|| "tampered", column, *row, || Value::known(*value))?;
                }
                Ok(digest)
            },
        )?;
        layouter.constrain_instance(digest.cell(), instance, 0)
    }
}

fn words(pairs: u64) -> Vec<[Fp; RATE]> {
    (0..pairs).map(|i| [Fp::from(3 * i + 1), -Fp::from(i)]).collect()
}

fn run<const LANES: usize>(pairs: u64, tamper: &[(usize, usize, usize, Fp)]) -> Result<(), String> {
    let words = words(pairs);
    let start = initial_state(Tag::Positions, words.len() * RATE);
    let digest = hash(Tag::Positions, &words);
    let circuit = Hashing::<LANES> { words, start, tamper: tamper.to_vec() };
    let prover = MockProver::run(9, &circuit, vec![vec![digest]]).expect("synthesis");
    prover.verify().map_err(|failures| format!("{failures:#?}"))
}

#[test]
fn equals_the_native_hash() {
    for pairs in 1..=5 {
        assert_eq!(run::<1>(pairs, &[]), Ok(()));
        assert_eq!(run::<2>(pairs, &[]), Ok(()));
        assert_eq!(run::<3>(pairs, &[]), Ok(()));
    }
}

#[track_caller]
fn refused(tamper: (usize, usize, usize, Fp), by: &str) {
    let failures = run::<2>(3, &[tamper]).expect_err("the lie was accepted");
    assert!(failures.contains(by), "not refused by {by:?}: {failures}");
}

#[test]
fn every_row_of_a_block_is_constrained() {
    for lane in 0..2 {
        for row in 0..2 * BLOCK_ROWS {
            for column in 0..3 {
                let outcome = run::<2>(3, &[(lane, column, row, Fp::from(99))]);
                assert!(outcome.is_err(), "lane {lane}, column {column}, row {row}");
            }
        }
    }
}

#[test]
fn constraints_by_name() {
    let lie = Fp::from(99);
    refused((0, 0, 1, lie), "word 0 added");
    refused((0, 1, 1, lie), "word 1 added");
    refused((0, 2, 1, lie), "capacity kept");
    refused((0, 1, 3, lie), "s-box of a full round");
    refused((0, 3, 6, lie), "s-box of the first round");
    refused((0, 0, 6, lie), "s-box of the second round");
    refused((0, 1, 6, lie), "word 1 of the second round");
    refused((0, 2, 6, lie), "word 2 of the second round");
}

#[test]
fn words_and_start_are_bound() {
    let lie = Fp::from(99);
    // Absorbed words.
    refused((0, 3, 0, lie), "word 0 added");
    refused((0, 3, 1, lie), "word 1 added");
    // The start is made of constants; a later block's is copied from the block before.
    refused((0, 2, 0, lie), "Permutation");
    refused((1, 2, 0, lie), "Permutation");
    // The digest equals the public input.
    refused((0, 0, 2 * BLOCK_ROWS - 1, lie), "Permutation");
}
