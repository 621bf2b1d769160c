//! Two index prices: the circuit agrees with the rule to the unit, for a deposit and for a debt.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::field::to_field;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

/// A case in which every asset has a bid and an ask, no haircut by sign, and a collateral function by value or by quantity.
fn two_prices(profile: Profile, variable: Variable) -> Case {
    let mut terms = terms_of(profile);
    for (asset, rate) in terms.assets.iter_mut().zip([10_000, 9_900, 9_500]) {
        let bid: BigInt = asset.index.bid.clone();
        asset.index = IndexPrices { ask: &bid + 7, bid };
        let rows = vec![row(-FAR, 9_999, rate, 0), row(10_000, FAR, rate - 100, 1_000_000)];
        asset.collateral = BracketedLinear::new(variable, rows).unwrap();
    }
    Case { market: Market::new(terms).unwrap(), ..case() }
}

/// Exact and rounded collateral.
fn cases() -> impl Iterator<Item = Case> {
    let rounded = Profile { collateral: true, ..Profile::EXACT };
    [Profile::EXACT, rounded].into_iter().flat_map(|profile| {
        [Variable::Value, Variable::Quantity].map(|variable| two_prices(profile, variable))
    })
}

fn asset_of(case: &Case) -> AssetMargin {
    margin(&case.account(), &case.market).unwrap().assets[0].clone()
}

/// Sets the balance so that balance with profit and loss is this.
fn hold(case: &mut Case, u: i128) {
    let moved = u - asset_of(case).balance;
    case.set_usdt(&case.balances[0].balance + moved);
    assert_eq!(asset_of(case).balance, int(u));
}

#[test]
fn equity_is_exact_around_zero_for_deposits_and_debts() {
    for mut case in cases() {
        for u in [-10_000, -2, -1, 0, 1, 2, 10_000] {
            hold(&mut case, u);
            let figures = margin(&case.account(), &case.market).unwrap();
            case.claim = Claim::new(0, figures.equity.to_biguint().unwrap()).unwrap();
            assert_eq!(case.mock(XS), Ok(()), "{u}");
            case.claim = Claim::with_floor(0, (case.claim.floor().amount() + 1u8).into()).unwrap();
            assert!(case.mock(XS).is_err(), "{u}");
        }
    }
}

#[test]
fn the_level_is_exact_for_a_deposit_and_for_a_debt() {
    for mut case in cases() {
        for deposit in [true, false] {
            // Another asset's worth decides on which side of zero the boundary is.
            case.balances[2].balance = int(if deposit { -10_000_000 } else { 10_000_000 });
            case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
            let (mut low, mut high) = (-int(1_000_000_000_000), int(1_000_000_000_000));
            while &high - &low > BigInt::from(1) {
                let middle: BigInt = (&low + &high) / 2;
                case.set_usdt(middle.clone());
                if case.native() { high = middle } else { low = middle }
            }
            case.set_usdt(high);
            assert_eq!(asset_of(&case).balance > int(0), deposit);
            assert!(case.native());
            assert_eq!(case.mock(XS), Ok(()));
            case.set_usdt(low);
            assert!(!case.native());
            assert!(case.mock(XS).is_err());
        }
    }
}

/// What the table holds for one sign does not serve the other, though one row of the schedule gives both.
#[test]
fn a_debt_is_not_valued_at_the_bid() {
    let mut case = two_prices(Profile::EXACT, Variable::Value);
    let hint = |row: &BracketRow| BracketHint {
        lo: to_field(&row.lo),
        hi: to_field(&row.hi),
        slope: to_field(&row.slope),
        intercept: to_field(&row.intercept),
        ..BracketHint::ZERO
    };
    let rows = case.market.terms().assets[0].rows_by_balance();
    assert_eq!(rows.len(), 3);
    for (u, other) in [(-1, 1), (0, 0)] {
        hold(&mut case, u);
        let figures = margin(&case.account(), &case.market).unwrap();
        case.claim = Claim::new(0, figures.equity.to_biguint().unwrap()).unwrap();
        let mut witness = case.circuit_witness(XS);
        witness.assets[0].bracket = hint(&rows[other]);
        let failures = mock(case.kind(XS), &case.market, witness, &case.public()).unwrap_err();
        assert!(failures.contains("word of three rows"), "{failures}");
    }
}
