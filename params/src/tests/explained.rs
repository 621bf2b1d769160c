//! What explains figures comes to them, for every example of every venue and for random accounts of tests.

use crate::{AccountFile, BooksMarket, CompiledMarket, ExplainedStep, Schedule, SnapshotFile};
use num_traits::Zero;
use zkmargin_model::rule::{Account, Book, Margin, margin};

/// A step's rounding makes its result of the exact number before.
fn check_roundings(steps: &[ExplainedStep]) {
    for step in steps {
        let Some(rounding) = &step.rounding else { continue };
        // What is at most something can be less.
        if !step.how.contains("at most") {
            let units = rounding.before.rounded(rounding.mode.to_rule(), rounding.unit);
            assert_eq!(rounding.unit.figure(&units), step.result, "{}", step.words());
        }
    }
}

/// Asserts that the steps of an account's figures at the market of some books come to them.
pub(crate) fn check(market: &CompiledMarket, of: &BooksMarket, held: &Account, made: &Margin) {
    let schedule = market.schedule();
    let unit = schedule.margin_amount_unit();
    let counts = |asset: u32| of.books().asset_id().is_none_or(|id| id == asset);
    for (at, (p, m)) in held.positions().iter().zip(&made.positions).enumerate() {
        let instrument = schedule.instrument_of_id(p.instrument).unwrap();
        let second = held.second_word(at);
        let steps = market.explain_position(p, second, m);
        check_roundings(&steps);
        let result = steps.iter().rfind(|s| s.figure == "result" || s.figure == "profit and loss");
        assert_eq!(result.unwrap().result, instrument.settle_unit.figure(&m.result));
        let required = steps.last().unwrap();
        assert_eq!(required.figure, "requirement");
        match (&m.isolated, p.book) {
            (Some(book), _) => {
                let own = schedule.requirement_unit(instrument);
                assert_eq!(required.result, own.figure(&m.amount), "{steps:#?}");
                let of_book = market.explain_isolated(p, second, m);
                check_roundings(&of_book);
                let allocated = schedule.allocation_asset().is_some();
                assert_eq!(of_book.is_empty(), !allocated);
                if let [.., equity, required] = &of_book[..] {
                    let parts = of_book[..of_book.len() - 2].iter();
                    let parts = parts.filter(|s| s.figure == "equity").map(|s| &s.result);
                    let whole = unit.figure(&book.equity);
                    assert_eq!(equity.result, whole);
                    let parts = parts
                        .map(|p| p.to_scaled(unit.decimals).unwrap())
                        .sum::<num_bigint::BigInt>();
                    assert_eq!(parts, book.equity);
                    assert_eq!(required.result, unit.figure(&book.requirement));
                }
            }
            (None, Book::Cross) if counts(instrument.settle) => {
                assert_eq!(required.result, unit.figure(&m.requirement), "{steps:#?}");
            }
            _ => {}
        }
    }
    for (b, m) in held.balances().iter().zip(&made.assets).filter(|(b, _)| counts(b.asset)) {
        let steps = market.explain_balance(b, &m.balance);
        check_roundings(&steps);
        let last = |figure: &str| steps.iter().rfind(|step| step.figure == figure);
        assert_eq!(last("equity").unwrap().result, unit.figure(&m.collateral), "{steps:#?}");
        let required = last("requirement").map(|step| step.result.clone());
        assert!(required.is_none_or(|r| r == unit.figure(&m.requirement)), "{steps:#?}");
        assert!(m.requirement.is_zero() || last("requirement").is_some());
    }
    let steps = market.explain_book(of, held, made);
    let results: Vec<_> = steps.iter().map(|step| step.result.clone()).collect();
    assert_eq!(results, [unit.figure(&made.equity), unit.figure(&made.maintenance)]);
}

/// Every account beside the importers, at the market that has its name.
#[test]
fn every_example_is_explained() {
    let venues = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("venues");
    let mut checked = 0;
    for venue in std::fs::read_dir(venues).unwrap() {
        let Ok(examples) = std::fs::read_dir(venue.unwrap().path().join("examples")) else {
            continue;
        };
        for file in examples {
            let path = file.unwrap().path();
            let text = path.to_string_lossy();
            let Some(name) = text.strip_suffix(".account.json") else { continue };
            let read = |kind: &str| std::fs::read(format!("{name}.{kind}.json"));
            let (Ok(schedule), Ok(snapshot)) = (read("schedule"), read("snapshot")) else {
                continue;
            };
            let Ok(schedule) = Schedule::from_json(&schedule) else { continue };
            let snapshot = SnapshotFile::from_json(&snapshot).unwrap();
            let market = crate::compile(&schedule, &snapshot).unwrap();
            let account = AccountFile::from_json(&std::fs::read(&path).unwrap()).unwrap();
            let held = account.holdings(&schedule).unwrap();
            for of in market.selections() {
                check(&market, of, &held, &margin(&held, of.market()).unwrap());
            }
            checked += 1;
        }
    }
    assert!(checked > 10, "{checked}");
}
