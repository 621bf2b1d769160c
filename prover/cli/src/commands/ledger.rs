//! `zkmargin ledger`.

use super::Run;
use super::compare::{Compare, compare};
use super::describe::lines_of;
use crate::exit::Exit;
use crate::exposed;
use crate::failure::{Failure, Result, Warning};
use crate::files::{self, Secrecy};
use crate::kept::Kept;
use crate::outcome::Outcome;
use crate::progress::Bar;
use crate::resolve;
use crate::shared::{Global, Output};
use crate::text::Text;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zkmargin_ledger::{BlindingSeed, Build, BuildError, Opening, Progress, Tree, write_openings};
use zkmargin_model::counted;
use zkmargin_notes::{Body, LedgerCheckpoint};
use zkmargin_params::{AccountRemark, MAX_FILE_BYTES};
use zkmargin_policy::{What, open_note};

#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Build a ledger from one account per line; an interrupted build resumes where it stopped
    Build(LedgerBuild),
    /// Write the opening of one account
    Open(LedgerOpen),
    /// Verify an opening against the signed checkpoint
    Verify(LedgerVerify),
    /// Show whether two signed checkpoints of one epoch contradict each other
    Compare(CompareCheckpoints),
}

impl Ledger {
    /// The command that was chosen.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Ledger::Build(a) => a,
            Ledger::Open(a) => a,
            Ledger::Verify(a) => a,
            Ledger::Compare(a) => a,
        }
    }
}

#[derive(Debug, Args)]
pub struct LedgerBuild {
    /// Accounts, one JSON object per line, without blinding
    pub accounts: PathBuf,
    /// Risk schedule, whose numbering the commitments rely on
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Epoch of the ledger, from 1
    #[arg(long, value_name = "NUMBER")]
    pub epoch: u64,
    /// Time the accounts had this state, UTC, such as 2024-07-27T06:44:38Z
    #[arg(long, value_name = "TIME")]
    pub time: String,
    /// Work folder: leaves, levels and the seed of blindings, which is secret
    #[arg(long, value_name = "DIR")]
    pub work: PathBuf,
    /// Note key to sign the checkpoint with
    #[arg(long, value_name = "FILE")]
    pub signer: Option<PathBuf>,
    /// Write the opening of every account to this folder, as SERIAL.json
    #[arg(long, value_name = "DIR")]
    pub openings: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct LedgerOpen {
    /// Work folder of a finished build
    #[arg(long, value_name = "DIR")]
    pub work: PathBuf,
    /// Serial of the account
    #[arg(long, value_name = "NUMBER")]
    pub serial: u32,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct LedgerVerify {
    /// Opening file
    pub opening: PathBuf,
    /// Private account
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    /// Risk schedule
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Holder's secret
    #[arg(long, value_name = "FILE")]
    pub holder: PathBuf,
    /// Signed checkpoint
    #[arg(long, value_name = "FILE")]
    pub checkpoint: PathBuf,
    /// Keys that you trust
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
}

#[derive(Debug, Args)]
pub struct CompareCheckpoints {
    #[command(flatten)]
    pub notes: Compare,
}

impl Run for LedgerBuild {
    fn name(&self) -> &'static str {
        "ledger build"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        build(self, global)
    }
}

impl Run for LedgerOpen {
    fn name(&self) -> &'static str {
        "ledger open"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    /// A venue can create openings from its work folder as often as it likes.
    fn replaces(&self) -> Option<Kept> {
        Some(Kept::Opening)
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        open(self)
    }
}

impl Run for LedgerVerify {
    fn name(&self) -> &'static str {
        "ledger verify"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        verify(self, global)
    }
}

impl Run for CompareCheckpoints {
    fn name(&self) -> &'static str {
        "ledger compare"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        compare::<LedgerCheckpoint>(&self.notes, "LedgerConflict")
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let name = path.display().to_string();
    move |e| Failure::new(Exit::Io, "CannotRead", e.to_string()).in_file(&name)
}

/// The seed of a work folder.
fn seed_of(work: &Path) -> Result<BlindingSeed> {
    let seed = BlindingSeed::of_folder(work).map_err(io(work))?;
    exposed::look_at(&work.join("blinding.seed"), "holds the seed of a ledger's blindings");
    Ok(seed)
}

