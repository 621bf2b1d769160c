//! A cure applied meets the claim; one unit less, and each smaller amount that was tried, does not.

use crate::draw::{Drawn, account, draw};
use crate::price::seeds;
use num_bigint::BigInt;
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{Decimal, format_scaled};
use zkmargin_model::rule::{Account, Book, Side, margin};
use zkmargin_params::{AccountFile, Schedule, SnapshotFile, compile};
use zkmargin_risk::{Cure, Trade, cures, deposit, trade};

/// Whether the cross book meets the claim; `None` where the rule is undefined.
fn cross(drawn: &Drawn, account: &Account) -> Option<bool> {
    let market = drawn.market();
    let of_cross = account.positions().iter().filter(|p| p.book == Book::Cross).cloned();
    let account = Account::new(of_cross.collect(), account.balances().to_vec()).unwrap();
    let figures = margin(&account, market.market()).ok()?;
    Some(figures.meets(&drawn.claim, market.market()))
}

#[derive(Debug, Default)]
struct Seen {
    deposits: usize,
    reductions: usize,
    margins: usize,
    never: usize,
}

/// `met` of the amounts from 1 on agrees with what was found, as far as it is tried.
fn agrees(
    found: &Cure,
    most: &BigInt,
    met: impl Fn(&BigInt) -> Option<bool>,
) -> Result<(), String> {
    let end = match found {
        Cure::Unneeded => return Err("unneeded".to_owned()),
        Cure::Least(amount) => {
            if met(amount) != Some(true) {
                return Err(format!("{amount} does not cure"));
            }
            amount.clone()
        }
        Cure::Never => most + 1,
    };
    let tried = |amount: &BigInt| match met(amount) {
        Some(true) => Err(format!("{amount} cures as well")),
        _ => Ok(()),
    };
    let last = &end - 1;
    let mut amount = BigInt::from(1);
    while amount <= last {
        tried(&amount)?;
        // All small ones, then farther apart.
        amount = &amount + 1 + &amount / 60;
    }
    if last > BigInt::ZERO { tried(&last) } else { Ok(()) }
}

#[test]
fn a_cure_meets_the_claim_exactly() {
    let mut seen = Seen::default();
    for seed in 0..seeds() {
        let Some(mut drawn) = draw(seed) else { continue };
        let market = drawn.market();
        let figures = margin(&drawn.account, market.market()).unwrap();
        if figures.meets(&drawn.claim, market.market()) && seed % 4 != 0 {
            // A buffer that is missed by a fifth.
            let ratio: BigInt = figures.equity * 12_000 / figures.maintenance.max(1.into());
            let level = u32::try_from(ratio).map_or(100_000, |level| level.min(100_000));
            drawn.claim = Claim::with_floor(level, drawn.claim.floor().clone()).unwrap();
        }
        let found = cures(&market, &drawn.account, &drawn.claim).unwrap();
        let cross_is_met = cross(&drawn, &drawn.account) == Some(true);
        for (asset, cure) in &found.deposits {
            assert_eq!(*cure == Cure::Unneeded, cross_is_met, "seed {seed}");
            if cross_is_met {
                continue;
            }
            seen.deposits += usize::from(matches!(cure, Cure::Least(_)));
            seen.never += usize::from(*cure == Cure::Never);
            let after = |amount: &BigInt| {
                let after = deposit(&market, &drawn.account, *asset, amount).ok()?;
                cross(&drawn, &after)
            };
            let most = BigInt::from(10).pow(7);
            assert_eq!(agrees(cure, &most, after), Ok(()), "seed {seed} asset {asset} {cure:?}");
        }
        for (at, (p, cure)) in drawn.account.positions().iter().zip(&found.positions).enumerate() {
            let reduction = cure.reduction.as_ref().expect("searched");
            if *reduction == Cure::Unneeded {
                assert_eq!(drawn.meets(&market, at), Ok(true));
                continue;
            }
            seen.reductions += usize::from(matches!(reduction, Cure::Least(_)));
            seen.never += usize::from(*reduction == Cure::Never);
            let size = BigInt::from(p.size.clone());
            let prices = &market.snapshot().instruments;
            let mark = prices.iter().find(|i| i.id == p.instrument).unwrap().mark.clone();
            let reduced = |part: &BigInt| {
                let size = if p.side == Side::Long { -part } else { part.clone() };
                let asked = Trade {
                    instrument: p.instrument,
                    side: Some(p.side),
                    size,
                    price: mark.clone(),
                };
                match p.book {
                    Book::Cross => cross(&drawn, &trade(&market, &drawn.account, &asked).unwrap()),
                    Book::Isolated => {
                        // As a position of the cross book, then isolated again.
                        let moved =
                            zkmargin_model::rule::Position { book: Book::Cross, ..p.clone() };
                        let alone = Account::new(vec![moved], vec![]).unwrap();
                        let after = trade(&market, &alone, &asked).unwrap();
                        let [left] = after.positions() else { panic!("closed") };
                        let left =
                            zkmargin_model::rule::Position { book: Book::Isolated, ..left.clone() };
                        let alone = Account::new(vec![left], vec![]).unwrap();
                        let figures = margin(&alone, market.market()).ok()?;
                        Some(drawn.book_meets(&figures, &market, 0))
                    }
                }
            };
            let most = if p.book == Book::Cross { size } else { size - 1 };
            assert_eq!(agrees(reduction, &most, reduced), Ok(()), "seed {seed} position {at}");
            let Some(margins) = &cure.margin else { continue };
            seen.margins += usize::from(matches!(margins, Cure::Least(_)));
            // In the file.
            let listed = market.schedule().instruments();
            let i = listed.iter().find(|i| i.id == p.instrument).unwrap();
            let with = |amount: &BigInt| {
                let mut written = drawn.written.clone();
                let list = written["positions"].as_array_mut().unwrap();
                let is = |w: &&mut serde_json::Value| {
                    let short = w["size"].as_str().unwrap().starts_with('-');
                    w["instrument"] == i.symbol.as_str()
                        && !w["isolated_margin"].is_null()
                        && short == (p.side == Side::Short)
                };
                let own = list.iter_mut().find(is).unwrap();
                let text = own["isolated_margin"].as_str().unwrap();
                let margin = Decimal::parse(text).unwrap().to_scaled(i.settle_decimals).unwrap();
                own["isolated_margin"] =
                    json!(format_scaled(&(margin + amount), i.settle_decimals));
                let changed = Drawn {
                    schedule: drawn.schedule.clone(),
                    snapshot: drawn.snapshot.clone(),
                    account: account(&written, &drawn.schedule)?,
                    written,
                    claim: drawn.claim.clone(),
                };
                changed.meets(&market, at).ok()
            };
            let most = BigInt::from(10).pow(7);
            assert_eq!(
                agrees(margins, &most, with),
                Ok(()),
                "seed {seed} position {at} {margins:?}"
            );
        }
    }
    let Seen { deposits, reductions, margins, never } = seen;
    assert!(deposits > 50 && reductions > 20 && margins > 20 && never > 20, "{seen:?}");
}

