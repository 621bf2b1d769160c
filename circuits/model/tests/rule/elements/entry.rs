//! Notionals at entry: by hand, and where there are none.

use crate::support::{account, balance, int, position, terms};
use num_bigint::BigInt;
use zkmargin_model::rule::{
    LinearStep, Market, MarketTerms, Profile, RuleError, ShortTerms, Side, margin,
};

/// Instrument 1 is required of its entry.
fn at_entry() -> MarketTerms {
    let mut terms = terms();
    terms.instruments[0].requirement = LinearStep::exact(int(1));
    terms.instruments[0].elements.at_entry = true;
    terms
}

#[test]
fn the_magnitude_of_the_entry_counts() {
    let market = Market::new(at_entry()).expect("market");
    assert_eq!(market.profile(), Ok(Profile { entry: true, ..Profile::GENERAL }));
    for side in [Side::Long, Side::Short] {
        // 1 up to 99, and 2 less 100 from there on, at an index of 4; the size and its value do not matter.
        for (entry, required) in [(0, 0), (99, 396), (100, 400), (150, 800)] {
            for entry in [entry, -entry] {
                let held = account(vec![position(1, side, 5, entry)], vec![balance(1, 0)]);
                let figures = margin(&held, &market).expect("figures");
                let position = &figures.positions[0];
                let value = if side == Side::Long { 500 } else { -500 };
                assert_eq!(position.pnl, int(value - entry));
                assert_eq!(position.variable, BigInt::from(entry.unsigned_abs()));
                assert_eq!(figures.maintenance, int(required), "{entry}");
            }
        }
        let held = account(vec![position(1, side, 5, -50_001)], vec![balance(1, 0)]);
        assert_eq!(margin(&held, &market), Err(RuleError::BeyondTiers { instrument: 1 }));
    }
}

#[test]
fn an_entry_with_anything_else_in_it_is_refused() {
    type Change = fn(&mut MarketTerms);
    let all: [(Change, &str); 5] = [
        (|t| t.isolated_unit = Some(int(1)), "where positions can be isolated"),
        (
            |t| t.instruments.iter_mut().for_each(|i| i.elements.order_fee = Some(int(1))),
            "where there are open orders",
        ),
        (|t| t.instruments[0].funding = int(1), "where entries have funding in them"),
        (
            |t| {
                let step = || LinearStep::exact(int(1));
                let short = ShortTerms { value: step(), requirement: step() };
                t.instruments[0].elements.short = Some(short);
            },
            "beside terms of a short",
        ),
        (|t| t.instruments[0].tiers = 1, "needs tiers by value, or tiers that give a rate"),
    ];
    for (change, why) in all {
        let mut terms = at_entry();
        change(&mut terms);
        let refused = Market::new(terms).expect_err("refused").to_string();
        assert!(refused.contains("notional at entry") && refused.contains(why), "{refused}");
    }
}

/// A statement names the circuit by the code of its profile, so that every profile of a market has one.
#[test]
fn a_book_of_which_nothing_is_required_can_be_healthy_beside_it() {
    let terms = MarketTerms { no_requirement_is_healthy: true, ..at_entry() };
    let profile = Market::new(terms).expect("market").profile().expect("a circuit");
    assert!(profile.entry && profile.exempt);
    assert_eq!(Profile::from_code(profile.code()), Some(profile));
}
