//! Invalid statements, clause by clause: the circuit accepts a witness exactly when the rule says
//! that it is the honest witness of a valid account that meets the claim.

mod draft;
mod generators;
mod membership;
mod real_prover;

use crate::circuit::cases::name;
use crate::circuit::rounded;
use crate::margin_support::{case, case_of, int, is_long, market_terms, position};
use draft::{Draft, Layout};
use generators::CLAUSES;
use rand::SeedableRng;
use rand::rngs::StdRng;
use zkmargin_model::rule::{Book, Market, Position};

/// Runs every clause over `rounds` statements at each of the markets, and returns how many statements both sides
/// accepted.
fn agree(layouts: &[Layout], rounds: usize) -> usize {
    let mut accepted = 0;
    for (name, change) in CLAUSES {
        for round in 0..rounds * layouts.len() {
            let mut rng = StdRng::seed_from_u64(round as u64);
            let layout = &layouts[round % layouts.len()];
            let mut draft = Draft::random(layout, &mut rng);
            change(&mut draft, &mut rng);
            let rule = draft.rule_accepts(layout);
            let circuit = draft.circuit_accepts(layout);
            let profile = layout.market.profile().unwrap();
            assert_eq!(rule, circuit, "{profile}, {name}, round {round}: {:?}", draft.witness);
            accepted += usize::from(rule);
        }
    }
    accepted
}

#[test]
fn the_rule_says_no_exactly_when_the_circuit_says_no() {
    let mut strict = market_terms();
    strict.equality_is_healthy = false;
    let markets = [Market::new(market_terms()).unwrap(), Market::new(strict).unwrap()];
    let layouts = markets.map(|market| Layout::new(case().at(market)));
    let rounds = if is_long() { 20 } else { 6 };
    let accepted = agree(&layouts, rounds);
    // Both answers are common, so neither side is a constant.
    let all = CLAUSES.len() * rounds * layouts.len();
    assert!(all / 10 < accepted && accepted < all / 2, "{accepted} of {all} accepted");
}

/// The same at the markets of other profiles, with isolated books, roundings and own parameters.
#[test]
fn the_rule_of_other_profiles_says_no_exactly_when_their_circuits_do() {
    let layouts = rounded::sample().map(|profile| {
        let mut case = case_of(profile);
        case.set_usdt(int(1 << 70));
        // The circuit has few slots: those of the account that all profiles have.
        let of = crate::margin_support::case();
        case.positions.truncate(of.positions.len());
        case.balances.truncate(of.balances.len());
        if profile.names_position() {
            let (book, entry) = (Book::Isolated, int(-1 << 60));
            case.positions.push(Position { book, entry, ..position(7, 40, 0) });
            name(&mut case);
        }
        Layout::new(case)
    });
    let rounds = if is_long() { 20 } else { 1 };
    let accepted = agree(&layouts, rounds);
    let all = CLAUSES.len() * rounds * layouts.len();
    assert!(all / 10 < accepted && accepted < all * 2 / 3, "{accepted} of {all} accepted");
}
