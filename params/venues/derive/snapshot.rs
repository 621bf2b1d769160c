//! The snapshot of a case.

use super::case::{Case, CaseExpiry, CaseSpot, PRICE, VALUE, rounded};
use super::schedule::{CASH, SPOT, STABLE, text};
use super::{Loadings, TIME_MS};
use crate::portfolio::figure::{less, product, sum};
use crate::portfolio::{
    AssetIndexFile, GroupFiguresFile, IndexFile, InstrumentFiguresFile, PortfolioSnapshotFile,
};
use crate::{DecimalText, FileKind, format_utc};
use zkmargin_model::decimal::Decimal;

pub(super) fn snapshot(case: &Case, schedule: &str, loadings: Loadings) -> PortfolioSnapshotFile {
    let is_derived = loadings == Loadings::Derived;
    let price = |figure: &Decimal| text(&rounded(figure, PRICE));
    let group = |e: &CaseExpiry| GroupFiguresFile {
        group: e.name.clone(),
        forward: is_derived.then(|| price(&e.forward)),
        rate: is_derived.then(|| price(&e.rate)),
        positive: Some(text(&e.discounts[0])),
        negative: Some(text(&e.discounts[1])),
        confidence: Some(price(&e.confidence)),
    };
    let mut instruments = Vec::with_capacity(case.positions());
    for spot in &case.spots {
        instruments.push(InstrumentFiguresFile {
            value: Some(text(&spot.value)),
            loadings: (!is_derived).then(|| changes(case, spot)),
            confidence: Some(price(&spot.confidence)),
            ..none(&spot.symbol)
        });
    }
    for expiry in &case.expiries {
        for option in &expiry.options {
            let of = none(&option.symbol);
            let value = || option.values.last().map(|mark| text(&rounded(mark, VALUE)));
            instruments.push(if expiry.seconds == 0 {
                InstrumentFiguresFile { settlement: value(), ..of }
            } else if is_derived {
                InstrumentFiguresFile { volatility: Some(text(&option.volatility)), ..of }
            } else {
                let loadings = option.values.iter().map(|v| text(&rounded(v, VALUE))).collect();
                InstrumentFiguresFile { value: value(), loadings: Some(loadings), ..of }
            });
        }
    }
    PortfolioSnapshotFile {
        format: FileKind::PortfolioSnapshot.format().to_owned(),
        schedule: schedule.to_owned(),
        time: format_utc(TIME_MS),
        sequence: 1,
        source: Some(format!("Prices of case {}; the source has no time.", case.name)),
        assets: vec![AssetIndexFile { asset: CASH.to_owned(), index: DecimalText::new("1") }],
        indices: vec![
            IndexFile {
                index: SPOT.to_owned(),
                price: price(&case.price),
                confidence: Some(price(&case.confidence)),
            },
            IndexFile { index: STABLE.to_owned(), price: price(&case.stable), confidence: None },
        ],
        groups: case.expiries.iter().map(group).collect(),
        instruments,
    }
}

fn none(symbol: &str) -> InstrumentFiguresFile {
    InstrumentFiguresFile {
        instrument: symbol.to_owned(),
        value: None,
        loadings: None,
        volatility: None,
        settlement: None,
        confidence: None,
    }
}

/// Digits of a value: together with those of sizes always the same.
fn digits(spot: &CaseSpot) -> u32 {
    super::case::SIZE + VALUE - spot.size_decimals
}

/// What a unit changes by in each scenario; nothing at mark and in the scenarios of the basis contingency.
fn changes(case: &Case, spot: &CaseSpot) -> Vec<DecimalText> {
    let less_one = less(&Decimal::from_scaled(&1.into(), 0));
    let change = |moved: &Decimal| match spot.moves {
        true => text(&rounded(&product(&spot.value, &sum(moved, &less_one)), digits(spot))),
        false => DecimalText::new("0"),
    };
    let mut changes: Vec<_> = case.scenarios.iter().map(|s| change(&s.spot)).collect();
    changes.resize(case.scenarios.len() + 3, DecimalText::new("0"));
    changes
}
