//! The command line `zkmargin`: a thin layer over the crates that prove, verify and audit.

mod arguments;
mod commands;
mod database;
mod exit;
mod exposed;
mod failure;
mod files;
mod kept;
mod outcome;
mod passphrase;
mod paths;
mod progress;
mod resolve;
mod run;
mod sealed;
mod shared;
mod text;
#[cfg(not(all(feature = "audit", feature = "passphrase", feature = "sqlite")))]
mod unbuilt;

pub use run::run;
