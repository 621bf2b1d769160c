//! `zkmargin import`: schedule, snapshot and account from a folder of a venue's answers. Reading it is the library's.

use super::describe;
use super::folder::{self, FolderOptions, Given};
use crate::commands::Run;
use crate::exit::Exit;
use crate::failure::{Failure, Result, Warning};
use crate::files::{self, Secrecy, ToWrite};
use crate::outcome::Outcome;
use crate::shared::Global;
use crate::text::Text;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use zeroize::Zeroizing;
use zkmargin_params::venues::PortfolioVenue;
use zkmargin_params::{FileError, FileKind};

#[derive(Debug, Args)]
pub struct Import {
    /// The venue whose answers the folder has
    #[arg(long, value_name = "VENUE", value_parser = folder::venue_names())]
    pub from: String,
    /// Folder with the venue's answers, each saved as the venue sends it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub options: FolderOptions,
    /// Portfolio margin: schedule, where no answer of the venue has the rule
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    pub schedule: Option<PathBuf>,
    /// Portfolio margin: snapshot of that schedule
    #[arg(long, value_name = "FILE", requires = "schedule")]
    pub snapshot: Option<PathBuf>,
    /// Folder to write schedule.json, snapshot.json and account.json to; created if absent
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace a schedule and a snapshot that exist; an account is never replaced
    #[arg(long)]
    pub force: bool,
}

impl Run for Import {
    fn name(&self) -> &'static str {
        "import"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        import(self)
    }
}

fn failed(error: FileError) -> Failure {
    Failure::new(Exit::Internal, "Import", error.to_string())
}

/// Files to write, and what is said about them.
struct Made {
    list: Vec<ToWrite>,
    text: Text,
    result: Value,
    warnings: Vec<Warning>,
}

impl Made {
    fn add(&mut self, path: PathBuf, text: String, secrecy: Secrecy) {
        let bytes = Zeroizing::new(text.into_bytes());
        self.list.push(ToWrite { path, bytes, secrecy });
    }
}

fn linear(a: &Import) -> Result<Made> {
    let given =
        Given { schedule: a.schedule.as_deref(), snapshot: a.snapshot.as_deref(), account: None };
    given.must_be_none(&a.from)?;
    let imported = folder::read(&a.folder, &a.from, &a.options, false)?;
    let (mut text, schedule) = describe::schedule(&imported.schedule);
    text.append(folder::text(&imported));
    let mut result = imported.report();
    result["schedule"] = schedule;
    result["market"] = json!(imported.market.as_ref().map(|market| market.digest().to_string()));
    let mut made = Made { list: Vec::new(), text, result, warnings: imported.warnings() };
    if let Some(account) = &imported.account {
        let text = account.to_json().map_err(failed)?;
        made.add(a.output.join("account.json"), text, Secrecy::Private);
    }
    let text = imported.schedule.file().to_json().map_err(failed)?;
    made.add(a.output.join("schedule.json"), text, Secrecy::Public);
    if let Some(snapshot) = &imported.snapshot {
        let text = snapshot.to_json().map_err(failed)?;
        made.add(a.output.join("snapshot.json"), text, Secrecy::Public);
    }
    Ok(made)
}

/// What the venue's answers say; what was given beside them stays where it is.
fn portfolio(a: &Import, venue: &PortfolioVenue) -> Result<Made> {
    let given =
        Given { schedule: a.schedule.as_deref(), snapshot: a.snapshot.as_deref(), account: None };
    let imported = folder::read_portfolio(&a.folder, venue, &a.options, given)?;
    let (schedule, digest) = (imported.market.schedule(), imported.market.digest().to_string());
    let mut text = Text::new();
    text.line(format!("schedule     {} of {}", imported.schedule.name, imported.schedule.venue));
    text.line(format!("digest       {}", schedule.digest()));
    text.line(format!("registry     {}", schedule.registry_digest()));
    text.line(format!("market       {digest}"));
    text.append(folder::portfolio_text(&imported));
    let mut result = imported.report();
    result["market"] = json!(digest);
    result["schedule"] = json!({
        "name": imported.schedule.name,
        "digest": schedule.digest().to_string(),
        "registry": schedule.registry_digest().to_string(),
    });
    let mut made = Made { list: Vec::new(), text, result, warnings: imported.warnings() };
    if let Some(account) = &imported.account {
        let text = account.to_json().map_err(failed)?;
        made.add(a.output.join("account.json"), text, Secrecy::Private);
    }
    if !imported.given.contains(&FileKind::PortfolioSchedule) {
        let text = imported.schedule.to_json().map_err(failed)?;
        made.add(a.output.join("schedule.json"), text, Secrecy::Public);
        let text = imported.snapshot.to_json().map_err(failed)?;
        made.add(a.output.join("snapshot.json"), text, Secrecy::Public);
    }
    Ok(made)
}

fn import(a: &Import) -> Result<Outcome> {
    let Made { list, mut text, mut result, warnings } = match folder::portfolio_venue(&a.from) {
        Some(venue) => portfolio(a, venue)?,
        None => linear(a)?,
    };
    let is_new = !a.output.exists();
    for file in &list {
        files::check_absent(&file.path, a.force)?;
    }
    if is_new {
        std::fs::create_dir(&a.output).map_err(|e| {
            let message = format!("the folder cannot be made: {e}; nothing was written");
            Failure::new(Exit::Io, "CannotWrite", message).in_file(&files::name_of(&a.output))
        })?;
    }
    if let Err(failure) = files::write_all(&list, a.force) {
        if is_new {
            // It is empty, unless somebody else is at work there.
            let _ = std::fs::remove_dir(&a.output);
        }
        return Err(failure);
    }
    for file in &list {
        text.line(format!("wrote        {}", file.path.display()));
    }
    result["files"] = list.iter().map(|file| file.path.display().to_string()).collect();
    let mut outcome = Outcome::done(text, result);
    outcome.warnings = warnings;
    Ok(outcome)
}
