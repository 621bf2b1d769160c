//! Whether the marks by which an answer values positions are those of the snapshot, nearly: marks of another time or of another
//! list make other figures than the venue's.
//!
//! A position has a mark, or its notional implies one, or its profit and entry price do. Where an answer has none of these,
//! nothing says so.

use super::figure_index::FigureIndex;
use super::stated::{FigureKind, StatedPosition, VenueFigures};
use super::{ImportError, magnitude};
use crate::portfolio::figure::{less, product, sum};
use crate::{Instrument, KindFile, Schedule, SnapshotFile};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Digits of the part by which marks may have moved between two answers: 10^-2.
const MOVED: u32 = 2;

/// A unit of the last of so many digits after the point.
pub(super) fn unit(decimals: u32) -> Decimal {
    Decimal::from_scaled(&1.into(), decimals)
}

/// How far a figure of the answer is from the same one at the snapshot's mark.
struct Apart {
    by: Decimal,
    /// What moves as the mark does: the mark itself, or the position's value at it.
    whole: Decimal,
    /// By how much digits explain.
    digits: Decimal,
}

impl Apart {
    fn is_another_mark(&self) -> bool {
        let moved = product(&magnitude(&self.whole), &unit(MOVED));
        sum(&self.by, &less(&sum(&moved, &self.digits))).coefficient().is_positive()
    }
}

/// The most direct figure by the mark that each answer has: none, one, or two where the mark is of another answer than the
/// notional.
fn apart(
    figures: &FigureIndex<'_>,
    p: &StatedPosition,
    of: &Instrument,
    mark: &Decimal,
) -> Vec<Apart> {
    let own = p.mark.as_ref().map(|own| {
        let digits = Decimal::from_scaled(&BigInt::ZERO, 0);
        Apart { by: distance(own, mark), whole: mark.clone(), digits }
    });
    let is_all = own.is_some() && !p.is_mark_of_another_answer;
    let valued = if is_all { None } else { by_value(figures, p, of, mark) };
    own.into_iter().chain(valued).collect()
}

/// How far one is from another.
pub(super) fn distance(one: &Decimal, other: &Decimal) -> Decimal {
    magnitude(&sum(one, &less(other)))
}

/// What a notional, or a profit with its entry price, is by the mark.
fn by_value(
    figures: &FigureIndex<'_>,
    p: &StatedPosition,
    of: &Instrument,
    mark: &Decimal,
) -> Option<Apart> {
    let value = p.value_at(of, mark)?;
    if let Some(notional) = &p.notional {
        let digits = figures.of(p, FigureKind::Notional).map_or(0, |of| of.decimals);
        return Some(Apart { by: distance(notional, &value), whole: value, digits: unit(digits) });
    }
    // A profit by the mark, of a contract whose profit is a multiple of what the mark moved.
    if of.kind != KindFile::Linear {
        return None;
    }
    let shown = figures.of(p, FigureKind::UnrealizedProfit)?;
    let profit = shown.value.as_ref()?;
    let entry = p.entry_price.as_ref()?;
    let at_mark = product(&product(&p.size, &of.multiplier), &sum(mark, &less(&entry.price)));
    let of_entry = product(&p.amount(of), &unit(entry.decimals));
    let digits = sum(&unit(shown.decimals), &of_entry);
    Some(Apart { by: distance(&at_mark, profit), whole: value, digits })
}

