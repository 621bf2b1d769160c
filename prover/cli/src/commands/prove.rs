//! `zkmargin prove`.

use super::Run;
use super::answer::{Answering, Asked, Own, withheld};
use super::challenge::challenge_of;
use super::describe;
use super::folder::{FolderOptions, venue_names};
use super::from_folder;
use super::margin::beyond;
use super::portfolio;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy, ToWrite};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::resolve::{self, ReadAccount};
use crate::shared::{Books, Global, Market, MarketOrFolder, Output, ProofForm, ShapeName, Use};
use clap::Args;
use num_bigint::BigInt;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;
use zkmargin_answers::{Outcome as Answered, Withheld};
use zkmargin_circuit::CapacityError;
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::measure::Measure;
use zkmargin_model::subject::Subject;
use zkmargin_params::{AnyMarket, AnySchedule, CompiledMarket, Requirement, ScheduleKind};
use zkmargin_policy::{Refused, Rules};
use zkmargin_prover::{ProveError, ProveRequest, Proven, prove_observed};

/// The margin itself.
pub const CLAIM: &str = "10000";
/// No equity beyond it.
pub const FLOOR: &str = "0";

#[derive(Debug, Args)]
pub struct Prove {
    /// Private account; `-` is standard input. With --from, of portfolio margin where no file of the venue has accounts
    #[arg(long, value_name = "FILE", required_unless_present = "from")]
    pub account: Option<PathBuf>,
    #[command(flatten)]
    pub market: MarketOrFolder,
    /// The venue whose answers the folder has: import them, draw secrets, prove and verify. The account with its secrets,
    /// the schedule and the snapshot are written beside the proof
    #[arg(long, value_name = "VENUE", value_parser = venue_names(), requires = "folder",
          conflicts_with_all = ["opening", "holder"])]
    pub from: Option<String>,
    /// Folder with the venue's answers, each saved as the venue sends it
    #[arg(value_name = "DIR", requires = "from")]
    pub folder: Option<PathBuf>,
    #[command(flatten, next_help_heading = "With --from")]
    pub options: FolderOptions,
    /// The verifier's challenge: audience, purpose, nonce, period, expiry and claim
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "audience", "purpose", "nonce", "epoch", "expires", "claim", "floor",
        "settlement_asset", "cross_alone", "only_isolated", "all_but_isolated", "stress",
        "does_not_meet",
    ])]
    pub challenge: Option<PathBuf>,
    /// Level from the schedule's menu, by name or in basis points; the margin itself if not given
    #[arg(long, value_name = "LEVEL", default_value = CLAIM, hide_default_value = true)]
    pub claim: String,
    /// Equity floor from the schedule's menu, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = FLOOR)]
    pub floor: String,
    #[command(flatten)]
    pub books: Books,
    /// Prove that the account does not meet the level
    #[arg(long, conflicts_with_all = ["floor", "stress"])]
    pub does_not_meet: bool,
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
    /// Opening of the account in a ledger: prove that an account in that ledger meets the claim
    #[arg(long, value_name = "FILE", requires = "holder")]
    pub opening: Option<PathBuf>,
    /// Holder's secret, for a proof about an account in a ledger
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

impl Run for Prove {
    fn name(&self) -> &'static str {
        "prove"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        match (&self.from, &self.folder) {
            (Some(venue), Some(folder)) => from_folder::prove(self, venue, folder, global),
            _ if self.options != FolderOptions::default() => {
                Err(Failure::usage("options about a folder of answers need --from VENUE DIR"))
            }
            _ => prove_files(self, global),
        }
    }
}

/// What is proven about.
pub struct Inputs {
    pub market: Arc<dyn AnyMarket>,
    pub account: ReadAccount,
}

/// A proof that was written, and what is said about it.
pub struct Written {
    pub proven: Proven,
    pub outcome: Outcome,
}

fn prove_files(a: &Prove, global: &Global) -> Result<Outcome> {
    let given = |path: &Option<PathBuf>, option: &str| {
        path.clone().ok_or_else(|| Failure::usage(format!("{option} is missing")))
    };
    let account = given(&a.account, "--account")?;
    let schedule = given(&a.market.schedule, "--schedule")?;
    let snapshot = given(&a.market.snapshot, "--snapshot")?;
    files::one_stream(&[&account, &schedule, &snapshot])?;
    let asked = wanted(a)?;
    files::check_absent(&a.output.output, a.output.force)?;
    let market = resolve::any_market(&Market { schedule, snapshot })?;
    check_market(a, &asked, &*market)?;
    let account = ReadAccount::open(&account, market.schedule())?;
    Ok(prove(a, &asked, Inputs { market, account }, Vec::new(), global)?.outcome)
}

