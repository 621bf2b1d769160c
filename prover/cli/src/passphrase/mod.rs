//! Key files encrypted with a passphrase: age files (<https://age-encryption.org/v1>).

#[cfg(not(feature = "passphrase"))]
mod absent;
#[cfg(feature = "passphrase")]
mod age;

#[cfg(not(feature = "passphrase"))]
pub use absent::{open, seal};
#[cfg(feature = "passphrase")]
pub use age::{open, seal};
