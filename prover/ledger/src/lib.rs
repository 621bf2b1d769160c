//! Builds a venue's ledger: a Merkle tree of account commitments from one account per line.
//!
//! Leaves and levels are files in a work folder, so memory does not grow with the number of accounts, a killed build
//! resumes where it stopped, and an opening reads one node per level.

mod build;
mod levels;
mod line;
mod opening;
mod openings;
mod seed;

pub use build::{Build, BuildError, Job, Progress};
pub use levels::Tree;
pub use line::LineError;
pub use opening::{FORMAT as OPENING_FORMAT, Opening, OpeningError};
pub use openings::{opening_name, write_openings};
pub use seed::BlindingSeed;

/// Whether a file of a work folder is the build's own.
pub fn is_work_file(name: &str) -> bool {
    let fixed = ["blinding.seed", "job.json", "leaves.json", "lock"].contains(&name);
    fixed || name.starts_with("level-")
}
