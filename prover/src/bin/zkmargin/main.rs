//! The `zkmargin` command line.

mod arguments;
mod audit_arguments;
mod commands;
mod exit;
mod failure;
mod files;
mod note_arguments;
mod outcome;
mod passphrase;
mod policy_arguments;
mod progress;
mod resolve;
mod run;

fn main() -> std::process::ExitCode {
    run::run()
}
