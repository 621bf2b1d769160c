//! How much answers add up to.
//!
//! At one market, n levels with one floor cut the line of ratios into n + 1 intervals, and all answers together tell
//! which one the ratio is in: at most log2(n + 1) bits. Floors cut the line of equity in the same way, separately.
//! Each selection of books has lines of its own. Of several settlement assets, which have a book each, the one that is
//! asked about is chosen for what is held in it: at most log2 of the number asked about at one market.
//! Markets add up, because marks move. A question that was already answered adds nothing. `THREAT_MODEL.md` has the
//! table.
//!
//! This stays an upper bound as long as a question has two answers: a proof, or none. An account past the venue's last
//! tier gives the same answer to every level of a market as one below the lowest of them, so it is in one of the n + 1
//! intervals, provided that nobody sees which reason it was. The result of a question is not counted, only that it was
//! asked: the answer to one that failed can be had by asking again. The shape of a proof is a separate matter; a prover
//! who always uses the same one hides it.

use crate::log::{Answer, Question};
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::digest::MarketDigest;

/// What the answers about one account add up to, before and after one more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bits {
    /// Number of answers before.
    pub answers: usize,
    /// Maximum number of bits they add up to.
    pub before: f64,
    /// Maximum number of bits with the next answer.
    pub after: f64,
}

/// Levels and floors asked about some books, or some requirement or stress of a portfolio account, at one market.
#[derive(Default)]
struct Asked<'a> {
    levels: BTreeSet<u32>,
    floors: BTreeSet<&'a str>,
}

fn count<'a>(questions: impl Iterator<Item = &'a Question>) -> f64 {
    let mut markets: BTreeMap<MarketDigest, BTreeMap<_, Asked<'a>>> = BTreeMap::new();
    for question in questions {
        let Question { only_isolated, all_but_isolated, .. } = *question;
        let isolated = (question.cross_alone, only_isolated, all_but_isolated);
        let about = (question.settlement_asset, isolated, question.measure.as_ref());
        let asked = markets.entry(question.market).or_default().entry(about).or_default();
        let is_stress = question.measure.as_ref().is_some_and(|of| of.stress().is_some());
        // What a stress leaves is compared with floors alone, of which none is one too.
        if !is_stress {
            asked.levels.insert(question.level_bps);
        }
        // A floor of zero parts no more accounts than the level does: of those that meet it, it refuses only accounts of
        // which nothing is required, and these are with the ones that meet no level.
        // A level that is not met parts accounts as one that is, and has no floor.
        if is_stress || question.floor != "0" && !question.does_not_meet {
            asked.floors.insert(&question.floor);
        }
    }
    let bits = |n: usize| ((n + 1) as f64).log2();
    let lines = |asked: &Asked<'_>| bits(asked.levels.len()) + bits(asked.floors.len());
    let each = markets.values().flat_map(|books| {
        let assets: BTreeSet<_> = books.keys().filter_map(|(asset, ..)| *asset).collect();
        let named = books.keys().flat_map(|(_, (_, only, all_but), _)| [*only, *all_but]);
        let named: BTreeSet<_> = named.flatten().collect();
        let names = [assets.len(), named.len()].map(|names| (names.max(1) as f64).log2());
        books.values().map(lines).chain(names)
    });
    // Not `sum`, by which nothing comes to -0.
    each.fold(0.0, |all, market| all + market)
}

impl Bits {
    /// Counts the answers about the question's account that `audience` has seen; `None` counts
    /// those of all audiences, who may talk to each other.
    pub fn of(answers: &[Answer], next: &Question, audience: Option<&str>) -> Self {
        let relevant = |q: &&Question| {
            q.account == next.account && audience.is_none_or(|audience| q.audience == audience)
        };
        let questions: Vec<_> = answers.iter().map(|a| &a.question).filter(relevant).collect();
        Self {
            answers: questions.len(),
            before: count(questions.iter().copied()),
            after: count(questions.iter().copied().chain([next])),
        }
    }

