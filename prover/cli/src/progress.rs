//! Progress on a terminal's standard error, and nowhere else.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;
use zkmargin_prover::Stage;

/// A spinner, or nothing.
#[derive(Debug)]
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// A spinner if standard error is a terminal and progress is wanted.
    pub fn new(wanted: bool) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(Some(bar))
    }

    /// Shows what is being done.
    pub fn say(&self, message: &'static str) {
        if let Some(bar) = &self.0 {
            bar.set_message(message);
        }
    }

    /// Shows a stage of proving.
    pub fn stage(&self, stage: Stage) {
        self.say(match stage {
            Stage::Check => "checking the claim",
            Stage::Keys => "generating the market's keys",
            Stage::Prove => "proving",
            Stage::Verify => "verifying the proof",
        });
    }
}

impl Progress {
    /// Leaves the terminal as it was.
    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A bar over bytes of input with a rate and the time left, or nothing.
#[derive(Debug)]
pub struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar over bytes, if standard error is a terminal and progress is wanted.
    pub fn new(wanted: bool, total: u64) -> Self {
        Self::with(wanted, total, "{bar:30} {bytes}/{total_bytes} {msg} ({elapsed}, {eta} left)")
    }

    /// The same over a count of items.
    pub fn counting(wanted: bool, total: u64) -> Self {
        Self::with(wanted, total, "{bar:30} {pos}/{len} {msg} ({per_sec}, {eta} left)")
    }

    fn with(wanted: bool, total: u64, template: &str) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// Shows how far the work has got.
    pub fn set(&self, position: u64, message: String) {
        if let Some(bar) = &self.0 {
            bar.set_position(position);
            bar.set_message(message);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
