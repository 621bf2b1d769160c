//! The arguments as typed. `resolve` turns them into values.

#[cfg(feature = "audit")]
use crate::audit_arguments::Audit;
use crate::note_arguments::{Attest, Compare, Enrol};
use crate::policy_arguments::{Challenge, Evidence, Own, Source as PriceSource};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

const EXIT_CODES: &str = "\
Exit codes:
  0   done; for verify: valid and anchored
  1   invalid proof, or claim not met
  2   wrong arguments
  3   malformed or unsupported input
  4   policy mismatch
  5   a file or stream cannot be read or written
  6   an audit is incomplete
  7   proof in order, but not anchored
  8   interrupted; rerun the command to resume
  70  internal error";

/// Prove that an account meets its margin, without showing the account.
#[derive(Debug, Parser)]
#[command(name = "zkmargin", version = zkmargin_version::VERSION, after_help = EXIT_CODES, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

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

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prove a claim about an account and write the proof file
    Prove(Box<Prove>),
    /// Verify a proof file against a schedule, a snapshot and what you demand
    Verify(Box<Verify>),
    /// Make a challenge under a policy and remember it
    Challenge(Challenge),
    /// Verify, import or sign prices of a source
    #[command(subcommand)]
    Source(PriceSource),
    /// Compute an account's equity and maintenance margin locally, without a proof
    Margin(Margin),
    /// Print the public commitment of an account, or draw fresh secrets for it
    Commit(Commit),
    /// Show what a proof file says, without verifying it
    Inspect(Inspect),
    /// Make a holder's secret or a key that signs notes
    Keygen(Keygen),
    /// Print the public parts of a secret key
    #[command(subcommand)]
    Key(Key),
    /// Build a venue's ledger of accounts, open one account, verify an opening
    #[command(subcommand)]
    Ledger(Ledger),
    /// Sign that you checked the account behind a commitment
    Attest(Attest),
    /// Sign, as a venue, how many margin accounts a client has
    Enrol(Enrol),
    /// Check, import or sign a risk schedule
    #[command(subcommand)]
    Schedule(Schedule),
    /// Check, sign or compare price snapshots
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Store proofs, verify them in bulk, and show which are wrong or missing
    #[cfg(feature = "audit")]
    #[command(subcommand)]
    Audit(Box<Audit>),
    /// Store proofs and verify them in bulk: not in this build
    #[cfg(not(feature = "audit"))]
    Audit {
        /// A command of `zkmargin audit`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        command: Vec<String>,
    },
    /// Prove and verify the example accounts that come with this program
    Demo,
    /// Check this build: layout fingerprint, parameters, one proof, two forgeries
    Selftest,
    /// Print shell completions
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

impl Command {
    /// Its name in `--json` output.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Prove(_) => "prove",
            Command::Verify(_) => "verify",
            Command::Challenge(_) => "challenge",
            Command::Source(PriceSource::Check(_)) => "source check",
            Command::Source(PriceSource::Import { .. }) => "source import",
            Command::Source(PriceSource::Sign { .. }) => "source sign",
            Command::Margin(_) => "margin",
            Command::Commit(_) => "commit",
            Command::Inspect(_) => "inspect",
            Command::Keygen(_) => "keygen",
            Command::Key(Key::Show(_)) => "key show",
            Command::Ledger(Ledger::Build(_)) => "ledger build",
            Command::Ledger(Ledger::Open(_)) => "ledger open",
            Command::Ledger(Ledger::Verify(_)) => "ledger verify",
            Command::Ledger(Ledger::Compare(_)) => "ledger compare",
            Command::Attest(_) => "attest",
            Command::Enrol(_) => "enrol",
            Command::Schedule(Schedule::Sign { .. }) => "schedule sign",
            Command::Schedule(Schedule::Check { .. }) => "schedule check",
            Command::Schedule(Schedule::Import(_)) => "schedule import",
            Command::Snapshot(Snapshot::Check { .. }) => "snapshot check",
            Command::Snapshot(Snapshot::Sign { .. }) => "snapshot sign",
            Command::Snapshot(Snapshot::Compare(_)) => "snapshot compare",
            #[cfg(feature = "audit")]
            Command::Audit(a) => a.name(),
            #[cfg(not(feature = "audit"))]
            Command::Audit { .. } => "audit",
            Command::Demo => "demo",
            Command::Selftest => "selftest",
            Command::Completions { .. } => "completions",
            Command::Man => "man",
        }
    }
}

