//! The `zkmargin` command line.

mod arguments;
mod commands;
mod exit;
mod failure;
mod files;
mod outcome;
mod progress;
mod resolve;
mod run;

fn main() -> std::process::ExitCode {
    run::run()
}
