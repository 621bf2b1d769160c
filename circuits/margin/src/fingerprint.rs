//! Start-up check that the proof system lays out circuits as it did when keys were pinned.
//!
//! A key's identity depends on the layout planner and on the selector compression of the proof
//! system. A crate elsewhere in a dependency graph can change either by turning on a feature, so
//! a tiny circuit that uses what the margin circuit uses (a table, a region that copies, constants,
//! compressed selectors, a public input) is keyed once per process and compared with its pin.

use blake2b_simd::Params as Blake2b;
use std::sync::OnceLock;
use zkmargin_gadgets::bracket::load_table;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::poseidon::{PoseidonBlocks, PoseidonConfig, Word};
use zkmargin_model::circuit::CircuitVersion;
use zkmargin_model::poseidon::{Tag, initial_state};

const K: u32 = 7;

const PINNED: &str = "9e648e63b487f44aba9f9ef337f8d451";

/// What this build's keys are for: how many circuit versions it knows, a digest of their numbers, and the pinned
/// fingerprint of the proof system's layout. Two builds with the same text generate the same keys.
pub fn circuits_id() -> String {
    let numbers: Vec<_> = CircuitVersion::all().map(|version| version.number()).collect();
    let bytes: Vec<_> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let digest = Blake2b::new().hash_length(16).personal(b"zkmarginVersions").hash(&bytes);
    format!("{} versions {} {PINNED}", numbers.len(), digest.to_hex())
}

/// The proof system does not lay out circuits as the pinned one does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the proof system's circuit layout differs from the supported one (found {found}); \
     check the features of halo2_proofs in this build, such as floor-planner-v1-legacy-pdqsort"
)]
pub struct FingerprintError {
    /// Fingerprint found.
    pub found: String,
}

#[derive(Clone, Debug)]
struct TinyConfig {
    poseidon: PoseidonConfig,
    table: [TableColumn; 1],
    instance: Column<Instance>,
}

#[derive(Debug)]
struct Tiny;

impl Circuit<Fp> for Tiny {
    type Config = TinyConfig;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        Self
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> TinyConfig {
        let instance = meta.instance_column();
        meta.enable_equality(instance);
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        let column = meta.advice_column();
        let table = [meta.lookup_table_column()];
        let selector = meta.complex_selector();
        meta.lookup(|meta| {
            let q = meta.query_selector(selector);
            vec![(q * meta.query_advice(column, Rotation::cur()), table[0])]
        });
        TinyConfig { poseidon: PoseidonConfig::configure(meta, 2), table, instance }
    }

    fn synthesize(&self, config: TinyConfig, mut layouter: impl Layouter<Fp>) -> Result<(), Error> {
        load_table(&mut layouter, "tiny", &config.table, &[[Fp::ZERO], [Fp::ONE]])?;
        let digest = layouter.assign_region(
            || "hash",
            |mut region| {
                let mut blocks = PoseidonBlocks::new(&config.poseidon);
                let pairs = [
                    [Word::Constant(Fp::ONE), Word::Private(Value::unknown())],
                    [Word::Constant(Fp::ZERO), Word::Constant(Fp::ONE)],
                ];
                let start = initial_state(Tag::Account, 4);
                let digest = blocks.hash(&mut region, start, &pairs)?;
                blocks.finish(&mut region)?;
                Ok(digest)
            },
        )?;
        layouter.constrain_instance(digest.cell(), config.instance, 0)
    }
}

fn fingerprint() -> String {
    let params = Params::<EqAffine>::new(K);
    match keygen_vk(&params, &Tiny) {
        Ok(key) => {
            let text = format!("{:?}", key.pinned());
            Blake2b::new().hash_length(16).hash(text.as_bytes()).to_hex().to_string()
        }
        Err(e) => format!("no key: {e}"),
    }
}

/// Checks the layout once per process; later calls return the first result.
///
/// # Errors
/// [`FingerprintError`] when the tiny circuit's key is not the pinned one.
pub fn check_fingerprint() -> Result<(), FingerprintError> {
    static FOUND: OnceLock<String> = OnceLock::new();
    let found = FOUND.get_or_init(fingerprint);
    if found == PINNED { Ok(()) } else { Err(FingerprintError { found: found.clone() }) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pinned_fingerprint_is_found() {
        assert_eq!(super::check_fingerprint(), Ok(()));
    }
}
