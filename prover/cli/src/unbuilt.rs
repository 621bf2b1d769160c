//! What a build leaves out, and how to get it.

use crate::failure::Failure;

/// The failure for a command or option that this build does not have.
pub fn failure(what: &str) -> Failure {
    Failure::usage(format!("this build of zkmargin has no {what}")).help(
        "`cargo install --locked --path prover/cli --features full` installs the whole command",
    )
}