/// Refuses a market that is not the one pinned, or not of the requirement asked for.
pub fn check_market(a: &Prove, asked: &Wanted, market: &dyn AnyMarket) -> Result<()> {
    let pinned = resolve::optional_hex32("--pin-market", a.pin_market.as_deref())?;
    let pinned = pinned.map(MarketDigest::new);
    if let Some(pinned) = pinned.filter(|pinned| *pinned != market.digest()) {
        let found = market.digest();
        let message = format!("the market has digest {found}, not the pinned {pinned}");
        return Err(Failure::new(Exit::Policy, "PolicyMarket", message));
    }
    let found = market.schedule().requirements();
    if let Some((demanded, first)) = asked.requirement.zip(found.first().copied())
        && !found.contains(&demanded)
    {
        let reason = Refused::OtherRequirement { found: first, demanded };
        return Err(Failure::new(Exit::Policy, reason.code(), reason.to_string()));
    }
    Ok(())
}

/// The proof file in a form.
pub fn bytes_of(envelope: &Envelope, form: ProofForm) -> Vec<u8> {
    match form {
        ProofForm::Binary => envelope.encode(),
        ProofForm::Json => envelope.to_json().into_bytes(),
    }
}

/// Why there is no proof, with everything this says about the account.
enum NoProof {
    /// The account file does not match the schedule.
    File(Failure),
    /// The prover refuses.
    Prove(ProveError),
}

impl NoProof {
    /// What the log says about it.
    fn outcome(&self) -> Answered {
        match self {
            Self::Prove(ProveError::NotMet(_) | ProveError::NotDeficient) => Answered::NotMet,
            Self::Prove(error) if !error.depends_on_account() => Answered::Failed,
            Self::File(_) | Self::Prove(_) => Answered::Beyond,
        }
    }

    /// What anyone may see of it, in the exit code, `--json` and logs. When answers are guarded, all reasons that
    /// depend on the account look alike; otherwise, what is wrong with an account file, and what of it does not fit, is
    /// stated, so that it can be corrected.
    fn told(self, guarded: bool) -> Failure {
        match self {
            Self::File(_) if guarded => Failure::no_proof(),
            Self::File(failure) => failure,
            Self::Prove(
                error @ (ProveError::TooLarge(_)
                | ProveError::Shape(_)
                | ProveError::Size(_)
                | ProveError::Capacity(CapacityError::Shape { .. })),
            ) if !guarded => Failure::in_the_open(&error),
            Self::Prove(error) => Failure::from(&error),
        }
    }

    /// What the account's holder sees of it.
    fn in_the_open(&self, market: &dyn AnyMarket) -> Option<String> {
        match self {
            Self::File(failure) => Some(failure.to_string()),
            Self::Prove(error) => in_the_open(error, market),
        }
    }
}

/// A reason that depends on the account, with names in place of numbers and advice on what to do.
fn in_the_open(error: &ProveError, market: &dyn AnyMarket) -> Option<String> {
    let schedule = market.schedule();
    let reason = match error {
        ProveError::NotMet(shortfall) => {
            let missing: &BigInt = shortfall.equity();
            let missing = format_scaled(missing, schedule.margin_decimals());
            let currency = schedule.margin_unit().currency();
            let books = match shortfall.books().len() {
                0 => String::new(),
                lacking => {
                    format!(" in the cross book; isolated positions that lack equity: {lacking}")
                }
            };
            return Some(format!("shortfall: {missing} {currency} of equity{books}"));
        }
        ProveError::NotDeficient => return Some("the account meets the level".to_owned()),
        ProveError::Rule(rule) => match market.linear().and_then(|market| beyond(market, rule)) {
            Some(failure) => failure.to_string(),
            None => error.to_string(),
        },
        ProveError::PortfolioRule(rule) => match market.portfolio() {
            Some(market) => portfolio::in_words(market.schedule(), rule),
            None => error.to_string(),
        },
        error if error.depends_on_account() => error.to_string(),
        _ => return None,
    };
    let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
    Some(format!("{}: {reason}{advice}", error.code()))
}

/// Shows what depends on the account's holdings on the prover's terminal, and nowhere else.
fn show(text: Option<String>) {
    let mut stderr = std::io::stderr();
    if let (Some(text), true) = (text, stderr.is_terminal()) {
        // A terminal that cannot be written to shows nothing else either.
        let _ = writeln!(stderr, "{text}");
    }
}

/// Proves, and shows a refusal's reason on the terminal.
pub fn prove_shown(
    request: &ProveRequest<'_>,
    keys: &zkmargin_circuit::KeyCache,
    progress: &Progress,
) -> Result<Proven> {
    prove_observed(request, keys, |stage| progress.stage(stage)).map_err(|error| {
        progress.clear();
        show(in_the_open(&error, request.market));
        Failure::from(&error)
    })
}

