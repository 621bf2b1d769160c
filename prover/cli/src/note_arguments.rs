//! Arguments of the commands that sign and compare notes, as typed.

use crate::arguments::Output;
use clap::Args;
use std::path::PathBuf;

/// Sign that you checked the account behind a commitment
#[derive(Debug, Args)]
pub struct Attest {
    /// The account that you checked
    #[arg(long, value_name = "FILE", required_unless_present = "commitment")]
    pub account: Option<PathBuf>,
    /// Commitment of the account, when you computed it elsewhere
    #[arg(long, value_name = "HEX", conflicts_with = "account")]
    pub commitment: Option<String>,
    /// Risk schedule, whose numbering the commitment relies on
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// What you checked, in words
    #[arg(long, value_name = "TEXT")]
    pub checked: String,
    /// When the account was like this, UTC [default: now]
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Note key of the attester
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

/// Sign, as a venue, how many margin accounts a client has
#[derive(Debug, Args)]
pub struct Enrol {
    /// Risk schedule of the venue
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Epoch of the ledger, from 1
    #[arg(long, value_name = "NUMBER")]
    pub epoch: u64,
    /// Audience that the pseudonym is for
    #[arg(long, value_name = "TEXT")]
    pub audience: String,
    /// The client's pseudonym for this audience
    #[arg(long, value_name = "HEX")]
    pub pseudonym: String,
    /// Margin accounts of the client in that ledger, from 1
    #[arg(long, value_name = "NUMBER")]
    pub accounts: u64,
    /// The client's pseudonym before, when its secret was replaced
    #[arg(long, value_name = "HEX")]
    pub replaces: Option<String>,
    /// When you say so, UTC [default: now]
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Note key of the venue
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

/// Two signed notes of one kind
#[derive(Debug, Args)]
pub struct Compare {
    /// Signed note
    pub first: PathBuf,
    /// Another one
    pub second: PathBuf,
    /// Keys that you trust
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
}
