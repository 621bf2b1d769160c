//! Arguments of `challenge`, of `verify --policy` and of `source`, as typed.

use crate::arguments::Output;
use crate::failure::{Failure, Result};
use crate::files;
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use zkmargin_params::MAX_FILE_BYTES;

/// What `verify --policy` takes beside the proof and the market.
#[derive(Debug, Args)]
pub struct Evidence {
    /// Policy file: everything that you demand, in place of the single options
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "pin_market", "commitment", "ledger_root", "keys", "venue", "max_age", "max_k", "pseudonym",
        "claim", "floor", "audience", "purpose", "nonce", "epoch",
    ])]
    pub policy: Option<PathBuf>,
    /// Database of seen challenges, nullifiers and sequence numbers; created if absent
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub seen: Option<PathBuf>,
    /// The challenge that the proof answers, when you keep no memory
    #[arg(long, value_name = "FILE", requires = "policy", conflicts_with = "seen")]
    pub challenge: Option<PathBuf>,
    /// Venue's note over the schedule
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub schedule_note: Option<PathBuf>,
    /// Venue's note over the snapshot before, for a policy that demands the first one after a challenge
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub previous_note: Option<PathBuf>,
    /// Signed checkpoint of the ledger before, for a policy that demands the first one after a challenge
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub previous_checkpoint: Option<PathBuf>,
    /// Your own copy of the venue's newest checkpoint, for a policy that demands the newest
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub newest_checkpoint: Option<PathBuf>,
    /// Attester's note over the account's commitment
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub attestation: Option<PathBuf>,
    /// Your own copy of the attester's newest note, for a policy that demands the newest
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub newest_attestation: Option<PathBuf>,
    /// Venue's note that says how many accounts the holder has
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub enrolment: Option<PathBuf>,
    /// Your own copy of the venue's newest enrolment of the holder, for a policy that demands the newest
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub newest_enrolment: Option<PathBuf>,
    /// Message of a price source, under the policy's name for it; can be repeated
    #[arg(long = "source", value_name = "NAME=FILE", requires = "policy")]
    pub sources: Vec<String>,
}

/// What `prove` takes for the prover's own policy.
#[derive(Debug, Args)]
pub struct Own {
    /// Your own policy: whom you answer, about which markets, how much
    #[arg(long, value_name = "FILE", requires = "log")]
    pub policy: Option<PathBuf>,
    /// Your log of what you answered to whom; made if absent
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Give an answer that narrows the account down further than your policy allows
    #[arg(long, requires = "policy")]
    pub answer_anyway: bool,
    /// Venue's note over the schedule
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub schedule_note: Option<PathBuf>,
    /// Venue's note over the snapshot
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub snapshot_note: Option<PathBuf>,
    /// Signed checkpoint of the ledger
    #[arg(long, value_name = "FILE", requires_all = ["policy", "opening"])]
    pub checkpoint: Option<PathBuf>,
    /// Message of a price source, under the policy's name for it; can be repeated
    #[arg(long = "source", value_name = "NAME=FILE", requires = "policy")]
    pub sources: Vec<String>,
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

/// Make a challenge under a policy and remember it
#[derive(Debug, Args)]
pub struct Challenge {
    /// Policy file
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// Database in which `verify --seen` looks up the answer; created if absent
    #[arg(long, value_name = "FILE")]
    pub seen: Option<PathBuf>,
    /// What the proof is for, where the policy leaves it open
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// Period the proof is for, where the policy leaves it open
    #[arg(long, value_name = "NUMBER")]
    pub epoch: Option<u64>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Source {
    /// Verify a source's message and show its prices
    Check(SourceMessage),
    /// Verify a network's message and sign its prices as a source note
    Import {
        #[command(flatten)]
        message: SourceMessage,
        /// Note key to sign with
        #[arg(long, value_name = "FILE")]
        signer: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Sign your own prices as a source note
    Sign {
        /// Prices: JSON object of feeds, each with "price" and "time"
        prices: PathBuf,
        /// Name of the source
        #[arg(long, value_name = "TEXT")]
        name: String,
        /// Note key to sign with
        #[arg(long, value_name = "FILE")]
        signer: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// Pyth Lazer, either signature kind
    PythLazer,
    /// RedStone data packages: bytes, hexadecimal text or the gateway's JSON
    Redstone,
    /// Pyth price update of Hermes: bytes or base64
    PythHermes,
}

#[derive(Debug, Args)]
pub struct SourceMessage {
    /// The message
    pub message: PathBuf,
    /// Network that signs it
    #[arg(long, value_enum)]
    pub network: Network,
    /// Key that you trust: 0x and 40 hexadecimal digits, or ed25519: and 64; repeated, for guardians in
    /// the set's order
    #[arg(long = "trust", value_name = "KEY", required = true)]
    pub trust: Vec<String>,
    /// Nodes that must have signed a price (RedStone)
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub threshold: u32,
    /// Index of the guardian set (Hermes)
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub guardian_set: u32,
}