/// What is asked: by the options, or by a verifier's challenge.
pub struct Wanted {
    pub context: Context,
    /// Which requirement it must be about; any of the schedule's own if nobody says.
    pub requirement: Option<Requirement>,
    pub level: String,
    pub floor: String,
    pub books: Books,
    pub does_not_meet: bool,
}

impl Wanted {
    /// The claim, and what it is about.
    fn claim(&self, schedule: &dyn AnySchedule) -> Result<(Claim, Subject)> {
        let (level, floor) = (&*self.level, &*self.floor);
        let asked = self.books.asked();
        match (schedule.kind(), self.books.stress.as_deref()) {
            (ScheduleKind::Linear(schedule), None) => {
                let claim = match self.does_not_meet {
                    true => resolve::deficiency(resolve::level(schedule, level)?)?,
                    false => resolve::claim_about(schedule, level, floor, &asked)?,
                };
                Ok((claim, resolve::books(schedule, &asked)?.into()))
            }
            (ScheduleKind::Linear(_), Some(_)) => {
                Err(Failure::usage("--stress: only portfolio accounts have stresses"))
            }
            (ScheduleKind::Portfolio(_), _) if !asked.is_all() => {
                Err(Failure::usage(portfolio::ONE_BOOK))
            }
            (ScheduleKind::Portfolio(schedule), Some(stress)) => {
                let (measure, claim) = resolve::stress_claim(schedule, stress, floor)?;
                Ok((claim, measure.into()))
            }
            (ScheduleKind::Portfolio(schedule), None) => {
                let of = self.requirement;
                let (requirement, claim) = match self.does_not_meet {
                    true => {
                        let level = resolve::portfolio_level(schedule, level, of)?;
                        (level.requirement, resolve::deficiency(level.level_bps)?)
                    }
                    false => resolve::portfolio_claim(schedule, level, floor, of)?,
                };
                if let Some(demanded) = of.filter(|demanded| *demanded != requirement) {
                    let reason = Refused::OtherRequirement { found: requirement, demanded };
                    return Err(Failure::new(Exit::Policy, reason.code(), reason.to_string()));
                }
                Ok((claim, Measure::from(requirement).into()))
            }
        }
    }
}

pub fn wanted(a: &Prove) -> Result<Wanted> {
    if let Some(path) = &a.challenge {
        let (file, challenge) = challenge_of(path)?;
        let context = challenge.context().clone();
        let floor = file.floor.as_str().to_owned();
        let requirement = Some(file.requirement);
        let books = Books {
            settlement_asset: file.settlement_asset,
            cross_alone: file.cross_alone,
            only_isolated: file.only_isolated,
            all_but_isolated: file.all_but_isolated,
            stress: file.stress,
        };
        let (level, does_not_meet) = (file.level, file.does_not_meet);
        return Ok(Wanted { context, requirement, level, floor, books, does_not_meet });
    }
    let nonce = a.context.nonce()?;
    let purpose = a.context.purpose.as_deref().unwrap_or("");
    let audience = a.audience.as_deref().unwrap_or("");
    let context = Context::new(audience, purpose, nonce);
    let context = context.map_err(|e| Failure::usage(e.to_string()))?;
    let expires = a.expires.as_deref().map(|text| resolve::time("--expires", text)).transpose()?;
    let context = context.of_epoch(a.context.epoch.and_then(NonZeroU64::new));
    let context = context.expiring(expires.and_then(NonZeroU64::new));
    Ok(Wanted {
        context,
        requirement: None,
        level: a.claim.clone(),
        floor: a.books.floor(&a.floor)?.to_owned(),
        books: a.books.clone(),
        does_not_meet: a.does_not_meet,
    })
}