/// Compares them.
///
/// # Errors
/// [`ImportError::TimesApart`] at the position whose mark is another one.
pub(super) fn check(
    stated: &VenueFigures,
    schedule: &Schedule,
    snapshot: &SnapshotFile,
) -> Result<(), ImportError> {
    let marks = snapshot.instruments.iter().filter_map(|price| {
        let mark = Decimal::parse(price.mark.as_ref()?.as_str()).ok()?;
        Some((price.instrument.as_str(), mark))
    });
    let marks: BTreeMap<_, _> = marks.collect();
    let figures = FigureIndex::new(stated);
    for p in &stated.positions {
        let listed = schedule.instrument(&p.instrument).zip(marks.get(p.instrument.as_str()));
        let Some((instrument, mark)) = listed else { continue };
        if apart(&figures, p, instrument, mark).iter().any(Apart::is_another_mark) {
            return Err(ImportError::TimesApart {
                pointer: p.place.clone(),
                message: "is valued at a mark that differs from that of the answer with the prices by more than 1 %"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::{Venue, decimal};
    use crate::venues::{BinanceCoinM, Gate};
    use serde_json::{Value, json};

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    /// What is said of a position with this notional, at a mark of the only instrument.
    fn told(
        (schedule, snapshot): (&Schedule, &SnapshotFile),
        symbol: &str,
        size: &str,
        notional: &str,
    ) -> Option<String> {
        let source = json!({});
        let place = crate::venue::Member::root(&source);
        let mut p = StatedPosition::new(&place, symbol, number(size));
        p.notional = Some(number(notional));
        let mut stated = VenueFigures::new("toy", None);
        let subject = p.subject();
        stated.push(&place, FigureKind::Notional, &subject, ("USDT", 8), p.notional.clone());
        stated.positions.push(p);
        check(&stated, schedule, snapshot).err().map(|e| e.to_string())
    }

    /// One instrument of a venue's example, at this mark.
    fn market<V: Venue>(
        source: &Value,
        options: &V::Options,
        mark: &str,
    ) -> (Schedule, SnapshotFile) {
        let schedule = Schedule::new(V::schedule(source, options).unwrap().schedule).unwrap();
        let mut snapshot = crate::venue::priced_snapshot(&schedule, 0, 0, "A mark.");
        for listed in &schedule.file().instruments {
            let price = crate::InstrumentPriceFile::at_mark(&*listed.symbol, decimal(mark));
            snapshot.instruments.push(price);
        }
        (schedule, snapshot)
    }

    fn answers(text: [&str; 2]) -> [Value; 2] {
        text.map(|text| serde_json::from_str(text).unwrap())
    }

    /// 3 contracts of 0.0001 at 60000 are worth 18 with a multiplier, and without it 180000; 3 contracts of 100 dollars at
    /// 40000 are worth 0.0075 coins.
    #[test]
    fn a_notional_implies_a_mark_by_the_contracts_multiplier() {
        let another = "the file is valued at a mark that differs from that of the answer with the prices by more than 1 %";
        let [contracts, tiers] = answers([
            include_str!("../../venues/gate/examples/answers/contracts.json"),
            include_str!("../../venues/gate/examples/answers/risk_limit_tiers.json"),
        ]);
        let source = json!({"contracts": contracts, "risk_limit_tiers": tiers});
        let (schedule, snapshot) = market::<Gate>(&source, &Default::default(), "60000");
        let linear = &schedule.instruments()[0];
        assert_ne!(linear.multiplier, number("1"), "a multiplier is what this is about");
        let value = product(&product(&number("3"), &linear.multiplier), &number("60000"));
        for (part, is_near) in [("1", true), ("0.995", true), ("1.02", false), ("0.98", false)] {
            let notional = product(&value, &number(part)).to_string();
            let said = told((&schedule, &snapshot), &linear.symbol, "-3", &notional);
            assert_eq!(said, (!is_near).then(|| another.to_owned()), "{part}");
        }
        let held = StatedPosition {
            notional: Some(value),
            ..StatedPosition::new(&crate::venue::Member::root(&source), "any", number("-3"))
        };
        assert_eq!(held.mark_of(linear), Some(number("60000")));
        assert!(held.mark_is_implied());

        let [info, brackets] = answers([
            include_str!("../../venues/binance_coinm/examples/answers/exchangeInfo.json"),
            include_str!("../../venues/binance_coinm/examples/answers/leverageBracket.json"),
        ]);
        let source = json!({"exchangeInfo": info, "leverageBracket": brackets});
        let (schedule, snapshot) = market::<BinanceCoinM>(&source, &Default::default(), "40000");
        let inverse =
            schedule.instruments().iter().find(|i| i.multiplier == number("100")).unwrap();
        assert_eq!(inverse.kind, KindFile::Inverse);
        for (notional, is_near) in [("0.0075", true), ("0.00744", true), ("0.0077", false)] {
            let said = told((&schedule, &snapshot), &inverse.symbol, "3", notional);
            assert_eq!(said, (!is_near).then(|| another.to_owned()), "{notional}");
        }
        let held = StatedPosition { notional: Some(number("0.0075")), ..held };
        assert_eq!(held.mark_of(inverse), Some(number("40000")));
    }
}
