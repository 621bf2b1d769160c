//! What the tests share.

pub mod asked;
pub mod secrets;

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use zkmargin_circuit::{KeyCache, ParamsStore};

/// Keys of all tests, each made once.
pub static KEYS: LazyLock<KeyCache> = LazyLock::new(|| {
    KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::new(32).expect("above zero"))
});
