//! A book for each settlement asset: each is searched alone, and what is found is where the rule turns.

use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Account, Book};
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_risk::{
    BookOf, BookStanding, Boundary, Cure, Move, books, cures, deposit, liquidation, quoting_assets,
};

fn example(kind: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../params/venues/binance/examples");
    std::fs::read(format!("{folder}/single-asset.{kind}.json")).unwrap()
}

struct Case {
    schedule: Schedule,
    snapshot: Value,
    account: Account,
}

impl Case {
    /// The example, whose book of USDC is short of its requirement, with so much more of it.
    fn new(more: i64) -> Self {
        let schedule = Schedule::from_json(&example("schedule")).unwrap();
        let account = AccountFile::from_json(&example("account")).unwrap();
        let account = account.holdings(&schedule).unwrap();
        let snapshot = serde_json::from_slice(&example("snapshot")).unwrap();
        let case = Self { schedule, snapshot, account };
        let usdc = case.schedule.asset("USDC").unwrap();
        let amount = BigInt::from(more) * BigInt::from(10).pow(usdc.decimals);
        let account = deposit(&case.market(), &case.account, usdc.id, &amount).unwrap();
        Self { account, ..case }
    }

    fn market(&self) -> CompiledMarket {
        let bytes = serde_json::to_vec(&self.snapshot).unwrap();
        compile(&self.schedule, &SnapshotFile::from_json(&bytes).unwrap()).unwrap()
    }

    /// The market with another mark of one instrument.
    fn at(&self, symbol: &str, mark: &str) -> CompiledMarket {
        let mut snapshot = self.snapshot.clone();
        let list = snapshot["instruments"].as_array_mut().unwrap();
        list.iter_mut().find(|i| i["instrument"] == symbol).unwrap()["mark"] = json!(mark);
        let bytes = serde_json::to_vec(&snapshot).unwrap();
        compile(&self.schedule, &SnapshotFile::from_json(&bytes).unwrap()).unwrap()
    }
}

/// Whether the book of a position meets the margin.
fn is_met(market: &CompiledMarket, account: &Account, position: usize) -> bool {
    let all = books(market, account, &Claim::margin()).unwrap();
    let p = &account.positions()[position];
    let listed = market.schedule().instruments();
    let settle = listed.iter().find(|i| i.id == p.instrument).unwrap().settle;
    let of = match p.book {
        Book::Isolated => BookOf::Isolated { position },
        Book::Cross => BookOf::Cross { asset: Some(settle) },
    };
    let own: Vec<&BookStanding> = all.iter().filter(|book| book.of == of).collect();
    let [book] = own[..] else { panic!("{all:?}") };
    book.is_met
}

#[test]
fn prices_are_where_the_book_of_the_settlement_asset_turns() {
    let case = Case::new(700);
    let market = case.market();
    let found = liquidation(&market, &case.account, &Claim::margin(), &quoting_assets(&market));
    let found = found.unwrap();
    assert!(found.is_met() && found.books.len() == 2);
    let mut seen = 0;
    for (at, (p, prices)) in case.account.positions().iter().zip(&found.positions).enumerate() {
        let listed = market.schedule().instruments();
        let i = listed.iter().find(|i| i.id == p.instrument).unwrap();
        for (boundary, before) in [(&prices.falling, 1), (&prices.rising, -1)] {
            let text = |mark: BigInt| format_scaled(&mark, i.price_unit.decimals);
            let Boundary::At(mark) = boundary else {
                assert_ne!(*boundary, Boundary::Crossed, "{}", i.symbol);
                let far = if before == 1 { BigInt::from(1) } else { &prices.mark * 20 };
                let far = case.at(&i.symbol, &text(far));
                assert!(is_met(&far, &case.account, at), "{} never", i.symbol);
                continue;
            };
            seen += 1;
            let reached = case.at(&i.symbol, &text(mark.clone()));
            assert!(!is_met(&reached, &case.account, at), "{} {mark}", i.symbol);
            let just_before = case.at(&i.symbol, &text(mark + before));
            assert!(is_met(&just_before, &case.account, at), "{} {mark}", i.symbol);
        }
    }
    assert!(seen >= 3, "{seen}");
    // Each book has moves of its own.
    let moves: Vec<_> = found.books.iter().map(|book| book.joint.worst()).collect();
    assert!(moves[0] != moves[1], "{moves:?}");
}

#[test]
fn a_book_that_is_short_has_its_own_cure() {
    let case = Case::new(0);
    let market = case.market();
    let found = liquidation(&market, &case.account, &Claim::margin(), &quoting_assets(&market));
    let found = found.unwrap();
    let [usdt, usdc] = &found.books[..] else { panic!("{found:?}") };
    assert!(usdt.is_met && !usdc.is_met && usdc.joint.falling == Move::Crossed);
    let cured = cures(&market, &case.account, &Claim::margin()).unwrap();
    let [(_, first), (asset, Cure::Least(least))] = &cured.deposits[..] else {
        panic!("{:?}", cured.deposits)
    };
    assert_eq!(*first, Cure::Unneeded);
    for (amount, met) in [(least.clone(), true), (least - 1, false)] {
        let after = deposit(&market, &case.account, *asset, &amount).unwrap();
        let all = books(&market, &after, &Claim::margin()).unwrap();
        let of = BookOf::Cross { asset: Some(*asset) };
        assert_eq!(all.iter().find(|book| book.of == of).unwrap().is_met, met);
    }
    assert_eq!(cured.positions.len(), case.account.positions().len());
}

/// Also of an isolated position that settles in another asset than that of the last book.
#[test]
fn isolated_positions_have_prices_whatever_they_settle_in() {
    let case = Case::new(700);
    let market = case.market();
    let found = liquidation(&market, &case.account, &Claim::margin(), &quoting_assets(&market));
    let found = found.unwrap();
    let sol = market.schedule().instrument("SOLUSDT").unwrap();
    let at = case.account.positions().iter().position(|p| p.instrument == sol.id).unwrap();
    assert_eq!(case.account.positions()[at].book, Book::Isolated);
    // 12 bought at 140.80 each with a margin of 220.25: 12 p - 1469.35 is 0.005 of 12 p at 123.06114.
    assert_eq!(found.positions[at].falling, Boundary::At(BigInt::from(12_306_113_902_i64)));
    // It only gains, up to where its tiers end.
    assert!(matches!(found.positions[at].rising, Boundary::Undefined { .. }));
}