    /// Whether there are earlier answers and the next one reveals more than they did.
    pub fn narrows(&self) -> bool {
        self.answers > 0 && self.after > self.before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Outcome;
    use std::num::NonZeroU16;
    use zkmargin_model::measure::Measure;
    use zkmargin_model::rule::PositionName;

    fn question(market: u8, level_bps: u32, floor: &str, audience: &str) -> Question {
        Question {
            audience: audience.to_owned(),
            purpose: String::new(),
            epoch: None,
            account: [1; 32],
            market: [market; 32].into(),
            snapshot_ms: market.into(),
            settlement_asset: None,
            cross_alone: false,
            only_isolated: None,
            all_but_isolated: None,
            measure: None,
            level_bps,
            floor: floor.to_owned(),
            does_not_meet: false,
        }
    }

    fn given(question: Question) -> Answer {
        Answer { question, outcome: Some(Outcome::Given), at_ms: 0 }
    }

    #[test]
    fn nothing_is_no_bits_and_not_less() {
        assert!(count(std::iter::empty()).is_sign_positive());
        let bits = Bits::of(&[], &question(1, 10_000, "0", "a"), None);
        assert_eq!(format!("{:.2}", bits.before), "0.00");
    }

    #[test]
    fn what_came_of_it_does_not_matter() {
        let next = question(1, 12_500, "0", "a");
        for outcome in [None, Some(Outcome::Failed), Some(Outcome::NotMet), Some(Outcome::Beyond)] {
            // The clock may have gone backwards since.
            let asked =
                Answer { question: question(1, 10_000, "0", "a"), outcome, at_ms: u64::MAX };
            assert_eq!(Bits::of(&[asked], &next, Some("a")).before, 1.0);
        }
    }

    #[test]
    fn levels_add_up_at_one_market_and_over_markets() {
        let first = question(1, 10_000, "0", "a");
        let bits = Bits::of(&[], &first, Some("a"));
        assert_eq!((bits.answers, bits.before, bits.after, bits.narrows()), (0, 0.0, 1.0, false));
        let mut log = vec![given(first.clone())];
        // The same question again tells nothing.
        assert!(!Bits::of(&log, &first, Some("a")).narrows());
        log.push(given(question(1, 12_500, "0", "a")));
        let third = question(1, 15_000, "0", "a");
        let bits = Bits::of(&log, &third, Some("a"));
        assert_eq!((bits.before, bits.after), (3f64.log2(), 2.0));
        // Another time, another floor.
        assert_eq!(Bits::of(&log, &question(2, 10_000, "0", "a"), None).after, 3f64.log2() + 1.0);
        assert_eq!(Bits::of(&log, &question(1, 10_000, "5", "a"), None).after, 3f64.log2() + 1.0);
    }

    /// What a portfolio account is held against counts apart: levels of requirements, and floors of stresses.
    #[test]
    fn requirements_and_stresses_of_a_portfolio_account_count_apart() {
        let of = |measure: &str, level, floor| {
            let measure = Some(Measure::parse(measure).expect("a measure"));
            given(Question { measure, ..question(1, level, floor, "a") })
        };
        let after = |log: &[Answer], next: Answer| Bits::of(log, &next.question, None).after;
        assert_eq!(after(&[], of("maintenance", 10_000, "0")), 1.0);
        assert_eq!(after(&[of("maintenance", 10_000, "0")], of("initial", 10_000, "0")), 2.0);
        // Whether anything is left is one answer, and whether a floor is left another on the same line.
        assert_eq!(after(&[], of("stress:a", 10_000, "0")), 1.0);
        assert_eq!(after(&[of("stress:a", 10_000, "0")], of("stress:a", 10_000, "5")), 3f64.log2());
        assert_eq!(after(&[of("stress:a", 10_000, "0")], of("stress:b", 10_000, "0")), 2.0);
        let log = [of("stress:a", 10_000, "0")];
        assert!(!Bits::of(&log, &log[0].question, None).narrows());
    }

    #[test]
    fn each_selection_of_books_counts_and_so_do_the_names() {
        let of = |asset, cross_alone| {
            let settlement_asset = NonZeroU16::new(asset);
            given(Question { settlement_asset, cross_alone, ..question(1, 10_000, "0", "a") })
        };
        let after = |log: &[Answer], next: Answer| Bits::of(log, &next.question, None).after;
        // A line for each.
        assert_eq!(after(&[], of(0, true)), 1.0);
        assert_eq!(after(&[of(0, false)], of(0, true)), 2.0);
        // One name is no choice that was seen; two are one of two, and three one of three.
        assert_eq!(after(&[], of(1, false)), 1.0);
        assert_eq!(after(&[of(1, false)], of(1, true)), 2.0);
        assert_eq!(after(&[of(1, false)], of(2, false)), 2.0 + 1.0);
        let log = [of(1, false), of(2, false)];
        assert_eq!(after(&log, of(3, false)), 3.0 + 3f64.log2());
        assert!(!Bits::of(&log, &of(2, false).question, None).narrows());
        // Another market has names of its own.
        let elsewhere = given(Question {
            settlement_asset: NonZeroU16::new(2),
            ..question(2, 10_000, "0", "a")
        });
        assert_eq!(after(&[of(1, false)], elsewhere), 2.0);
    }

    #[test]
    fn each_named_position_counts_and_so_do_the_names() {
        let of = |only, all_but| {
            let [only_isolated, all_but_isolated] = [only, all_but].map(PositionName::of_key);
            given(Question { only_isolated, all_but_isolated, ..question(1, 10_000, "0", "a") })
        };
        let after = |log: &[Answer], next: Answer| Bits::of(log, &next.question, None).after;
        assert_eq!(after(&[], of(5, 0)), 1.0);
        // The two statements about one account name one position.
        assert_eq!(after(&[of(5, 0)], of(0, 5)), 2.0);
        assert_eq!(after(&[of(5, 0)], of(4, 0)), 2.0 + 1.0);
        assert_eq!(after(&[of(5, 0), of(4, 0)], of(0, 9)), 3.0 + 3f64.log2());
        let log = [of(5, 0), of(0, 4)];
        assert!(!Bits::of(&log, &of(0, 4).question, None).narrows());
        assert!(Bits::of(&log, &of(0, 5).question, None).narrows());
    }

    #[test]
    fn audiences_are_counted_apart_and_together() {
        let log = [given(question(1, 10_000, "0", "a"))];
        let next = question(1, 12_500, "0", "b");
        assert_eq!(Bits::of(&log, &next, Some("b")).before, 0.0);
        assert_eq!(Bits::of(&log, &next, None).before, 1.0);
        let other = Question { account: [2; 32], ..next };
        assert_eq!(Bits::of(&log, &other, None).answers, 0);
    }
}
