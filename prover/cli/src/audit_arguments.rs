//! Arguments of `zkmargin audit`, as typed.

use crate::arguments::Output;
use clap::{Args, Subcommand};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Store proofs, verify very many, and show which are wrong or missing
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Import files, folders, NDJSON and Parquet into a store
    Ingest(Ingest),
    /// Sign a manifest of what is due
    Sign(SignManifest),
    /// Take a signed manifest into a store
    Expect(Expect),
    /// List proofs that are due but not submitted
    Missing(Missing),
    /// Verify every proof in the store; rerun to resume
    Run(Run),
    /// Combine shards, or workers' Parquet files, into one run
    Merge(Merge),
    /// Write the report of a finished run
    Report(Report),
    /// Write entries as Parquet, for other programs and for workers
    Export(Export),
    /// The tamper-evident log over what was ingested
    #[command(subcommand)]
    Log(Log),
}

#[derive(Debug, Args)]
pub struct Ingest {
    /// Store, made if it does not exist
    pub store: PathBuf,
    /// Files and folders: proofs, evidence, .ndjson with a JSON twin per line, .parquet; `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Who hands them in
    #[arg(long, value_name = "NAME", default_value = "unnamed")]
    pub submitter: String,
    /// The files are messages of price networks, whose bytes do not say so
    #[arg(long)]
    pub sources: bool,
}

/// A manifest with its list.
#[derive(Debug, Args)]
pub struct Manifest {
    /// Manifest
    #[arg(long, value_name = "FILE")]
    pub manifest: PathBuf,
    /// List of who owes proofs: CSV with venue, epoch, subject, accounts
    #[arg(long, value_name = "FILE")]
    pub due: PathBuf,
}

#[derive(Debug, Args)]
pub struct SignManifest {
    #[command(flatten)]
    pub manifest: Manifest,
    /// Note key of the auditor
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Expect {
    /// Store
    pub store: PathBuf,
    #[command(flatten)]
    pub manifest: Manifest,
    /// The auditor's note over the manifest
    #[arg(long, value_name = "FILE")]
    pub note: PathBuf,
    /// Keys that you trust, the auditor's among them
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
}

#[derive(Debug, Args)]
pub struct Missing {
    /// Store
    pub store: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// How many to list
    #[arg(long, value_name = "NUMBER", default_value = "20")]
    pub list: u64,
}

#[derive(Debug, Args)]
pub struct Run {
    /// Store
    pub store: PathBuf,
    /// The run's file, made if it does not exist
    #[arg(long, value_name = "FILE")]
    pub run: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// A part of the proofs, such as 0/4; merge all parts
    #[arg(long, value_name = "I/N", default_value = "0/1")]
    pub shard: String,
    /// Threads [default: one per core]
    #[arg(long, value_name = "NUMBER")]
    pub workers: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub struct Merge {
    /// Store
    pub store: PathBuf,
    /// Finished runs of shards, Parquet files or folders with verdicts
    #[arg(required = true, value_name = "RUN")]
    pub inputs: Vec<PathBuf>,
    /// File of the merged run
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// Valid proofs, drawn at random, that are judged again
    #[arg(long, value_name = "NUMBER", default_value = "1000")]
    pub sample: u64,
    /// Threads [default: one per core]
    #[arg(long, value_name = "NUMBER")]
    pub workers: Option<NonZeroUsize>,
}

/// Writing a report, or verifying one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Report {
    #[command(subcommand)]
    pub command: Option<ReportCommand>,
    #[command(flatten)]
    pub write: Option<WriteReport>,
}

#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Check who signed a report, its files, and with the store and the run that they come out again
    Verify(VerifyReport),
}

#[derive(Debug, Args)]
pub struct VerifyReport {
    /// Folder with the report
    pub folder: PathBuf,
    /// Keys that you trust, the auditor's among them
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
    /// Store, to compute the report's figures from again
    #[arg(long, value_name = "FILE", requires = "run")]
    pub store: Option<PathBuf>,
    /// The run that the report is of
    #[arg(long, value_name = "FILE", requires = "store")]
    pub run: Option<PathBuf>,
    /// Valid proofs, drawn at random, that are judged again
    #[arg(long, value_name = "NUMBER", default_value = "500")]
    pub sample: u64,
}

