//! Poseidon lanes against the Poseidon chip of `halo2_gadgets`: two circuits for one hash.
//!
//! Each circuit hashes private words and equates the digest with its public input. The chip shares no
//! gate, layout or witness code with the lanes, so they accept the same digests only if both compute
//! the same function.

use halo2_gadgets::poseidon::primitives::{Domain, P128Pow5T3};
use halo2_gadgets::poseidon::{PaddedWord, Pow5Chip, Pow5Config, Sponge};
use proptest::prelude::*;
use zkmargin_gadgets::halo2::dev::MockProver;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::poseidon::{PoseidonBlocks, PoseidonConfig, Word};
use zkmargin_model::poseidon::{RATE, Tag, WIDTH, hash, initial_state};

/// Rows of both circuits, as a power of two: four blocks in one lane, or four permutations of the chip.
const K: u32 = 8;

/// Most pairs of words in a test.
const MAX_PAIRS: usize = 4;

/// Words to hash under a tag.
type Pairs = Vec<[Fp; RATE]>;

/// The circuit's columns for constants and for the digest.
fn constants_and_digest(meta: &mut ConstraintSystem<Fp>) -> Column<Instance> {
    let constants = meta.fixed_column();
    meta.enable_constant(constants);
    let digest = meta.instance_column();
    meta.enable_equality(digest);
    digest
}

/// Our circuit.
#[derive(Clone, Debug)]
struct Lanes<const LANES: usize> {
    tag: Tag,
    pairs: Pairs,
}

impl<const LANES: usize> Circuit<Fp> for Lanes<LANES> {
    type Config = (PoseidonConfig, Column<Instance>);
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Self::Config {
        let digest = constants_and_digest(meta);
        (PoseidonConfig::configure(meta, LANES), digest)
    }

    fn synthesize(
        &self,
        (config, expected): Self::Config,
        mut layouter: impl Layouter<Fp>,
    ) -> Result<(), Error> {
        let private = |word| Word::Private(Value::known(word));
        let pairs: Vec<_> = self.pairs.iter().map(|pair| pair.map(private)).collect();
        let start = initial_state(self.tag, pairs.len() * RATE);
        let digest = layouter.assign_region(
            || "lanes",
            |mut region| {
                let mut blocks = PoseidonBlocks::new(&config);
                let digest = blocks.hash(&mut region, start, &pairs)?;
                blocks.finish(&mut region)?;
                Ok(digest)
            },
        )?;
        layouter.constrain_instance(digest.cell(), expected, 0)
    }
}

/// The sponge of one tag and number of words, as `halo2_poseidon` describes one. The words fill the rate,
/// so there is no padding.
#[derive(Debug)]
struct Tagged<const TAG: u64, const LENGTH: usize>;

impl<const TAG: u64, const LENGTH: usize> Domain<Fp, RATE> for Tagged<TAG, LENGTH> {
    type Padding = [Fp; 0];

    fn name() -> String {
        format!("tag {TAG}, {LENGTH} words")
    }

    fn initial_capacity_element() -> Fp {
        Fp::from_u128((LENGTH as u128) << 64 | u128::from(TAG))
    }

    fn padding(_: usize) -> [Fp; 0] {
        []
    }
}

/// The circuit of `halo2_gadgets`.
#[derive(Clone, Debug)]
struct Chip<const TAG: u64, const LENGTH: usize> {
    words: [Fp; LENGTH],
}

#[derive(Clone, Debug)]
struct ChipConfig {
    poseidon: Pow5Config<Fp, WIDTH, RATE>,
    words: Column<Advice>,
    digest: Column<Instance>,
}

impl<const TAG: u64, const LENGTH: usize> Circuit<Fp> for Chip<TAG, LENGTH> {
    type Config = ChipConfig;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> ChipConfig {
        let digest = constants_and_digest(meta);
        let words = meta.advice_column();
        meta.enable_equality(words);
        let state = std::array::from_fn(|_| meta.advice_column());
        let sbox = meta.advice_column();
        let round_a = std::array::from_fn(|_| meta.fixed_column());
        let round_b = std::array::from_fn(|_| meta.fixed_column());
        let poseidon = Pow5Chip::configure::<P128Pow5T3>(meta, state, sbox, round_a, round_b);
        ChipConfig { poseidon, words, digest }
    }

