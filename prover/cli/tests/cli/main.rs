//! The built command line, run on the example files.

mod bad_input;
mod contract;
mod desk;
mod differences;
#[cfg(unix)]
mod exposed;
mod folder_errors;
mod folders;
mod kill;
mod large;
mod ledger;
mod monitoring;
mod named;
mod not_searched;
mod own_policy;
mod passphrase;
mod policy;
mod portfolio;
#[cfg(unix)]
mod printed;
mod sessions;
mod support;
mod verdicts;
mod walk;