fn build_failure(error: BuildError) -> Failure {
    let (exit, code) = match &error {
        BuildError::Io { .. } => (Exit::Io, "LedgerIo"),
        BuildError::Line(_) => (Exit::Malformed, "LedgerLine"),
        BuildError::Empty => (Exit::Malformed, "LedgerEmpty"),
        BuildError::TooMany => (Exit::Malformed, "LedgerTooLarge"),
        BuildError::Busy => (Exit::Io, "LedgerBusy"),
        BuildError::OtherJob => (Exit::Usage, "LedgerOtherJob"),
        BuildError::OtherLines(_) => (Exit::Usage, "LedgerOtherLines"),
    };
    let failure = Failure::new(exit, code, error.to_string());
    match error {
        BuildError::Line(_) => {
            failure.help("correct the line and run the command again: it resumes there")
        }
        BuildError::OtherJob | BuildError::OtherLines(_) => {
            failure.help("choose another --work folder")
        }
        _ => failure,
    }
}

/// What in the accounts is likely a mistake: the first few, and how many more.
#[derive(Default)]
struct Warnings {
    first: Vec<Warning>,
    more: u64,
}

impl Warnings {
    const LISTED: usize = 20;

    fn add(&mut self, serial: u64, remark: &AccountRemark) {
        if self.first.len() < Self::LISTED {
            self.first
                .push((remark.code, format!("account {serial} (line {}): {remark}", serial + 1)));
        } else {
            self.more += 1;
        }
    }

    fn list(mut self) -> Vec<Warning> {
        if self.more > 0 {
            self.first.push(("MoreRemarks", format!("{} more such positions", self.more)));
        }
        self.first
    }
}

/// Builds a ledger and writes its checkpoint.
fn build(a: &LedgerBuild, global: &Global) -> Result<Outcome> {
    files::check_absent(&a.output.output, a.output.force)?;
    let schedule = resolve::any_schedule(&a.schedule)?;
    let signer = a.signer.as_deref().map(|path| resolve::signer(path, global)).transpose()?;
    let time_ms = resolve::time("--time", &a.time)?;
    if a.epoch == 0 {
        return Err(Failure::usage("--epoch begins at 1"));
    }
    let total = a.accounts.metadata().map_err(io(&a.accounts))?.len();
    let bar = Bar::new(!global.quiet && !global.json, total);
    let build =
        Build { schedule: &*schedule, accounts: &a.accounts, epoch: a.epoch, folder: &a.work };
    let mut warnings = Warnings::default();
    let tree = build.run(|progress| match progress {
        Progress::Leaves { accounts, bytes } => {
            bar.set(bytes, counted(accounts, "account", "accounts"))
        }
        Progress::Level(level) => bar.set(total, format!("level {level}")),
        Progress::Remark { serial, remark } => warnings.add(serial, &remark),
    });
    drop(bar);
    let mut warnings = warnings.list();
    warnings.extend(resolve::future_warning("the checkpoint", time_ms));
    let tree = tree.map_err(|e| build_failure(e).warned(warnings.clone()))?;
    if let Some(folder) = &a.openings {
        let seed = seed_of(&a.work)?;
        let bar = Bar::counting(!global.quiet && !global.json, tree.size());
        write_openings(&tree, &seed, folder, |done| bar.set(done, "openings".to_owned()))
            .map_err(|e| Failure::new(Exit::Io, "CannotWrite", e.to_string()))
            .map_err(|failure| failure.in_file(&folder.display().to_string()))?;
    }
    let checkpoint = LedgerCheckpoint {
        origin: schedule.venue().to_owned(),
        size: tree.size(),
        root: tree.root().map_err(io(&a.work))?,
        epoch: a.epoch,
        time_ms,
        registry: schedule.registry_digest(),
        schedule: schedule.digest(),
    };
    let text = match &signer {
        Some(signer) => {
            let note = checkpoint.sign(signer);
            note.map_err(|e| Failure::new(Exit::Malformed, "CannotSign", e.to_string()))?.to_text()
        }
        None => checkpoint.to_text(),
    };
    files::write(&a.output.output, text.as_bytes(), Secrecy::Public, a.output.force)?;
    let root = checkpoint.root.to_string();
    let lines = [
        ("accounts", checkpoint.size.to_string()),
        ("epoch", checkpoint.epoch.to_string()),
        ("root", root.clone()),
        ("checkpoint", a.output.output.display().to_string()),
        ("signed", if signer.is_some() { "yes" } else { "no" }.to_owned()),
    ];
    let result = json!({
        "accounts": checkpoint.size,
        "epoch": checkpoint.epoch,
        "root": root,
        "signed": signer.is_some(),
    });
    let mut outcome = Outcome::done(lines_of(&lines), result);
    outcome.warnings = warnings;
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}

