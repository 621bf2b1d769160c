//! The general profile against the rule: its gates, written apart, on many markets, and the circuit on some.

use super::draw::Gen;
use super::gates::{by_gates, power};
use crate::support::*;
use num_bigint::{BigInt, BigUint};
use num_traits::{One, Signed, ToPrimitive};
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

/// Markets of the general profile, as they are drawn.
fn markets(draw: &mut Gen, count: usize) -> Vec<Market> {
    let drawn = std::iter::from_fn(|| Some(Market::new(draw.market())));
    let general = |market: &Market| market.profile().is_ok_and(|profile| profile.general);
    drawn.filter_map(Result::ok).filter(general).take(count).collect()
}

/// Both give the same figures, and both refuse the same accounts.
#[test]
fn gates_are_the_rule() {
    let count = if is_long() { 20_000 } else { 1_000 };
    for wide in [false, true] {
        let mut draw = Gen::new(1, wide);
        let mut equal = 0;
        for market in markets(&mut draw, count) {
            for _ in 0..8 {
                let account = draw.account(&market);
                let figures = margin(&account, &market).ok().map(|m| {
                    let books = m.positions.into_iter().filter_map(|p| p.isolated);
                    let books = books.map(|book| (book.equity, book.requirement)).collect();
                    ((m.equity, m.maintenance), books)
                });
                let terms = market.terms();
                assert_eq!(by_gates(&market, &account), figures, "{account:?} {terms:?}");
                equal += usize::from(figures.is_some());
            }
        }
        assert!(equal > 2 * count, "{equal}");
    }
}

/// The levels on either side of a book's own ratio.
fn levels(equity: &BigInt, requirement: &BigInt) -> Vec<Claim> {
    if !requirement.is_positive() {
        return vec![];
    }
    let level: BigInt = equity * 10_000u32 / requirement;
    let levels = [level.clone(), level + 1u32].into_iter().filter_map(|level| level.to_u32());
    levels.filter_map(|level| Claim::new(level, BigUint::ZERO).ok()).collect()
}

/// The equity as a floor, one unit more, the requirement, and the levels next to every book's ratio.
#[test]
fn random_markets_in_the_circuit() {
    let count = if is_long() { 400 } else { 8 };
    for wide in [false, true] {
        let mut draw = Gen::new(2, wide);
        let mut ran = 0;
        while ran < count {
            let market = markets(&mut draw, 1).remove(0);
            let account = draw.account(&market);
            let Ok(figures) = margin(&account, &market) else { continue };
            let floor = figures.equity.to_biguint();
            let of = |more: u8| Claim::new(0, floor.clone()? + more).ok();
            let (Some(met), Some(missed)) = (of(0), of(1)) else { continue };
            let (positions, balances) = (account.positions().to_vec(), account.balances().to_vec());
            let mut claims = vec![met, missed, Claim::new(10_000, BigUint::ZERO).unwrap()];
            let books = figures.positions.iter().filter_map(|p| p.isolated.as_ref());
            claims.extend(books.flat_map(|of| levels(&of.equity, &of.requirement)));
            claims.extend(levels(&figures.equity, &figures.maintenance));
            let orders = account.orders().map_or_else(Vec::new, <[_]>::to_vec);
            let allocations = account.allocations().map_or_else(Vec::new, <[_]>::to_vec);
            let mut case = Case { market, positions, orders, allocations, balances, ..case() };
            for claim in claims {
                case.claim = claim;
                assert_eq!(
                    case.mock_in([6, 4]).is_ok(),
                    case.native(),
                    "{account:?} {:?}",
                    case.market.terms()
                );
            }
            ran += 1;
        }
    }
}

/// The end of a collateral function of the value is an end of the amount, also where the value is rounded down to far
/// below it.
#[test]
fn collateral_ends_where_the_value_does() {
    let market = |end: u32| {
        let mut terms = market_terms();
        let row = BracketRow { lo: -power(end), hi: power(end), slope: int(1), intercept: int(0) };
        let usdt = &mut terms.assets[0];
        usdt.collateral = BracketedLinear::new(Variable::Value, vec![row]).unwrap();
        let exact = LinearStep::exact(int(1));
        usdt.index = power(40).into();
        usdt.elements.value = vec![SignedStep::new(exact.clone(), exact).unwrap()];
        let rounding = LinearStep::rounded(int(1), power(40), Rounding::Floor, int(1));
        usdt.rounding = Some(rounding.unwrap());
        Market::new(terms).unwrap()
    };
    let mut case = case();
    case.market = market(150);
    case.set_usdt(power(80));
    assert!(case.native());
    let (witness, public) = (case.circuit_witness(Shape::Xs), case.public());
    assert_eq!(mock(case.kind(Shape::Xs), &case.market, witness.clone(), &public), Ok(()));
    case.market = market(117);
    assert_eq!(
        margin(&case.account(), &case.market),
        Err(RuleError::BeyondCollateral { asset: 1 })
    );
    let outcome = mock(case.kind(Shape::Xs), &case.market, witness, &public);
    assert!(outcome.expect_err("beyond the end").contains("Lookup"));
}

/// Where no rate and no charge read it, a notional can be as wide as it likes.
#[test]
fn a_notional_that_nothing_reads_has_no_width() {
    let mut terms = market_terms();
    let row = BracketRow { lo: int(0), hi: power(90), slope: int(1), intercept: int(0) };
    terms.tiers[1] = BracketedLinear::new(Variable::Quantity, vec![row]).unwrap();
    for instrument in &mut terms.instruments {
        instrument.tiers = 1;
        instrument.requirement = LinearStep::exact(power(65));
        let rounding = LinearStep::rounded(int(1), power(40), Rounding::Ceil, int(1)).unwrap();
        instrument.requirement_rounding = vec![rounding];
    }
    let mut case = case();
    case.positions = vec![position(1, 1 << 60, 0)];
    case.balances[0].balance = power(80);
    let plain = Market::new(terms.clone()).unwrap();
    // Another instrument's rounding makes the market a general one.
    let rounding = LinearStep::rounded(BigUint::one().into(), int(3), Rounding::Floor, int(1));
    terms.instruments[1].pnl_rounding = rounding;
    let general = Market::new(terms).unwrap();
    assert!(!plain.profile().unwrap().general && general.profile() == Ok(Profile::GENERAL));
    let figures =
        |market| margin(&case.account(), market).map(|m| (m.equity, m.maintenance)).unwrap();
    assert_eq!(figures(&plain), figures(&general));
}