/// By hand: long 80 and short 60 of one family at a mark of 50 are 140 of it at a rate of 2 %, and 100 at one of 1 %. Of the
/// long, 40 are closed: both rates fall, and 40 and 60 require 50 of the equity of 75. So it is from the other side.
#[test]
fn a_smaller_position_lowers_the_rate_of_its_family() {
    let contract = |id: u32, symbol: &str| {
        json!({
            "id": id, "symbol": symbol, "kind": "linear", "settle": "USD", "size_decimals": 0, "price_decimals": 0,
            "multiplier": "1", "tiers": "contracts", "elements": {"family": {"name": "X"}}
        })
    };
    let schedule = json!({
        "format": "zkmargin-schedule/1", "venue": "test", "name": "families", "source": "made up",
        "requirement": "maintenance", "valuation": {"currency": "USD", "decimals": 6},
        "rate_decimals": 4, "equality_is_healthy": true,
        "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
        "assets": [{"id": 1, "symbol": "USD", "decimals": 6, "settles": true, "collateral": {
            "variable": "value", "rows": [{"from": null, "below": null, "rate": "1", "amount": "0"}]
        }}],
        "tiers": [{"name": "contracts", "variable": "quantity", "rows": [
            {"from": "0", "below": "101", "rate": "0.01", "amount": "0"},
            {"from": "101", "below": "500", "rate": "0.02", "amount": "0"}
        ]}],
        "instruments": [contract(1, "X-1"), contract(2, "X-2")]
    });
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).unwrap();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1, "assets": [{"asset": "USD", "index": "1"}],
        "instruments": [{"instrument": "X-1", "mark": "50"}, {"instrument": "X-2", "mark": "50"}]
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    for (equity, least) in [("75", [40, 40]), ("101", [39, 39]), ("49", [42, 42]), ("140", [0, 0])]
    {
        let account = json!({
            "format": "zkmargin-account/1", "venue": "test", "balances": [{"asset": "USD", "balance": equity}],
            "positions": [
                {"instrument": "X-1", "size": "80", "entry_value": "4000"},
                {"instrument": "X-2", "size": "-60", "entry_value": "-3000"}
            ]
        });
        let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
        let account = account.holdings(&schedule).unwrap();
        let found = cures(&market, &account, &Claim::margin()).unwrap();
        let least = least.map(|least| match least {
            0 => Cure::Unneeded,
            least => Cure::Least(BigInt::from(least)),
        });
        assert_eq!(
            [0, 1].map(|at| found.positions[at].reduction.clone().unwrap()),
            least,
            "{equity}"
        );
    }
}

/// By hand: 10 contracts that require 1 % of their value at entry, 10 of 1000, of an equity of 8. A deposit of 2 cures it, and
/// what a part of them would require is not known.
#[test]
fn a_deposit_cures_what_is_required_of_the_entry() {
    let schedule = json!({
        "format": "zkmargin-schedule/1", "venue": "test", "name": "at entry", "source": "made up",
        "requirement": "maintenance", "valuation": {"currency": "USD", "decimals": 6},
        "rate_decimals": 4, "equality_is_healthy": true,
        "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
        "assets": [{"id": 1, "symbol": "USD", "decimals": 6, "settles": true, "collateral": {
            "variable": "value", "rows": [{"from": null, "below": null, "rate": "1", "amount": "0"}]
        }}],
        "tiers": [{"name": "flat", "variable": "value", "rows": [
            {"from": "0", "below": "100000", "rate": "0.01", "amount": "0"}
        ]}],
        "instruments": [{
            "id": 1, "symbol": "X", "kind": "linear", "settle": "USD", "size_decimals": 0, "price_decimals": 0,
            "multiplier": "1", "tiers": "flat", "elements": {"notional_at_entry": true}
        }]
    });
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).unwrap();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1, "assets": [{"asset": "USD", "index": "1"}],
        "instruments": [{"instrument": "X", "mark": "100"}]
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    let account = json!({
        "format": "zkmargin-account/1", "venue": "test", "balances": [{"asset": "USD", "balance": "8"}],
        "positions": [{"instrument": "X", "size": "10", "entry_value": "1000"}]
    });
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    let account = account.holdings(&schedule).unwrap();
    let found = cures(&market, &account, &Claim::margin()).unwrap();
    assert_eq!(found.deposits, [(1, Cure::Least(BigInt::from(2_000_000)))]);
    assert_eq!(found.positions[0].reduction, None);
}
