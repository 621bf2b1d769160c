//! `zkmargin completions` and `zkmargin man`.

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::text::Text;
use clap::CommandFactory;
use serde_json::json;

fn text_of(bytes: Vec<u8>) -> Outcome {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut outcome = Outcome::done(Text::new(), json!({ "text": text }));
    outcome.verbatim = Some(text);
    outcome
}

pub fn completions(shell: clap_complete::Shell) -> Result<Outcome> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "zkmargin", &mut bytes);
    Ok(text_of(bytes))
}

/// The manual page of the program and, one after the other, those of its commands.
pub fn manual() -> Result<Outcome> {
    let mut bytes = Vec::new();
    let failed = |e: std::io::Error| Failure::new(Exit::Internal, "Manual", e.to_string());
    let mut command = Arguments::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut bytes).map_err(failed)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        if sub.get_name() != "help" {
            clap_mangen::Man::new(sub.clone()).render(&mut bytes).map_err(failed)?;
        }
    }
    Ok(text_of(bytes))
}