impl Command {
    /// The file that it writes, if it writes one.
    pub fn output(&self) -> Option<&Path> {
        match self {
            Command::Prove(a) => Some(&a.output.output),
            Command::Challenge(a) => Some(&a.output.output),
            Command::Source(
                PriceSource::Import { output, .. } | PriceSource::Sign { output, .. },
            ) => Some(&output.output),
            Command::Schedule(Schedule::Import(a)) => Some(&a.output.output),
            Command::Commit(a) => a.output.as_deref(),
            Command::Inspect(a) => a.output.as_deref(),
            Command::Snapshot(Snapshot::Sign { output, .. })
            | Command::Schedule(Schedule::Sign { output, .. }) => Some(&output.output),
            Command::Attest(a) => Some(&a.output.output),
            Command::Enrol(a) => Some(&a.output.output),
            Command::Keygen(a) => Some(&a.output.output),
            Command::Ledger(Ledger::Build(a)) => Some(&a.output.output),
            Command::Ledger(Ledger::Open(a)) => Some(&a.output.output),
            #[cfg(feature = "audit")]
            Command::Audit(a) => a.output(),
            _ => None,
        }
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
    /// 16 positions, 8 assets
    S,
    /// 64 positions, 16 assets
    M,
    /// 256 positions, 16 assets
    L,
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

#[derive(Debug, Args)]
pub struct Prove {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    #[command(flatten)]
    pub market: Market,
    /// The verifier's challenge: audience, purpose, nonce, period, expiry and claim
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "audience", "purpose", "nonce", "epoch", "expires", "claim", "floor",
    ])]
    pub challenge: Option<PathBuf>,
    /// Level of the schedule's menu, by name or in basis points
    #[arg(long, value_name = "LEVEL", default_value = "maintenance")]
    pub claim: String,
    /// Equity floor of the schedule's menu, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub floor: String,
    /// Who the proof is for
    #[arg(long, value_name = "TEXT", required_unless_present = "challenge")]
    pub audience: Option<String>,
    #[command(flatten)]
    pub context: Use,
    /// Expiry time of the proof, UTC, such as 2024-07-27T06:44:38Z
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
    /// Refuse any market but the one with this digest
    #[arg(long, value_name = "DIGEST")]
    pub pin_market: Option<String>,
    /// Opening of the account in a ledger: prove that an account of that ledger meets the claim
    #[arg(long, value_name = "FILE", requires = "holder")]
    pub opening: Option<PathBuf>,
    /// Holder's secret, for a proof about an account of a ledger
    #[arg(long, value_name = "FILE", requires = "opening")]
    pub holder: Option<PathBuf>,
    #[command(flatten)]
    pub own: Own,
    /// Circuit size; a larger one reveals less about how much the account holds
    #[arg(long, value_enum, ignore_case = true)]
    pub shape: Option<ShapeName>,
    /// Form of the proof file
    #[arg(long = "as", value_enum, default_value = "binary")]
    pub form: ProofForm,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// Proof file or its JSON twin; `-` is standard input. Several with a policy that demands all
    /// accounts of a holder
    #[arg(required = true, value_name = "PROOF")]
    pub proofs: Vec<PathBuf>,
    #[command(flatten)]
    pub evidence: Evidence,
    #[command(flatten)]
    pub market: Market,
    /// Digest of the market that you accept
    #[arg(long, value_name = "DIGEST")]
    pub pin_market: Option<String>,
    /// Commitment of the account that you ask about
    #[arg(long, value_name = "HEX")]
    pub commitment: Option<String>,
    /// Root of the ledger that the account must be in, for a proof of membership
    #[arg(long, value_name = "HEX", conflicts_with = "commitment")]
    pub ledger_root: Option<String>,
    /// Signed checkpoint of the ledger that the account must be in
    #[arg(long, value_name = "FILE", conflicts_with_all = ["commitment", "ledger_root"])]
    pub checkpoint: Option<PathBuf>,
    /// Venue's note over the snapshot
    #[arg(long, value_name = "FILE")]
    pub snapshot_note: Option<PathBuf>,
    /// Keys that you trust, for checkpoint and snapshot note
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// The venue whose signatures count, when the keys are of several
    #[arg(long, value_name = "NAME")]
    pub venue: Option<String>,
    /// Greatest age of the snapshot, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub max_age: Option<u64>,
    /// Greatest circuit size k that a key is made for [default: 12 for a market that is not anchored]
    #[arg(long, value_name = "K")]
    pub max_k: Option<u8>,
    /// Pseudonym of the holder that you ask about, for a proof of membership
    #[arg(long, value_name = "HEX", conflicts_with = "commitment")]
    pub pseudonym: Option<String>,
    /// Least level: basis points from 10000, `maintenance`, or a name with its figure such as `buffer-10=11000`
    #[arg(long, value_name = "LEVEL", default_value = "10000", hide_default_value = true)]
    pub claim: String,
    /// Least equity floor, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub floor: String,
    /// Who the proof must be for
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
    #[command(flatten)]
    pub context: Use,
}

