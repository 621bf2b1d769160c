//! `zkmargin audit`, in a build without it.

use super::Run;
use crate::failure::Result;
use crate::outcome::Outcome;
use crate::shared::Global;
use crate::unbuilt;
use clap::Args;

#[derive(Debug, Args)]
pub struct Audit {
    /// A command of `zkmargin audit`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub command: Vec<String>,
}

impl Run for Audit {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        Err(unbuilt::failure("audits"))
    }
}
