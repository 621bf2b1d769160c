//! The command line `zkmargin`: a thin layer over the crates that prove, verify and audit.

mod arguments;
#[cfg(feature = "audit")]
mod audit_arguments;
mod commands;
mod database;
mod exit;
mod failure;
mod files;
mod kept;
mod note_arguments;
mod outcome;
mod passphrase;
mod policy_arguments;
mod progress;
mod resolve;
mod run;
mod text;
#[cfg(not(all(feature = "audit", feature = "passphrase", feature = "sqlite")))]
mod unbuilt;

pub use run::run;