#[derive(Debug, Args)]
pub struct WriteReport {
    /// Store
    pub store: PathBuf,
    /// A finished run
    #[arg(long, value_name = "FILE")]
    pub run: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// Folder to write report.html, report.json, periods.csv, exceptions.csv and report.note to
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Note key of the auditor, to sign the report with
    #[arg(long, value_name = "FILE")]
    pub signer: Option<PathBuf>,
    /// Remark about what the store holds, shown under Method
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub remark: String,
    /// Valid proofs, drawn at random, that are judged again
    #[arg(long, value_name = "NUMBER", default_value = "500")]
    pub sample: u64,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Export {
    /// Store
    pub store: PathBuf,
    /// Folder to write evidence.parquet, proofs-00000.parquet and so on, and the manifest to
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Name of the manifest [default: the only one, if there is one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// Proofs per file
    #[arg(long, value_name = "NUMBER", default_value = "5000")]
    pub rows: std::num::NonZeroU64,
}

#[derive(Debug, Subcommand)]
pub enum Log {
    /// Sign size and root of the log
    Checkpoint {
        /// Store
        store: PathBuf,
        /// Name of the log
        #[arg(long, value_name = "NAME")]
        origin: String,
        /// Note key of the auditor
        #[arg(long, value_name = "FILE")]
        signer: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Write the proof that a file is in the log
    Prove {
        /// Store
        store: PathBuf,
        /// The file
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Signed checkpoint of the log
        #[arg(long, value_name = "FILE")]
        checkpoint: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Check the proof that a file is in the log, without the store
    Check {
        /// The proof
        proof: PathBuf,
        /// The file
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Name of the log
        #[arg(long, value_name = "NAME")]
        origin: String,
        /// Keys that you trust, the auditor's among them
        #[arg(long, value_name = "FILE")]
        keys: PathBuf,
    },
    /// Read the whole store and compare it with its log, and with an older checkpoint
    Verify {
        /// Store
        store: PathBuf,
        /// Signed checkpoint that the log must extend
        #[arg(long, value_name = "FILE", requires_all = ["origin", "keys"])]
        checkpoint: Option<PathBuf>,
        /// Name of the log in the checkpoint
        #[arg(long, value_name = "NAME", requires = "checkpoint")]
        origin: Option<String>,
        /// Keys that you trust, the auditor's among them
        #[arg(long, value_name = "FILE", requires = "checkpoint")]
        keys: Option<PathBuf>,
    },
}

impl Audit {
    /// Its name in `--json` output.
    pub fn name(&self) -> &'static str {
        match self {
            Audit::Ingest(_) => "audit ingest",
            Audit::Sign(_) => "audit sign",
            Audit::Expect(_) => "audit expect",
            Audit::Missing(_) => "audit missing",
            Audit::Run(_) => "audit run",
            Audit::Merge(_) => "audit merge",
            Audit::Report(Report { command: Some(ReportCommand::Verify(_)), .. }) => {
                "audit report verify"
            }
            Audit::Report(_) => "audit report",
            Audit::Export(_) => "audit export",
            Audit::Log(Log::Checkpoint { .. }) => "audit log checkpoint",
            Audit::Log(Log::Prove { .. }) => "audit log prove",
            Audit::Log(Log::Check { .. }) => "audit log check",
            Audit::Log(Log::Verify { .. }) => "audit log verify",
        }
    }

    /// The file that it writes, if it writes one.
    pub fn output(&self) -> Option<&std::path::Path> {
        match self {
            Audit::Sign(a) => Some(&a.output.output),
            Audit::Log(Log::Checkpoint { output, .. } | Log::Prove { output, .. }) => {
                Some(&output.output)
            }
            _ => None,
        }
    }
}