#[derive(Debug, Args)]
pub struct Margin {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    #[command(flatten)]
    pub market: Market,
    /// Level to compare with, by its name on the menu or in basis points; exit 1 when not met
    #[arg(long, value_name = "LEVEL")]
    pub claim: Option<String>,
    /// Equity floor to compare with, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = "0", requires = "claim")]
    pub floor: String,
}

#[derive(Debug, Args)]
pub struct Commit {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    /// Risk schedule, whose numbering the commitment relies on; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Write the account with a fresh blinding; holder key and serial are added if absent
    #[arg(long, requires = "output")]
    pub fresh: bool,
    /// File to write the account to, readable by you only; `-` is standard output
    #[arg(short, long, value_name = "FILE", requires = "fresh")]
    pub output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// Proof file or its JSON twin; `-` is standard input
    pub proof: PathBuf,
    /// Form to write the proof in
    #[arg(long = "as", value_enum, requires = "output")]
    pub form: Option<ProofForm>,
    /// File to write the proof to; `-` is standard output
    #[arg(short, long, value_name = "FILE", requires = "form")]
    pub output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Subcommand)]
pub enum Schedule {
    /// Check a schedule and show its digest and the room it takes
    Check {
        /// Risk schedule; `-` is standard input
        schedule: PathBuf,
    },
    /// Make a schedule from a venue's own file
    Import(Import),
    /// Sign a schedule as its venue
    Sign {
        /// Risk schedule
        schedule: PathBuf,
        /// Note key of the venue
        #[arg(long, value_name = "FILE")]
        signer: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// Binance leverage brackets as ccxt and freqtrade keep them, linear perpetuals
    Binance,
    /// Lighter market list of one block
    Lighter,
    /// Hyperliquid meta response, perpetuals
    Hyperliquid,
}

#[derive(Debug, Args)]
pub struct Import {
    /// What the file is
    #[arg(long, value_enum)]
    pub from: Source,
    /// The venue's file; `-` is standard input
    pub file: PathBuf,
    /// Name of the schedule; those of Binance and Hyperliquid end in -unrounded unless --rounding is
    /// given
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Settlement asset of the instruments to take (Binance); USDT if it is not given
    #[arg(long, value_name = "ASSET")]
    pub settle: Option<String>,
    /// Declare the venue's rounding of requirements (Binance, Hyperliquid); such a schedule cannot
    /// be proven
    #[arg(long)]
    pub rounding: bool,
    /// Declare that jumps in a requirement, falling or zero rates and tiers without a cap are the
    /// venue's own rule; the schedule then says so
    #[arg(long)]
    pub accept_rule: bool,
    /// Write the snapshot that the file holds too (Lighter)
    #[arg(id = "snapshot_output", long = "snapshot", value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Snapshot {
    /// Sign a snapshot as its venue
    Sign {
        /// Price snapshot
        snapshot: PathBuf,
        /// Risk schedule
        #[arg(long, value_name = "FILE")]
        schedule: PathBuf,
        /// Note key of the venue
        #[arg(long, value_name = "FILE")]
        signer: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Show whether two signed snapshots of one sequence number contradict each other
    Compare(Compare),
    /// Check a snapshot against its schedule and show the market's digest
    Check {
        /// Price snapshot; `-` is standard input
        snapshot: PathBuf,
        /// Risk schedule; `-` is standard input
        #[arg(long, value_name = "FILE")]
        schedule: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct Keygen {
    #[command(subcommand)]
    pub kind: KeygenKind,
    /// Encrypt the key file with a passphrase
    #[arg(long)]
    pub passphrase: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum KeygenKind {
    /// A trader's secret; never give it to a venue
    Holder,
    /// A key that signs notes: schedules, snapshots, checkpoints
    Note {
        /// Name of the key in signature lines
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// A key that cosigns notes as a witness
    Witness {
        /// Name of the key in signature lines
        #[arg(long, value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Show verifier key, holder key at a venue, or pseudonym for an audience
    Show(KeyShow),
}

#[derive(Debug, Args)]
pub struct KeyShow {
    /// Key file
    pub key: PathBuf,
    /// Schedule of the venue whose holder key to show
    #[arg(long, value_name = "FILE")]
    pub schedule: Option<PathBuf>,
    /// Audience whose pseudonym to show
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Build a ledger from one account per line; an interrupted build resumes where it stopped
    Build(LedgerBuild),
    /// Write the opening of one account
    Open(LedgerOpen),
    /// Verify an opening against the signed checkpoint
    Verify(LedgerVerify),
    /// Show whether two signed checkpoints of one epoch contradict each other
    Compare(Compare),
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
    /// When the accounts were like this, UTC, such as 2024-07-27T06:44:38Z
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