    fn synthesize(&self, config: ChipConfig, mut layouter: impl Layouter<Fp>) -> Result<(), Error> {
        let words = layouter.assign_region(
            || "words",
            |mut region| {
                let mut assign = |(row, word): (usize, &Fp)| {
                    region.assign_advice(|| "word", config.words, row, || Value::known(*word))
                };
                self.words.iter().enumerate().map(&mut assign).collect::<Result<Vec<_>, _>>()
            },
        )?;
        let chip = Pow5Chip::construct(config.poseidon.clone());
        let mut sponge = Sponge::<Fp, _, P128Pow5T3, _, Tagged<TAG, LENGTH>, WIDTH, RATE>::new(
            chip,
            layouter.namespace(|| "start"),
        )?;
        for word in words {
            sponge.absorb(layouter.namespace(|| "absorb"), PaddedWord::Message(word))?;
        }
        let mut sponge = sponge.finish_absorbing(layouter.namespace(|| "permute"))?;
        let digest = sponge.squeeze(layouter.namespace(|| "squeeze"))?;
        layouter.constrain_instance(digest.cell(), config.digest, 0)
    }
}

fn accepts(circuit: &impl Circuit<Fp>, digest: Fp) -> bool {
    let prover = MockProver::run(K, circuit, vec![vec![digest]]).expect("fits");
    prover.verify().is_ok()
}

fn lanes_accept(tag: Tag, pairs: &Pairs, digest: Fp) -> bool {
    let one = accepts(&Lanes::<1> { tag, pairs: pairs.clone() }, digest);
    let two = accepts(&Lanes::<2> { tag, pairs: pairs.clone() }, digest);
    assert_eq!(one, two, "lanes disagree");
    one
}

fn chip_accepts(tag: Tag, pairs: &Pairs, digest: Fp) -> bool {
    fn of_length<const LENGTH: usize>(tag: Tag, pairs: &Pairs, digest: Fp) -> bool {
        let words = pairs.concat().try_into().expect("length");
        // A tag is part of the chip's type.
        match tag {
            Tag::Node => accepts(&Chip::<{ Tag::Node as u64 }, LENGTH> { words }, digest),
            Tag::Account => accepts(&Chip::<{ Tag::Account as u64 }, LENGTH> { words }, digest),
            other => panic!("no test with {other:?}"),
        }
    }
    match pairs.len() {
        1 => of_length::<2>(tag, pairs, digest),
        2 => of_length::<4>(tag, pairs, digest),
        3 => of_length::<6>(tag, pairs, digest),
        MAX_PAIRS => of_length::<8>(tag, pairs, digest),
        other => panic!("no test with {other} pairs"),
    }
}

/// Both circuits accept the digest of these words, and neither one that is off by `error`.
fn agree(tag: Tag, pairs: &Pairs, error: Fp) {
    let digest = hash(tag, pairs);
    assert!(lanes_accept(tag, pairs, digest) && chip_accepts(tag, pairs, digest));
    assert!(!lanes_accept(tag, pairs, digest + error) && !chip_accepts(tag, pairs, digest + error));
}

/// Any element, and those at which arithmetic goes wrong first.
fn element() -> impl Strategy<Value = Fp> {
    let edges = vec![Fp::ZERO, Fp::ONE, -Fp::ONE, Fp::from(u64::MAX), Fp::TWO_INV];
    let any = any::<([u8; 32], [u8; 32])>().prop_map(|(low, high)| {
        Fp::from_uniform_bytes(&[low, high].concat().try_into().expect("64 bytes"))
    });
    prop_oneof![1 => proptest::sample::select(edges), 3 => any]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_words(
        tag in proptest::sample::select(vec![Tag::Node, Tag::Account]),
        pairs in proptest::collection::vec([element(), element()], 1..=MAX_PAIRS),
        error in element().prop_filter("an error", |error| !bool::from(error.is_zero())),
    ) {
        agree(tag, &pairs, error);
    }
}

#[test]
fn edges() {
    for word in [Fp::ZERO, Fp::ONE, -Fp::ONE] {
        for pairs in 1..=MAX_PAIRS {
            agree(Tag::Node, &vec![[word; RATE]; pairs], Fp::ONE);
        }
    }
}

/// Another order, tag or length is another digest to both circuits.
#[test]
fn neighbours_are_refused() {
    let (one, two) = (Fp::ONE, Fp::from(2));
    let pairs = vec![[one, two]];
    for other in [
        hash(Tag::Node, &[[two, one]]),
        hash(Tag::Account, &pairs),
        hash(Tag::Node, &[[one, two], [Fp::ZERO, Fp::ZERO]]),
    ] {
        assert!(!lanes_accept(Tag::Node, &pairs, other));
        assert!(!chip_accepts(Tag::Node, &pairs, other));
    }
}
