//! Commands that run at a crossing: a program with arguments, no shell. The environment carries the figures.

use super::figures::{PERCENT_DECIMALS, RATIO_DECIMALS, Reading};
use super::rules::Snapshot;
use super::threshold::Crossing;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use std::process::{Child, Command, Stdio};
use zkmargin_model::decimal::format_scaled;

/// Commands that may run at one time; another one waits for the first of them.
const MOST: usize = 8;

/// The command, and those of it that run.
pub struct Commands {
    command: Vec<String>,
    running: Vec<Child>,
}

impl Commands {
    pub fn new(command: &[String]) -> Self {
        Self { command: command.to_vec(), running: Vec::new() }
    }

    /// Runs the command for a crossing, with what is known of snapshot and account. What it prints goes to standard error.
    pub fn start(
        &mut self,
        at: &Crossing,
        file: Option<&Snapshot>,
        reading: Option<&Reading>,
    ) -> Result<()> {
        let Some((program, arguments)) = self.command.split_first() else { return Ok(()) };
        let program = program.clone();
        let mut command = Command::new(&program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
        let ratio =
            reading.and_then(Reading::ratio).map(|ratio| format_scaled(&ratio, RATIO_DECIMALS));
        let nearest = reading.and_then(Reading::nearest);
        let percent = nearest.map(|nearest| format_scaled(&nearest.percent, PERCENT_DECIMALS));
        for (name, value) in [
            ("THRESHOLD", Some(at.of.to_owned())),
            ("BOUND", Some(at.bound.clone())),
            ("TO", Some(at.side().to_owned())),
            ("TIME", file.map(|file| file.time().to_owned())),
            ("SEQUENCE", file.map(|file| file.sequence().to_string())),
            ("MET", reading.map(|reading| reading.is_met().to_string())),
            ("RATIO", ratio),
            ("BUFFER", reading.and_then(Reading::buffer)),
            ("LIQUIDATION", reading.and_then(Reading::status).map(str::to_owned)),
            ("INSTRUMENT", nearest.map(|nearest| nearest.instrument.clone())),
            ("PRICE", nearest.map(|nearest| nearest.price.clone())),
            ("DISTANCE", percent),
        ] {
            // Nothing of the caller's own environment stands for a figure.
            command.env(format!("ZKMARGIN_{name}"), value.unwrap_or_default());
        }
        self.reap();
        if self.running.len() >= MOST {
            let _ = self.running.remove(0).wait();
        }
        let child = command.spawn().map_err(|e| {
            let message = format!("--exec {program:?} cannot be run: {e}");
            Failure::new(Exit::Io, "CannotRun", message)
        })?;
        self.running.push(child);
        Ok(())
    }

    /// Forgets those that ended.
    pub fn reap(&mut self) {
        self.running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }

    /// Waits for all.
    pub fn finish(&mut self) {
        for child in &mut self.running {
            let _ = child.wait();
        }
        self.running.clear();
    }
}
