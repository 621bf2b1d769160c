//! Markets of more tier rows than the circuit has rows.

use crate::support::*;
use num_bigint::BigUint;
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

/// Tiers of one instrument: the requirement depends on which row is used, and jumps at every end.
const TIERS: i128 = 2_600;
/// As many as the most banks of the smallest circuit hold.
const MOST: i128 = 8_000;
const STEP: i128 = 100_000;

fn case(profile: Profile, tiers: i128) -> Case {
    let mut terms = terms_of(profile);
    let rows = (0..tiers).map(|at| {
        let hi = if at + 1 == tiers { 1 << 60 } else { (at + 1) * STEP - 1 };
        row(at * STEP, hi, 40 + at % 7, at)
    });
    terms.tiers[0] = BracketedLinear::new(Variable::Value, rows.collect()).unwrap();
    let market = Market::new(terms).unwrap();
    let case = Case { market, ..case_of(profile) };
    assert_eq!(case.market.profile(), Ok(profile));
    case
}

#[test]
fn as_many_banks_as_needed() {
    let case = case(Profile::EXACT, TIERS);
    let tables = MarketTables::new(&case.market).unwrap();
    let id = smallest_circuit(case.kind(Shape::M), &tables).unwrap();
    // 2,600 rows and a few in banks of 1,018 rows, the zero row of each among them.
    assert_eq!((id.k.get(), banks(id.k, &tables)), (10, 3));
    assert_eq!(banks(K::new(11).unwrap(), &tables), 2);
    assert_eq!(banks(K::new(12).unwrap(), &tables), 1);
}

/// The boundary is exact with rows of every bank.
#[test]
fn boundary_with_rows_of_every_bank() {
    let narrow = Profile { narrow: true, rounded: Rounded::Requirement, ..Profile::EXACT };
    for profile in [Profile::EXACT, narrow] {
        let mut case = case(profile, TIERS);
        for size in [1, 29_000, 48_000, 74_000] {
            let held = |size: i128| position(2, size, 3_500 * size);
            case.positions = vec![held(size), held(-size - 31)];
            case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
            let (mut below, mut least) = (-(1i128 << 60), 1i128 << 60);
            while least - below > 1 {
                let middle = (below + least) / 2;
                case.set_usdt(int(middle));
                *(if case.native() { &mut least } else { &mut below }) = middle;
            }
            case.set_usdt(int(least));
            assert!(case.native(), "{profile} {size}");
            assert_eq!(case.mock(Shape::S), Ok(()), "{profile} {size}");
            case.set_usdt(int(below));
            assert!(!case.native());
            assert!(case.mock(Shape::S).is_err(), "{profile} {size}");
        }
    }
}

/// A real proof with the most banks, alone and in a batch, and another account's.
#[test]
fn proof() {
    let mut case = case(Profile::EXACT, MOST);
    case.set_usdt(int(1 << 70));
    let keys = KeyCache::new(ParamsStore::in_memory(), 1.try_into().unwrap());
    let kind = case.kind(Shape::S);
    let proving = keys.proving_key(kind, &case.market, [1; 32].into()).unwrap();
    let tables = MarketTables::new(&case.market).unwrap();
    assert_eq!((proving.id().k.get(), banks(proving.id().k, &tables)), (10, 8));
    let public = case.public();
    let proof =
        create_proof(&proving, case.circuit_witness(Shape::S), &public, rand::rng()).unwrap();
    let verifying = keys.verifying_key(kind, &case.market, [1; 32].into()).unwrap();
    assert_eq!(verify_proof(&verifying, &public, &proof), Ok(()));
    let one = self::case(Profile::EXACT, 3);
    let one = keys.verifying_key(kind, &one.market, [2; 32].into()).unwrap();
    // Each bank after the first: four commitments and eleven evaluations.
    assert_eq!(proof.len() - one.proof_len(), 7 * 32 * (4 + 11));
    let folder = Folder::new().unwrap();
    assert!(folder.fold(&verifying, &public, &proof).unwrap().holds());
    let mut other = public.clone();
    other.account += halo2::Fp::one();
    assert_eq!(verify_proof(&verifying, &other, &proof), Err(VerifyError::Invalid));
    assert!(!folder.fold(&verifying, &other, &proof).unwrap().holds());
}