/// Writes the opening of one account, for its holder only.
fn open(a: &LedgerOpen) -> Result<Outcome> {
    files::check_absent(&a.output.output, a.output.force)?;
    let tree = Tree::open(&a.work).map_err(io(&a.work))?;
    let seed = seed_of(&a.work)?;
    let opening = Opening::of(&tree, &seed, a.serial).map_err(io(&a.work))?;
    let text = opening.to_json();
    let text = text.map_err(|e| Failure::new(Exit::Internal, "Opening", e.to_string()))?;
    let text = Zeroizing::new(text);
    files::write(&a.output.output, text.as_bytes(), Secrecy::Private, a.output.force)?;
    let result = json!({ "serial": a.serial, "file": a.output.output.display().to_string() });
    let mut outcome = Outcome::done(Text::new(), result);
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}

/// Checks an opening against account, holder and signed checkpoint before its holder relies on it.
fn verify(a: &LedgerVerify, global: &Global) -> Result<Outcome> {
    let schedule = resolve::any_schedule(&a.schedule)?;
    let account = resolve::ReadAccount::open(&a.account, &*schedule)?.holdings(&*schedule)?;
    let opening = resolve::opening(&a.opening)?;
    let keys = resolve::keys_of(&a.keys)?;
    let note = files::read(&a.checkpoint, MAX_FILE_BYTES)?;
    let venue = Some(schedule.venue());
    let opened =
        open_note::<LedgerCheckpoint>(&keys, &note, What::Checkpoint, venue, resolve::now_ms());
    let opened = opened.map_err(|refused| {
        Failure::new(Exit::Policy, refused.code(), refused.to_string())
            .in_file(&files::name_of(&a.checkpoint))
    })?;
    let checkpoint = opened.body();
    let (place, secrets) = resolve::place(&opening, &a.holder, &*schedule, global)?;
    let secrets = resolve::committed(&secrets, &*schedule)?;
    let leaf = resolve::commitment(&*schedule, &account, &secrets)?;
    let checks = [
        (opening.leaf().ok() == Some(leaf), "the leaf is not the commitment of this account"),
        (
            place.path.root(leaf) == checkpoint.root,
            "the path does not lead to the checkpoint's root",
        ),
        (u64::from(opening.serial()) < checkpoint.size, "the serial is past the checkpoint's size"),
        (
            checkpoint.registry == schedule.registry_digest(),
            "the checkpoint relies on a different registry from the schedule's",
        ),
    ];
    let wrong = checks.iter().find(|(holds, _)| !holds).map(|(_, reason)| *reason);
    let root = checkpoint.root.to_string();
    let lines = [
        ("serial", opening.serial().to_string()),
        ("epoch", checkpoint.epoch.to_string()),
        ("accounts", checkpoint.size.to_string()),
        ("root", root.clone()),
    ];
    let result = json!({
        "serial": opening.serial(),
        "epoch": checkpoint.epoch,
        "accounts": checkpoint.size,
        "root": root,
    });
    let mut outcome = Outcome::done(lines_of(&lines), result);
    match wrong {
        None => outcome.verdict = Some("VALID".to_owned()),
        Some(reason) => {
            outcome.exit = Exit::Invalid;
            outcome.verdict = Some(format!("INVALID: {reason}"));
            outcome.reason = Some(("InvalidOpening", reason.to_owned()));
        }
    }
    Ok(outcome)
}