/// Proves and writes: first the files that the proof needs, then the proof.
pub fn prove(
    a: &Prove,
    asked: &Wanted,
    inputs: Inputs,
    mut beside: Vec<ToWrite>,
    global: &Global,
) -> Result<Written> {
    let to_stdout = files::is_stream(&a.output.output);
    let Inputs { market, account: read } = inputs;
    let market = &*market;
    let schedule = market.schedule();
    let (claim, subject) = asked.claim(schedule)?;
    let warnings = read.warnings(schedule, market.linear().map(CompiledMarket::snapshot));
    let (place, secrets, root) = match a.opening.as_deref().zip(a.holder.as_deref()) {
        Some((opening, holder)) => {
            let opening = resolve::opening(opening)?;
            let (place, secrets) = resolve::place(&opening, holder, schedule, global)?;
            let root = resolve::root(&opening, &place)?;
            (Some(place), secrets, Some(root))
        }
        None => (None, read.secrets()?, None),
    };
    let committed = resolve::committed(&secrets, schedule)?;
    let progress = Progress::new(!global.quiet && !global.json);
    let (claim, context) = (&claim, &asked.context);
    let question = Asked { market, claim, subject: &subject, context, secrets: &secrets, root };
    let mut answering = Answering::begin(&a.own, &question)?;
    answering.warn();
    // Made first, so that logs do not tell how far an account came.
    let keys = resolve::keys(global);
    let proven = read.holdings(schedule).map_err(NoProof::File).and_then(|account| {
        if a.own.policy.is_some()
            && root.zip(place.as_ref()).is_some_and(|(root, place)| {
                let leaf = schedule.commitment(&account, &committed);
                leaf.is_ok_and(|leaf| place.path.root(leaf) != root)
            })
        {
            return Ok(None);
        }
        let request = ProveRequest {
            account: &account,
            secrets: &secrets,
            market,
            claim: claim.clone(),
            subject: subject.clone(),
            context: context.clone(),
            membership: place.as_ref(),
            shape: a.shape.map(Into::into),
        };
        let proven = prove_observed(&request, &keys, |s| progress.stage(s));
        proven.map(Some).map_err(NoProof::Prove)
    });
    let proven = match proven {
        Ok(Some(proven)) => {
            answering.conclude(&a.own, Answered::Given)?;
            proven
        }
        // The opening is not this account's, whatever was asked about it.
        Ok(None) => {
            answering.conclude(&a.own, Answered::Failed)?;
            return Err(withheld(&Withheld::OtherRoot));
        }
        Err(reason) => {
            progress.clear();
            answering.conclude(&a.own, reason.outcome())?;
            show(reason.in_the_open(market));
            let guarded = answering.guarded();
            let failure = reason.told(guarded);
            return Err(if guarded { failure } else { failure.warned(warnings) });
        }
    };
    drop(progress);

    let bytes = bytes_of(&proven.envelope, a.form);
    beside.push(ToWrite {
        path: a.output.output.clone(),
        bytes: Zeroizing::new(bytes.clone()),
        secrecy: Secrecy::Public,
    });
    files::write_all(&beside, a.output.force)?;
    let times = proven.times;
    let (answers, answers_json) = answering.describe();
    let rules = Rules::of(market);
    let schedule = Some(schedule);
    let mut text = describe::text(
        &proven.envelope,
        schedule,
        &[
            ("market", market.digest().to_string()),
            ("rules", rules.to_string()),
            ("file", format!("{} ({} bytes)", a.output.output.display(), bytes.len())),
            (
                "time",
                format!(
                    "keys {} ms, proof {} ms, self-check {} ms",
                    times.keys.as_millis(),
                    times.prove.as_millis(),
                    times.verify.as_millis()
                ),
            ),
        ],
    );
    text.append(answers);
    let mut result = describe::json(&proven.envelope, schedule);
    result["answers"] = answers_json;
    result["market"] = json!(market.digest().to_string());
    result["rules"] = rules.json();
    result["file"] = json!(a.output.output.display().to_string());
    result["file_bytes"] = json!(bytes.len());
    result["milliseconds"] = json!({
        "keys": times.keys.as_millis() as u64,
        "prove": times.prove.as_millis() as u64,
        "verify": times.verify.as_millis() as u64,
    });
    let mut outcome = Outcome::done(text, result);
    // It is valid once somebody else has pinned market and account.
    let verdict = "PROVEN: checked here; each verifier pins market and account for itself";
    outcome.verdict = Some(verdict.to_owned());
    if answering.guarded() {
        // They name positions: for the account's holder alone.
        warnings.into_iter().for_each(|(_, warning)| show(Some(format!("warning: {warning}"))));
    } else {
        outcome.warnings = warnings;
    }
    let time_ms = market.time_ms();
    outcome.warnings.extend(resolve::future_warning("the snapshot", time_ms));
    outcome.stdout_taken = to_stdout;
    Ok(Written { proven, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkmargin_circuit::portfolio::PortfolioSizeError;

    /// What does not fit is named, so that it can be corrected, unless answers are guarded: then it says something about
    /// the account.
    #[test]
    fn what_does_not_fit_is_told_where_nobody_is_answered() {
        let told = |error: ProveError, guarded: bool| {
            let failure = NoProof::Prove(error).told(guarded);
            (failure.exit, failure.code().to_owned())
        };
        let pages = || ProveError::Size(PortfolioSizeError::Capacity { slots: 128, capacity: 64 });
        assert_eq!(told(pages(), false), (Exit::Malformed, "ShapeTooLarge".to_owned()));
        assert_eq!(told(pages(), true), (Exit::Invalid, "ClaimNotMet".to_owned()));
        let market =
            || ProveError::MarketSize(PortfolioSizeError::Capacity { slots: 32, capacity: 16 });
        for guarded in [false, true] {
            assert_eq!(told(market(), guarded), (Exit::Malformed, "MarketTooLarge".to_owned()));
        }
        assert_eq!(told(ProveError::Holder, false), (Exit::Invalid, "ClaimNotMet".to_owned()));
    }
}
