//! Evidence and market against the demands, before any proof is looked at.

mod account;
mod claim;
mod desk;
mod market;

use crate::demands::{Account, Demands};
use crate::evidence::Evidence;
use crate::pins::{Mismatch, Pins};
use crate::refused::{Refused, What};
use crate::verdict::{NotChecked, Verdict};
pub use desk::open_note;
use desk::{Desk, Times};
use std::collections::BTreeSet;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::rule::Isolated;
use zkmargin_model::statement::Statement;
use zkmargin_notes::{LedgerCheckpoint, SnapshotNote};
use zkmargin_params::AnyMarket;
use zkmargin_verifier::Invalid;

/// Clocks differ: a note may be this far ahead of the verifier's time, in milliseconds.
pub const CLOCK_TOLERANCE_MS: u64 = 5_000;

/// A limit on age or distance above this, in milliseconds, is enforced but does not count as a demand: the verdict
/// lists it under what was not checked. 366 days.
pub const LONGEST_SPAN_MS: u64 = 366 * 86_400_000;

/// With a limit above this on the time between marks and a source's price, in milliseconds, they are compared but do
/// not count as agreeing. One day.
pub const LONGEST_SKEW_MS: u64 = 86_400_000;

/// With a limit above this on the distance between a mark and the median, in basis points of the median, they are
/// compared but do not count as agreeing. This is the median itself.
pub const GREATEST_DEVIATION_BPS: u32 = 10_000;

/// Largest circuit size for a market that is not anchored, unless the policy says otherwise. Its key takes a few
/// seconds; each further size doubles that.
pub const UNANCHORED_MAX_K: u8 = 12;

/// What a note about the account would say: how old its state is, and under which schedule it was read.
const OF_NO_NOTE: [NotChecked; 3] =
    [NotChecked::AccountAge, NotChecked::AccountChoice, NotChecked::Listing];

/// A demand, and how it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// What was demanded.
    pub demand: &'static str,
    /// How it was met.
    pub how: String,
}

/// The demands that evidence, market and time meet, and what a proof's statement must say for the others. Only
/// [`assess`] and [`assess_dated`] make one.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// Digest of the market it was made for.
    market: MarketDigest,
    pub(crate) pins: Pins,
    pub(crate) met: Vec<Met>,
    /// What is pinned: met once the statement says it.
    pub(crate) pinned: Vec<Met>,
    pub(crate) snapshot: Option<SnapshotNote>,
    pub(crate) checkpoint: Option<LedgerCheckpoint>,
    pub(crate) accounts: Option<u64>,
    /// Who vouches for the account, and how.
    pub(crate) vouched: String,
    /// Demands that were not made, whatever the statement says.
    open: BTreeSet<NotChecked>,
    /// A demand that a verdict on one proof alone cannot meet, by its name in a policy.
    pub(crate) not_alone: Option<&'static str>,
}

impl Assessment {
    /// Demands met so far.
    pub fn met(&self) -> &[Met] {
        &self.met
    }

    /// The ledger's checkpoint, for an account in a ledger.
    pub fn checkpoint(&self) -> Option<&LedgerCheckpoint> {
        self.checkpoint.as_ref()
    }

    /// The same, for proofs of one epoch. An epoch that the policy demands is kept.
    pub fn for_epoch(mut self, epoch: u64) -> Self {
        self.pins.epoch.get_or_insert(epoch);
        self
    }

    /// Compares a statement with the demands.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn check(&self, statement: &Statement, market: &dyn AnyMarket) -> Result<(), Mismatch> {
        let (assessed, given) = (self.market, market.digest());
        if assessed != given {
            return Err(Mismatch::NotAssessed { assessed, given });
        }
        self.pins.check(statement, market)
    }

    /// The verdict on a proof whose statement was compared, once it is known whether the proof shows it.
    pub(crate) fn conclude(&self, statement: &Statement, proof: Result<(), Invalid>) -> Verdict {
        match proof {
            Err(reason) => Verdict::Invalid(reason),
            Ok(()) => match self.pins.missing(statement) {
                missing if !missing.is_empty() => Verdict::NotAnchored { missing },
                _ if statement.claim.is_deficiency() => Verdict::DoesNotMeet,
                _ => Verdict::Valid,
            },
        }
    }

    /// What nobody demanded of a proof with this statement.
    pub fn not_checked(&self, statement: &Statement) -> BTreeSet<NotChecked> {
        let in_ledger = statement.account.is_in_ledger();
        let (pins, books) = (&self.pins, statement.subject().books());
        let is = |isolated| books.is_some_and(|books| books.isolated == isolated);
        let mut open = self.open.clone();
        open.extend(
            [
                (NotChecked::Audience, pins.audience.is_none()),
                (NotChecked::Purpose, pins.purpose.is_none()),
                (NotChecked::Nonce, pins.nonce.is_none()),
                (NotChecked::Epoch, pins.epoch.is_none()),
                // An attester's word is not the venue's.
                (NotChecked::AccountOwner, !in_ledger),
                (NotChecked::Holder, in_ledger && pins.pseudonym.is_none()),
                // An enrolment counts the accounts of one ledger, and no evidence says that the venue has no other one.
                (NotChecked::OtherAccounts, true),
                (NotChecked::IsolatedPositions, is(Isolated::LeftOut)),
                (NotChecked::NamedPosition, is(Isolated::AllBut)),
                (NotChecked::RestOfAccount, is(Isolated::Only)),
            ]
            .into_iter()
            .filter(|(_, is_open)| *is_open)
            .map(|(what, _)| what),
        );
        open
    }
}

