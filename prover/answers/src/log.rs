//! What was answered to whom.

/// A question about an account, as far as it tells something about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub audience: String,
    /// What for.
    pub purpose: String,
    /// Period; 0 when there is none.
    pub epoch: u64,
    /// Which account: [`zkmargin_model::holder::account_identity`], which stays when its ledger is made
    /// anew.
    pub account: [u8; 32],
    /// Digest of the market.
    pub market: [u8; 32],
    /// Time of the marks, in milliseconds since 1970.
    pub snapshot_ms: u64,
    /// Level, in basis points of the maintenance margin.
    pub level_bps: u32,
    /// Equity floor in margin units, decimal text.
    pub floor: String,
}

impl Question {
    /// Whether another question has the same answer for certain.
    pub fn same_answer(&self, other: &Self) -> bool {
        self.account == other.account
            && self.market == other.market
            && self.level_bps == other.level_bps
            && self.floor == other.floor
    }
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// Whether the account meets the claim. "No proof" is an answer too.
    pub met: bool,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A log of answers.
pub trait AnswerLog {
    /// Why the log cannot be used.
    type Error: std::error::Error;

    /// The answers about an account, to everybody.
    ///
    /// # Errors
    /// From the log.
    fn about(&mut self, account: &[u8; 32]) -> Result<Vec<Answer>, Self::Error>;

    /// Writes an answer, before it is given.
    ///
    /// # Errors
    /// From the log; then the answer must not be given.
    fn write(&mut self, answer: &Answer) -> Result<(), Self::Error>;
}

/// A log that ends with the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog(Vec<Answer>);

impl AnswerLog for MemoryLog {
    type Error = std::convert::Infallible;

    fn about(&mut self, account: &[u8; 32]) -> Result<Vec<Answer>, Self::Error> {
        Ok(self.0.iter().filter(|a| a.question.account == *account).cloned().collect())
    }

    fn write(&mut self, answer: &Answer) -> Result<(), Self::Error> {
        self.0.push(answer.clone());
        Ok(())
    }
}
