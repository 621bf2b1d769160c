//! The circuit accepts exactly what the rule accepts, on markets with every part of it.

use crate::markets::{account, all, below_zero};
use crate::model_support::{position, with};
use crate::support::Case;
use zkmargin_model::claim::Claim;
use zkmargin_model::floor::Floor;
use zkmargin_model::portfolio::{Market, pages};
use zkmargin_model::rule::Account;

/// The case in the smallest even number of pages, and at least two.
fn case(market: &Market, account: Account) -> Case {
    let count = pages(&account, market.terms()).unwrap().len();
    Case::new(market, account, count.next_multiple_of(2).max(2))
}

#[test]
fn generated_accounts() {
    let rounds = if std::env::var_os("ZKMARGIN_LONG").is_some() { 60 } else { 4 };
    for (name, market) in all() {
        for seed in 0..rounds {
            let likely = [0.9, 0.5, 0.2][seed as usize % 3];
            let case = case(&market, account(&market, seed, likely));
            eprintln!("{name} {seed}: {} pages", case.shape.pages());
            case.assert_agrees();
        }
    }
}

#[test]
fn an_account_without_positions() {
    for (_, market) in all() {
        case(&market, account(&market, 1, 0.0)).assert_agrees();
    }
}

/// A requirement that could be below zero would make the higher of two levels the easier one.
#[test]
fn a_level_implies_those_below() {
    let market = Market::new(below_zero()).unwrap();
    let [low, high] =
        [10_000, 15_000].map(|level| Claim::with_floor(level, Floor::none()).unwrap());
    assert!(high.implies(&low));
    for balance in [-1_501, -1_400, -1, 0] {
        let account = with(balance, vec![position(40, -100, 0)]);
        let at = Case::new(&market, account, 2);
        for claim in [&low, &high] {
            let at = Case { claim: claim.clone(), ..at.clone() };
            assert_eq!(at.native(), balance == 0, "{balance}");
            assert_eq!(at.mock().is_ok(), balance == 0, "{balance}");
        }
    }
}
