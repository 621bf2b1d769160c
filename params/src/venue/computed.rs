//! For tests of importers: the figures of an account as the rule computes them, and random figures to compare them at.

use crate::portfolio::figure::sum;
use crate::venue::{Choice, Imported, OpenedFile, Reading};
use crate::venues::{VENUES, known_answers};
use crate::{AccountFile, Schedule, SnapshotFile, compile};
use serde_json::Value;
use zeroize::Zeroizing;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// A number of a test.
pub(crate) fn number(text: &str) -> Decimal {
    Decimal::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The difference.
pub(crate) fn minus(a: &Decimal, b: &Decimal) -> Decimal {
    sum(a, &crate::portfolio::figure::less(b))
}

/// What the rule says of an account.
pub(crate) struct Computed {
    pub equity: Decimal,
    pub maintenance: Decimal,
    /// Of the cross book and every isolated one.
    pub healthy: bool,
    /// Equity and requirement of each isolated position, in the account's order.
    pub isolated: Vec<(Decimal, Decimal)>,
}

/// Computes it, with an account and a snapshot that were imported.
pub(crate) fn computed(
    schedule: &Schedule,
    snapshot: &SnapshotFile,
    account: &AccountFile,
) -> Computed {
    let market = compile(schedule, snapshot).unwrap_or_else(|e| panic!("snapshot: {e}"));
    let held = account.holdings(schedule).unwrap_or_else(|e| panic!("account: {e}"));
    let made = margin(&held, market.market()).unwrap_or_else(|e| panic!("rule: {e}"));
    let figure = |value| Decimal::from_scaled(value, schedule.margin_decimals());
    let books = made.positions.iter().filter_map(|position| position.isolated.as_ref());
    let isolated = books.map(|book| (figure(&book.equity), figure(&book.requirement))).collect();
    Computed {
        isolated,
        equity: figure(&made.equity),
        maintenance: figure(&made.maintenance),
        healthy: made.meets(&Claim::margin(), market.market()),
    }
}

/// Imports a folder of these answers, as the command does, and asserts that it gives what the importer reads from them: the
/// account and the snapshot of sources of several answers are given too.
pub(crate) fn from_folder(
    venue: &str,
    choice: Choice,
    answers: &[(&str, &Value)],
    expected: (&SnapshotFile, &AccountFile),
) -> Imported {
    let files: Vec<_> = answers.iter().map(|(name, answer)| opened(name, answer)).collect();
    let known = VENUES.iter().find(|known| known.name == venue).unwrap();
    let reading = Reading { choice, accept_rule: true, whole: true, ..Reading::default() };
    let imported = known.import(&files, &[], &known_answers(), &reading);
    let imported = imported.unwrap_or_else(|e| panic!("{venue}: {e}"));
    let (snapshot, account) = expected;
    assert_eq!(imported.snapshot.as_ref().map(|s| &s.instruments), Some(&snapshot.instruments));
    assert_eq!(imported.snapshot.as_ref().map(|s| &s.time), Some(&snapshot.time));
    assert!(imported.account.as_ref() == Some(account), "{venue}");
    imported
}

fn opened(name: &str, answer: &Value) -> OpenedFile {
    let bytes = Zeroizing::new(answer.to_string().into_bytes());
    OpenedFile { name: format!("{name}.json"), bytes }
}

/// Numbers without a pattern, the same in every run: xorshift of 64 bits.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// From 0 and below `below`.
    pub fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    /// A number from `10^-decimals` on and below `below * 10^-decimals`.
    pub fn decimal(&mut self, below: u64, decimals: u32) -> Decimal {
        Decimal::from_scaled(&(1 + self.below(below - 1)).into(), decimals)
    }
}
