//! What must hold for every byte string that a reader is given.
//!
//! Each function gets bytes from nobody in particular and panics when a property is violated. The
//! fuzz targets of the folder above and the tests of the verifier call the same functions, so a
//! fuzzer's finding becomes a test by adding its bytes to the seeds.
//!
//! Common to all: no panic, output bounded by the input, and one encoding per value.

#![forbid(unsafe_code)]

mod account;
mod audit;
mod bounds;
mod envelope;
mod note;
mod params;
mod policy;
mod schedule;
pub mod seeds;
mod snapshot;
mod source;

pub use account::account;
pub use audit::{log_proof, manifest, recognise};
pub use envelope::{envelope, envelope_twin};
pub use note::note;
pub use params::{params, store};
pub use policy::policy;
pub use schedule::schedule;
pub use snapshot::snapshot;
pub use source::source;
