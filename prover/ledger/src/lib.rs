//! Builds a venue's ledger: a Merkle tree of account commitments from one account per line.
//!
//! Leaves and levels are files in a work folder, so memory does not grow with the number of
//! accounts, a killed build goes on where it was, and an opening reads one node per level.

mod build;
mod levels;
mod line;
mod opening;
mod openings;
mod seed;

pub use build::{Build, BuildError, Job, Progress};
pub use levels::Tree;
pub use line::LineError;
pub use opening::{Opening, OpeningError};
pub use openings::{opening_name, write_openings};
pub use seed::BlindingSeed;