/// Compares evidence and market with the demands at the verifier's time, in milliseconds since 1970.
///
/// # Errors
/// The first [`Refused`] reason.
pub fn assess(
    demands: &Demands,
    evidence: &Evidence,
    market: &dyn AnyMarket,
    now_ms: u64,
) -> Result<Assessment, Refused> {
    assess_at(demands, evidence, market, Times { now_ms: Some(now_ms), at_ms: &|_| now_ms })
}

/// [`assess`] after the fact: each piece of evidence has its own time, when it is known to have existed. Its key must
/// be trusted then, and it must not state a later time. Ages by the verifier's clock are not compared.
///
/// # Errors
/// The first [`Refused`] reason.
pub fn assess_dated(
    demands: &Demands,
    evidence: &Evidence,
    market: &dyn AnyMarket,
    at_ms: &dyn Fn(&What) -> u64,
) -> Result<Assessment, Refused> {
    assess_at(demands, evidence, market, Times { now_ms: None, at_ms })
}

fn assess_at(
    demands: &Demands,
    evidence: &Evidence,
    market: &dyn AnyMarket,
    times: Times<'_>,
) -> Result<Assessment, Refused> {
    let (met, pinned, open) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut desk = Desk { demands, evidence, market, times, met, pinned, open };
    let file = demands.file();
    if let Some(digest) = demands.market {
        if digest != market.digest() {
            let (found, pinned) = (market.digest(), digest);
            return Err(Refused::OtherMarket { found, pinned });
        }
        desk.met("market pinned", digest.to_string());
    }
    desk.schedule()?;
    let snapshot = desk.snapshot()?;
    let challenge = desk.challenge()?;
    if let Some((note, challenge)) = snapshot.as_ref().zip(challenge.as_ref())
        && file.market.first_after_challenge
    {
        let previous = evidence.previous_note.as_deref();
        let whats = [What::SnapshotNote, What::PreviousNote];
        let demand = "first marks after the challenge";
        desk.first_after(note, whats, previous, demand, challenge.time_ms())?;
    }
    let (mut commitment, mut ledger_root, mut checkpoint) = (None, None, None);
    let own_word = "nobody but you: the account is pinned on your word alone";
    let vouched = match &demands.account {
        Account::Ledger { ages, newest, first, witnesses } => {
            let which = [*newest, *first];
            let (found, vouched) = desk.ledger(ages, which, *witnesses, challenge.as_ref())?;
            ledger_root = Some(found.root);
            checkpoint = Some(found);
            vouched
        }
        Account::Attested { ages, newest } => {
            let (found, vouched) = desk.attestation(ages, *newest)?;
            commitment = Some(found);
            vouched
        }
        Account::Commitment(pinned) => {
            commitment = Some(*pinned);
            desk.pinned("account pinned", pinned.to_string());
            desk.open.extend(OF_NO_NOTE);
            own_word.to_owned()
        }
        Account::LedgerRoot(pinned) => {
            ledger_root = Some(*pinned);
            desk.pinned("ledger pinned", pinned.to_string());
            desk.open.extend(OF_NO_NOTE);
            own_word.to_owned()
        }
        Account::Any => {
            desk.open.extend(OF_NO_NOTE);
            "nobody".to_owned()
        }
    };
    let mut accounts = None;
    if let Some(pseudonym) = demands.pseudonym {
        desk.pinned("holder pinned", format!("pseudonym {pseudonym}"));
        let all = file.holder.as_ref().is_some_and(|h| h.all_accounts);
        if let Some(checkpoint) = checkpoint.as_ref().filter(|_| all) {
            accounts = Some(desk.enrolment(checkpoint, pseudonym)?);
        }
    }
    desk.prices()?;
    let asked = challenge.as_ref().map(|c| c.context());
    let anchored = demands.market.is_some() || snapshot.is_some();
    let unanchored = (!anchored).then_some(UNANCHORED_MAX_K);
    let pins = Pins {
        market: anchored,
        commitment,
        ledger_root,
        pseudonym: demands.pseudonym,
        claim: Some(desk.claim()?),
        subject: Some(desk.subject()?),
        audience: file.audience.clone().or_else(|| asked.map(|c| c.audience().to_owned())),
        purpose: file.purpose.clone().or_else(|| asked.map(|c| c.purpose().to_owned())),
        nonce: challenge.as_ref().map(|c| *c.nonce()).or(demands.nonce),
        epoch: file.epoch.or_else(|| asked.map(|c| zero_for_none(c.epoch()))),
        expires: challenge.as_ref().map(|c| c.expires_ms()),
        now_ms: times.now_ms,
        max_k: file.market.max_k.or(unanchored),
    };
    if desk.has_unused_evidence() {
        desk.open.insert(NotChecked::UnusedEvidence);
    }
    let fresh = &file.freshness;
    let not_alone = [
        ("freshness.challenge", fresh.challenge),
        ("freshness.once_per_period", fresh.once_per_period),
        ("freshness.sequence", fresh.sequence),
        ("holder.all_accounts", accounts.is_some()),
    ];
    let not_alone = not_alone.into_iter().find(|(_, demanded)| *demanded).map(|(name, _)| name);
    let Desk { met, pinned, open, .. } = desk;
    let market = market.digest();
    Ok(Assessment {
        market,
        pins,
        met,
        pinned,
        snapshot,
        checkpoint,
        accounts,
        vouched,
        open,
        not_alone,
    })
}
