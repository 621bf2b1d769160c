//! The circuit accepts exactly what the rule accepts: generated accounts, either side of the
//! boundary, and every width at its extreme.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use num_traits::Signed;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_circuit::{CircuitWitness, Witness};
use zkmargin_model::circuit::Shape;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

/// Claims at and one unit either side of the account's own boundary.
fn boundary_claims(case: &Case) -> Vec<Claim> {
    let computed = margin(&case.account(), &case.market).unwrap();
    let mut claims = vec![Claim::new(10_000, BigUint::from(0u8)).unwrap()];
    if let Some(equity) = computed.equity.to_biguint() {
        claims.push(Claim::new(0, equity.clone()).unwrap());
        claims.push(Claim::new(0, equity + 1u8).unwrap());
        if computed.maintenance.is_positive() {
            let level = &computed.equity * 10_000 / &computed.maintenance;
            if let Ok(level) = u32::try_from(level)
                && level + 1 < 1 << 17
            {
                claims.push(Claim::new(level, BigUint::from(0u8)).unwrap());
                claims.push(Claim::new(level + 1, BigUint::from(0u8)).unwrap());
            }
        }
    }
    claims
}

fn assert_agrees(case: &mut Case, shape: Shape) {
    for claim in boundary_claims(case) {
        case.claim = claim;
        let native = case.native();
        let mock = case.mock(shape);
        assert_eq!(mock.is_ok(), native, "{:?} {:?}: {mock:?}", case.claim, case.positions);
    }
}

#[test]
fn generated_accounts() {
    let mut rng = StdRng::seed_from_u64(7);
    for round in 0..if is_long() { 24 } else { 8 } {
        let mut case = case();
        let mut terms = market_terms();
        terms.equality_is_healthy = round % 2 == 0;
        case.market = Market::new(terms).unwrap();
        case.positions.clear();
        for instrument in [1, 2, 7, 300] {
            for sign in [1, -1] {
                if rng.random_bool(0.6) {
                    let size = rng.random_range(1..100_000i128);
                    let entry = rng.random_range(-10_000_000_000..10_000_000_000);
                    case.positions.push(position(instrument, sign * size, entry));
                }
            }
        }
        case.balances = [1, 2, 5]
            .into_iter()
            .map(|asset| balance(asset, rng.random_range(-1_000_000_000..20_000_000_000)))
            .collect();
        assert_agrees(&mut case, if round % 6 == 0 { Shape::M } else { Shape::S });
    }
}

/// One instrument at the largest numerators, one asset that holds what it can make.
fn extreme_market(value: BigInt) -> Market {
    let far: BigInt = (BigInt::from(1) << 133) - 1;
    let open = |lo: BigInt, slope: i128| BracketRow {
        lo,
        hi: far.clone(),
        slope: int(slope),
        intercept: int(0),
    };
    let tiers = BracketedLinear::new(Variable::Quantity, vec![open(int(0), 1)]).unwrap();
    let collateral = BracketedLinear::new(Variable::Value, vec![open(-far.clone() - 1, 1)]);
    Market::new(MarketTerms {
        assets: vec![AssetTerms {
            id: (1 << 16) - 1,
            index: int(1).into(),
            collateral: collateral.unwrap(),
            rounding: None,
            elements: Default::default(),
        }],
        groups: vec![SettleGroup { asset: (1 << 16) - 1, requirement_index: int(1) }],
        tiers: vec![tiers],
        instruments: vec![InstrumentTerms {
            id: (1 << 16) - 1,
            group: 0,
            value: LinearStep::exact(value),
            funding: int(0),
            pnl_rounding: None,
            requirement: LinearStep::exact(int(1)),
            tiers: 0,
            requirement_rounding: vec![],
            elements: Default::default(),
        }],
        equality_is_healthy: true,
        no_requirement_is_healthy: false,
        conversion_rounding: None,
        isolated_unit: None,
        own_parameters: false,
        allocation_asset: None,
    })
    .unwrap()
}

#[test]
fn widths_at_their_extremes() {
    let half: BigInt = BigInt::from(1) << 98;
    let numerator: BigInt = (BigInt::from(1) << 72) - 1;
    let largest: BigUint = BigUint::from(1u8) << 90;
    let values = [numerator.clone(), -numerator, int(1), int(0)];
    for value in values {
        // The product of a large size and a large numerator is past any bracket; 2^60 is not.
        let sizes = if value.bits() > 1 {
            vec![BigUint::from(1u8), BigUint::from(1u8) << 60]
        } else {
            vec![largest.clone(), BigUint::from(1u8)]
        };
        for size in sizes {
            for entry in [-half.clone(), &half - 1] {
                let mut case = case();
                case.market = extreme_market(value.clone());
                let instrument = (1 << 16) - 1;
                let short = Position {
                    book: Book::Cross,
                    instrument,
                    side: Side::Short,
                    size: size.clone(),
                    entry: entry.clone(),
                    own: 0,
                };
                case.positions = vec![short];
                for held in [-half.clone(), &half - 1] {
                    case.balances = vec![Balance { asset: (1 << 16) - 1, balance: held, own: 0 }];
                    assert_agrees(&mut case, Shape::S);
                }
            }
        }
    }
}

#[test]
fn past_the_widths_is_an_error() {
    let half: BigInt = BigInt::from(1) << 98;
    let past = |size: BigUint, entry: BigInt| {
        Account::new(
            vec![Position {
                book: Book::Cross,
                instrument: 1,
                side: Side::Long,
                size,
                entry,
                own: 0,
            }],
            vec![],
        )
    };
    assert!(past(BigUint::from(1u8) << 90, int(0)).is_ok());
    assert!(past((BigUint::from(1u8) << 90) + 1u8, int(0)).is_err());
    assert!(past(BigUint::from(0u8), int(0)).is_err());
    assert!(past(BigUint::from(1u8), half.clone()).is_err());
    assert!(past(BigUint::from(1u8), -&half - 1).is_err());
    assert!(Account::new(vec![], vec![Balance { asset: 1, balance: half, own: 0 }]).is_err());
    assert!(Claim::new(1 << 17, BigUint::from(0u8)).is_err());
    assert!(Claim::new(1, BigUint::from(1u8) << 200).is_err());
}

/// Circuits take every own parameter to be none: there is no witness, and the witness of the account without it does not
/// open the commitment.
#[test]
fn an_own_parameter_has_no_proof() {
    let plain = case();
    let kind = plain.kind(Shape::S);
    let mut of_position = case();
    of_position.positions[1].own = 5;
    let mut of_balance = case();
    of_balance.balances[0].own = 1;
    for with_own in [of_position, of_balance] {
        let witness = Witness {
            account: with_own.account(),
            secrets: with_own.secrets.clone(),
            margin_blinding: with_own.margin_blinding,
        };
        let figures = margin(&witness.account, &with_own.market).unwrap();
        let (market, claim) = (&with_own.market, &with_own.claim);
        assert!(CircuitWitness::new(Shape::S, market, &witness, &figures, claim).is_none());
        let without = || plain.circuit_witness(Shape::S);
        assert!(mock(kind, market, without(), &plain.public()).is_ok());
        assert!(mock(kind, market, without(), &with_own.public()).is_err());
    }
}

#[test]
fn profit_of_a_group_needs_its_asset() {
    let mut case = case();
    case.balances.remove(1);
    assert!(matches!(
        margin(&case.account(), &case.market),
        Err(RuleError::SettlementAssetMissing { asset: 2 })
    ));
}
