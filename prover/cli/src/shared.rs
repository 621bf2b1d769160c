//! Arguments shared by several commands, as typed. `resolve` turns them into values.

use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Form;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use zkmargin_params::{AskedBooks, MAX_FILE_BYTES, Requirement};

#[derive(Debug, Args)]
pub struct Global {
    /// Print one JSON object on standard output, with the same keys on failure
    #[arg(long, global = true)]
    pub json: bool,
    /// More logs on standard error; twice for debug
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress and no logs
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Folder for commitment parameters [default: the platform's cache folder]
    #[arg(
        long,
        global = true,
        env = "ZKMARGIN_CACHE_DIR",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub cache_dir: Option<PathBuf>,
    /// File with the passphrase of key files [default: ZKMARGIN_PASSPHRASE, or ask]
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Keep no commitment parameters on disk
    #[arg(long, global = true)]
    pub no_cache: bool,
}

impl Global {
    /// What is printed.
    pub fn form(&self) -> Form {
        if self.json { Form::Json } else { Form::Text }
    }
}

/// Schedule and snapshot.
#[derive(Debug, Args)]
pub struct Market {
    /// Risk schedule; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Price snapshot of that schedule; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub snapshot: PathBuf,
}

/// Schedule and snapshot, where they may also come from a folder of a venue's answers.
#[derive(Debug, Args)]
pub struct MarketOrFolder {
    /// Risk schedule; `-` is standard input. With --from, of portfolio margin where no answer of the venue has the rule
    #[arg(long, value_name = "FILE", required_unless_present = "from")]
    pub schedule: Option<PathBuf>,
    /// Price snapshot of that schedule; `-` is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "from")]
    pub snapshot: Option<PathBuf>,
}

/// What a claim is about: all of the schedule's books, or a requirement of a portfolio account, if not given.
#[derive(Clone, Debug, Args)]
pub struct Books {
    /// Settlement asset whose book the claim is about, where each settlement asset has a book
    #[arg(long, value_name = "ASSET")]
    pub settlement_asset: Option<String>,
    /// The cross book alone, where positions can be isolated: isolated ones are left out
    #[arg(long)]
    pub cross_alone: bool,
    /// One isolated position, SYMBOL:long or SYMBOL:short, and no other book; such a claim has no floor
    #[arg(long, value_name = "POSITION",
          conflicts_with_all = ["settlement_asset", "cross_alone", "all_but_isolated", "stress"])]
    pub only_isolated: Option<String>,
    /// All books but that of one isolated position, SYMBOL:long or SYMBOL:short
    #[arg(long, value_name = "POSITION", conflicts_with_all = ["cross_alone", "stress"])]
    pub all_but_isolated: Option<String>,
    /// Stress of a portfolio account: what its worst loss leaves of the equity is at least the floor
    #[arg(long, value_name = "NAME", conflicts_with_all = ["settlement_asset", "cross_alone"])]
    pub stress: Option<String>,
}

impl Books {
    /// The books of a linear account that are asked for.
    pub fn asked(&self) -> AskedBooks<'_> {
        AskedBooks {
            settlement_asset: self.settlement_asset.as_deref(),
            cross_alone: self.cross_alone,
            only_isolated: self.only_isolated.as_deref(),
            all_but_isolated: self.all_but_isolated.as_deref(),
        }
    }

    /// The floor of the claim, which one about an isolated position only does not have.
    ///
    /// # Errors
    /// For another floor than none.
    pub fn floor<'a>(&self, floor: &'a str) -> Result<&'a str> {
        match &self.only_isolated {
            None => Ok(floor),
            Some(_) if floor == DEFAULT_FLOOR || floor == NO_FLOOR => Ok(NO_FLOOR),
            Some(_) => {
                let message = "--floor: a claim about one isolated position only has none";
                Err(Failure::usage(message))
            }
        }
    }
}

/// The floor if none is given.
pub const DEFAULT_FLOOR: &str = "0";
/// No floor.
pub const NO_FLOOR: &str = "none";

/// Where the result goes.
#[derive(Debug, Args)]
pub struct Output {
    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProofForm {
    /// The compact file
    Binary,
    /// Its JSON twin
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShapeName {
    /// 8 positions, 4 assets
    Xs,
    /// 16 positions, 8 assets
    S,
    /// 32 positions, 16 assets
    Sm,
    /// 64 positions, 16 assets
    M,
    /// 96 positions, 16 assets
    Ml,
    /// 128 positions, 32 assets
    Lm,
    /// 256 positions, 32 assets
    L,
    /// 32 positions of a portfolio account on 4 pages, 2 assets
    P4,
    /// 64 positions of a portfolio account on 8 pages, 16 assets
    P8,
    /// 128 positions of a portfolio account on 16 pages, 16 assets
    P16,
}

/// Purpose, nonce and epoch.
#[derive(Debug, Args)]
pub struct Use {
    /// What the proof is for
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// The verifier's challenge, 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    pub nonce: Option<String>,
    /// Period the proof is for
    #[arg(long, value_name = "NUMBER")]
    pub epoch: Option<u64>,
}

/// A requirement by its name.
pub fn requirement(name: &str) -> std::result::Result<Requirement, String> {
    let names = Requirement::ALL.map(Requirement::name);
    Requirement::of_name(name).ok_or_else(|| format!("write {}", names.join(" or ")))
}

/// Reads the files of `--source NAME=FILE`.
pub fn read_sources(arguments: &[String]) -> Result<Vec<(String, Vec<u8>)>> {
    let one = |argument: &String| {
        let (name, path) = argument
            .split_once('=')
            .ok_or_else(|| Failure::usage("--source takes NAME=FILE, the policy's name first"))?;
        Ok((name.to_owned(), files::read(Path::new(path), MAX_FILE_BYTES)?.to_vec()))
    };
    arguments.iter().map(one).collect()
}
