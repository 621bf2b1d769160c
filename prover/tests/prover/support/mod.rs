//! What the tests share.

pub mod asked;
pub mod secrets;

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_params::{CompiledMarket, Schedule, SnapshotFile, compile};

/// Bytes of a file of the example: `schedule`, `snapshot` or `account`.
macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../params/venues/binance/examples/cross.",
            $name,
            ".json"
        ))
    };
}

pub(crate) use example;

/// Keys of all tests, each made once.
pub static KEYS: LazyLock<KeyCache> = LazyLock::new(|| {
    KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::new(32).expect("above zero"))
});

/// The example's market.
pub static MARKET: LazyLock<CompiledMarket> = LazyLock::new(|| {
    let schedule = Schedule::from_json(example!("schedule")).expect("schedule");
    let snapshot = SnapshotFile::from_json(example!("snapshot")).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
});
