//! `zkmargin completions` and `zkmargin man`.

use super::Run;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::shared::Global;
use crate::text::Text;
use clap::{Args, Command, CommandFactory};
use serde_json::json;
use std::marker::PhantomData;

/// Completions of the program `P`.
#[derive(Debug, Args)]
pub struct Completions<P: CommandFactory> {
    /// Shell
    pub shell: clap_complete::Shell,
    #[arg(skip)]
    program: PhantomData<fn() -> P>,
}

/// The manual of the program `P`.
#[derive(Debug)]
pub struct Man<P>(PhantomData<fn() -> P>);

impl<P> Man<P> {
    pub const NEW: Self = Self(PhantomData);
}

impl<P: CommandFactory> Run for Completions<P> {
    fn name(&self) -> &'static str {
        "completions"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        completions(self.shell, P::command())
    }
}

impl<P: CommandFactory> Run for Man<P> {
    fn name(&self) -> &'static str {
        "man"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        manual(P::command())
    }
}

fn text_of(bytes: Vec<u8>) -> Outcome {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut outcome = Outcome::done(Text::new(), json!({ "text": text }));
    outcome.verbatim = Some(text);
    outcome
}

fn completions(shell: clap_complete::Shell, mut program: Command) -> Result<Outcome> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut program, "zkmargin", &mut bytes);
    Ok(text_of(bytes))
}

/// The manual page of the program and, one after the other, those of its commands.
fn manual(mut command: Command) -> Result<Outcome> {
    let mut bytes = Vec::new();
    let failed = |e: std::io::Error| Failure::new(Exit::Internal, "Manual", e.to_string());
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut bytes).map_err(failed)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        if sub.get_name() != "help" {
            clap_mangen::Man::new(sub.clone()).render(&mut bytes).map_err(failed)?;
        }
    }
    Ok(text_of(bytes))
}
