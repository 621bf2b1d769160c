//! The built command line, run on the example files.

mod bad_input;
mod contract;
mod desk;
mod folders;
mod kill;
mod large;
mod ledger;
mod monitoring;
mod named;
mod own_policy;
mod passphrase;
mod policy;
mod portfolio;
mod sessions;
mod support;
mod verdicts;
mod walk;
