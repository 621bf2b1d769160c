//! A book of which nothing is required: healthy where the venue says so, and only then.

use crate::support::*;
use num_bigint::BigUint;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

const S: Shape = Shape::S;

/// A strict market, at which the first tier of instrument 1 and its like requires nothing.
fn market(exempts: bool) -> Market {
    let mut terms = market_terms();
    let mut rows = terms.tiers[0].rows().to_vec();
    (rows[0].slope, rows[0].intercept) = (int(0), int(0));
    terms.tiers[0] = BracketedLinear::new(Variable::Value, rows).unwrap();
    terms.equality_is_healthy = false;
    terms.no_requirement_is_healthy = exempts;
    Market::new(terms).unwrap()
}

#[test]
fn nothing_required_is_decided_both_ways() {
    for exempts in [false, true] {
        let market = market(exempts);
        let profile = Profile { exempt: exempts, ..Profile::EXACT };
        assert_eq!(market.profile(), Ok(profile));
        // 515 steps of 97,000 are in the first tier, one more requires something.
        for (size, required) in [(0, false), (515, false), (516, true)] {
            let mut case = Case { market: market.clone(), ..case() };
            case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
            case.balances = vec![balance(1, 0)];
            case.positions = vec![position(1, size, size * 97_000)];
            case.positions.retain(|p| p.size > BigUint::ZERO);
            assert_eq!(case.native(), exempts && !required, "{exempts} {size}");
            assert_eq!(case.mock(S).is_ok(), case.native(), "{exempts} {size}");
            // With something in the book, the level alone decides; a debt is below the floor.
            case.set_usdt(int(1 << 60));
            assert_eq!(case.mock(S), Ok(()), "{exempts} {size}");
            case.set_usdt(int(-1));
            assert!(!case.native());
            let refused = case.mock(S).expect_err("below the floor");
            assert!(refused.contains("not negative"), "{refused}");
        }
    }
}

/// Isolated books are held against their own requirements: no circuit proves both.
#[test]
fn isolated_books_are_not_exempt() {
    let mut terms = terms_of(Profile { isolated: Isolated::Compared, ..Profile::EXACT });
    terms.no_requirement_is_healthy = true;
    let why = Market::new(terms).unwrap().profile().expect_err("no circuit").to_string();
    assert_eq!(
        why,
        "no circuit proves the isolated book of instrument 1: nothing required is healthy"
    );
}
