//! What was answered to whom.

use std::num::{NonZeroU16, NonZeroU64};
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::PositionName;

/// A question about an account, as far as it reveals something about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub audience: String,
    /// What for.
    pub purpose: String,
    /// Period, of a question that is about one.
    pub epoch: Option<NonZeroU64>,
    /// Which account: [`zkmargin_model::holder::account_identity`], which stays the same when its ledger is rebuilt.
    pub account: [u8; 32],
    /// Digest of the market.
    pub market: MarketDigest,
    /// Time of the marks, in milliseconds since 1970.
    pub snapshot_ms: u64,
    /// Id of the settlement asset whose book it is about, where each has one.
    pub settlement_asset: Option<NonZeroU16>,
    /// Whether it is about the cross book alone, where positions can be isolated.
    pub cross_alone: bool,
    /// The isolated position about whose book only it is.
    pub only_isolated: Option<PositionName>,
    /// The isolated position whose book it leaves out.
    pub all_but_isolated: Option<PositionName>,
    /// What a portfolio account's equity is held against; `None` for a linear account.
    pub measure: Option<Measure>,
    /// Level, in basis points of the required margin.
    pub level_bps: u32,
    /// Equity floor in margin units, decimal text.
    pub floor: String,
    /// Whether it is that the level is not met.
    pub does_not_meet: bool,
}

impl Question {
    /// Whether another question is certain to have the same answer.
    pub fn same_answer(&self, other: &Self) -> bool {
        self.account == other.account
            && self.market == other.market
            && self.settlement_asset == other.settlement_asset
            && self.cross_alone == other.cross_alone
            && self.only_isolated == other.only_isolated
            && self.all_but_isolated == other.all_but_isolated
            && self.measure == other.measure
            && self.level_bps == other.level_bps
            && self.floor == other.floor
            && self.does_not_meet == other.does_not_meet
    }
}

/// The result of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A proof was made and given.
    Given,
    /// The account does not meet the claim. "No proof" is an answer too.
    NotMet,
    /// The rule is undefined for the account, or it does not fit the circuit or the files: "no proof", which must be
    /// indistinguishable from `NotMet`.
    Beyond,
    /// The machine failed.
    Failed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Given, Self::NotMet, Self::Beyond, Self::Failed];

    /// Its name in a log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::NotMet => "not met",
            Self::Beyond => "beyond",
            Self::Failed => "failed",
        }
    }
}

/// A question that was let through. It counts as answered whatever its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// Its result; `None` while nothing is known, or if the prover was stopped.
    pub outcome: Option<Outcome>,
    /// When it was let through, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A place in a log for the result of a question. There is one for each question that is let through.
#[derive(Debug, PartialEq, Eq)]
pub struct Reservation(i64);

impl Reservation {
    /// The reservation of a log's entry.
    pub fn new(entry: i64) -> Self {
        Self(entry)
    }

    /// The log's entry.
    pub fn entry(&self) -> i64 {
        self.0
    }
}

/// What [`AnswerLog::reserve`] returns: the decision, with the place in the log if the question is let through.
pub type Reserved<T, R> = Result<(Reservation, T), R>;

/// An append-only log of answers.
pub trait AnswerLog {
    /// Why the log cannot be used.
    type Error: std::error::Error;

    /// The answers about an account, to everyone.
    ///
    /// # Errors
    /// From the log.
    fn about(&mut self, account: &[u8; 32]) -> Result<Vec<Answer>, Self::Error>;

    /// Lets `decide` say whether a question is answered, based on the answers about its account so far, and enters the
    /// question if it is: before anything is computed, and atomically with respect to other users of the log. From then
    /// on it counts, whatever its result.
    ///
    /// # Errors
    /// From the log; in that case nothing may be answered. A refusal by `decide` is in the inner result.
    fn reserve<T, R>(
        &mut self,
        question: &Question,
        at_ms: u64,
        decide: impl FnOnce(&[Answer]) -> Result<T, R>,
    ) -> Result<Reserved<T, R>, Self::Error>;

    /// Enters the result of a question, before anyone is told.
    ///
    /// # Errors
    /// From the log; in that case the answer must not be given.
    fn conclude(
        &mut self,
        reservation: Reservation,
        outcome: Outcome,
        at_ms: u64,
    ) -> Result<(), Self::Error>;
}

/// A log that lasts as long as the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog(Vec<Answer>);

impl AnswerLog for MemoryLog {
    type Error = std::convert::Infallible;

    fn about(&mut self, account: &[u8; 32]) -> Result<Vec<Answer>, Self::Error> {
        Ok(self.0.iter().filter(|a| a.question.account == *account).cloned().collect())
    }

    fn reserve<T, R>(
        &mut self,
        question: &Question,
        at_ms: u64,
        decide: impl FnOnce(&[Answer]) -> Result<T, R>,
    ) -> Result<Reserved<T, R>, Self::Error> {
        let answers = self.about(&question.account)?;
        Ok(decide(&answers).map(|decided| {
            let entry = self.0.len() as i64;
            self.0.push(Answer { question: question.clone(), outcome: None, at_ms });
            (Reservation::new(entry), decided)
        }))
    }

    fn conclude(
        &mut self,
        reservation: Reservation,
        outcome: Outcome,
        _at_ms: u64,
    ) -> Result<(), Self::Error> {
        let entry = usize::try_from(reservation.entry()).ok();
        if let Some(answer) = entry.and_then(|entry| self.0.get_mut(entry)) {
            answer.outcome = Some(outcome);
        }
        Ok(())
    }
}
