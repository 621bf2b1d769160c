//! `zkmargin import`: schedule, snapshot and account from a folder of a venue's answers. Reading it is the library's.

use super::describe;
use super::folder::{self, FolderOptions};
use crate::commands::Run;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy, ToWrite};
use crate::outcome::Outcome;
use crate::shared::Global;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use zeroize::Zeroizing;
use zkmargin_params::FileError;

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

fn import(a: &Import) -> Result<Outcome> {
    let imported = folder::read(&a.folder, &a.from, &a.options, false)?;
    let mut list = Vec::new();
    let mut add = |name: &str, text: String, secrecy| {
        let bytes = Zeroizing::new(text.into_bytes());
        list.push(ToWrite { path: a.output.join(name), bytes, secrecy });
    };
    if let Some(account) = &imported.account {
        add("account.json", account.to_json().map_err(failed)?, Secrecy::Private);
    }
    let text = imported.schedule.file().to_json().map_err(failed)?;
    add("schedule.json", text, Secrecy::Public);
    if let Some(snapshot) = &imported.snapshot {
        add("snapshot.json", snapshot.to_json().map_err(failed)?, Secrecy::Public);
    }
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
    let (mut text, schedule) = describe::schedule(&imported.schedule);
    text.append(folder::text(&imported));
    for file in &list {
        text.line(format!("wrote        {}", file.path.display()));
    }
    let mut result = imported.report();
    result["schedule"] = schedule;
    result["market"] = json!(imported.market.as_ref().map(|market| market.digest().to_string()));
    result["files"] = list.iter().map(|file| file.path.display().to_string()).collect();
    let mut outcome = Outcome::done(text, result);
    outcome.warnings = imported.warnings();
    Ok(outcome)
}
