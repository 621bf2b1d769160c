//! The circuits of every profile agree with the rule: at the boundary and one unit either side, with remainders in every
//! rounding, on both sides and in empty slots.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

/// Profiles to try: all of them in a long run, or one of each block and width.
fn profiles() -> impl Iterator<Item = Profile> {
    let of = |rounded, base, narrow, [collateral, pnl, isolated]: [bool; 3]| Profile {
        rounded,
        base,
        narrow,
        collateral,
        pnl,
        isolated: if isolated { Isolated::Compared } else { Isolated::None },
        general: false,
        orders: false,
        allocations: false,
        entry: false,
        leverage: false,
        own: false,
        flat: false,
        family: false,
        exempt: false,
        settlement: Settlement::Four,
    };
    let sample = [
        Profile::EXACT,
        Profile::GENERAL,
        Profile { isolated: Isolated::Compared, ..Profile::GENERAL },
        Profile { isolated: Isolated::LeftOut, ..Profile::GENERAL },
        Profile { orders: true, isolated: Isolated::Compared, ..Profile::GENERAL },
        Profile { entry: true, ..Profile::GENERAL },
        Profile { leverage: true, ..Profile::GENERAL },
        Profile { isolated: Isolated::Compared, ..Profile::EXACT },
        Profile { isolated: Isolated::LeftOut, ..Profile::EXACT },
        Profile::FLAT,
        Profile { isolated: Isolated::Compared, collateral: true, ..Profile::FLAT },
        Profile::FAMILY,
        Profile { own: true, isolated: Isolated::Compared, ..Profile::FLAT },
        Profile { exempt: true, ..Profile::EXACT },
        Profile { settlement: Settlement::Eight, ..Profile::EXACT },
        Profile { settlement: Settlement::Sixteen, isolated: Isolated::Compared, ..Profile::FLAT },
        Profile { settlement: Settlement::Sixteen, ..Profile::GENERAL },
        of(Rounded::Requirement, Base::Size, true, [false, false, false]),
        of(Rounded::Requirement, Base::Size, true, [false, true, true]),
        Profile { own: true, ..of(Rounded::Requirement, Base::Size, true, [false, false, true]) },
        of(Rounded::Value, Base::Size, false, [true, false, true]),
        of(Rounded::ValueAndTwice, Base::Value, true, [false, true, false]),
        of(Rounded::ValueAndTwice, Base::Value, false, [false, false, false]),
    ];
    Profile::all().filter(move |profile| is_long() || sample.contains(profile))
}

#[test]
fn markets_have_the_profiles_they_are_made_for() {
    for profile in Profile::all() {
        assert_eq!(case_of(profile).market.profile(), Ok(profile));
    }
}

/// The claim that equity just meets.
fn exactly_met(case: &Case) -> Claim {
    let figures = margin(&case.account(), &case.market).unwrap();
    Claim::new(0, figures.equity.to_biguint().unwrap()).unwrap()
}

#[test]
fn boundary_is_exact_in_every_profile() {
    for profile in profiles() {
        let mut case = case_of(profile);
        case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
        let mut low = BigInt::from(-1_000_000_000_000i64);
        let mut high = BigInt::from(1_000_000_000_000u64);
        while &high - &low > BigInt::from(1) {
            let middle: BigInt = (&low + &high) / 2;
            case.set_usdt(middle.clone());
            if case.native() { high = middle } else { low = middle }
        }
        case.set_usdt(high);
        assert!(case.native(), "{profile:?}");
        assert_eq!(case.mock_smallest(), Ok(()), "{profile:?}");
        // Equity is what the rule says, to the unit: both commitments hold, and one unit more is refused.
        case.claim = exactly_met(&case);
        assert_eq!(case.mock_smallest(), Ok(()), "{profile:?}");
        case.claim = Claim::with_floor(0, (case.claim.floor().amount() + 1u8).into()).unwrap();
        assert!(case.mock_smallest().is_err(), "{profile:?}");
        case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
        case.set_usdt(low);
        assert!(!case.native(), "{profile:?}");
        assert!(case.mock_smallest().is_err(), "{profile:?}");
    }
}

#[test]
fn generated_accounts_in_every_profile() {
    let mut rng = StdRng::seed_from_u64(16);
    for profile in profiles() {
        for _ in 0..if is_long() { 12 } else { 2 } {
            let mut case = case_of(profile);
            case.positions.clear();
            for instrument in [1, 2, 7, 300] {
                for sign in [1, -1] {
                    if rng.random_bool(0.6) {
                        let size = rng.random_range(1..100_000i128);
                        let entry = rng.random_range(-10_000_000..10_000_000_000);
                        case.positions.push(position(instrument, sign * size, entry));
                    }
                }
            }
            case.balances = [1, 2, 5]
                .into_iter()
                .map(|asset| balance(asset, rng.random_range(-1_000_000_000..20_000_000_000)))
                .collect();
            case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
            let mock = case.mock_smallest();
            assert_eq!(mock.is_ok(), case.native(), "{profile:?} {:?}: {mock:?}", case.positions);
        }
    }
}

/// Both commitments and the claim, by the real prover, and proofs of one unit more or less.
#[test]
fn real_proofs_of_every_profile() {
    let cache = KeyCache::new(ParamsStore::in_memory(), 4.try_into().unwrap());
    // In a short run every fourth of the sample; the others have proofs in tests of their blocks.
    let step = if is_long() { 1 } else { 4 };
    for (profile, digest) in profiles().step_by(step).zip(1u8..) {
        let mut case = case_of(profile);
        case.set_usdt(int(1_000_000_000_000));
        assert!(case.native(), "{profile:?}");
        let shape = case.smallest_shape();
        let kind = case.kind(shape);
        let keys = cache.proving_key(kind, &case.market, [digest; 32].into()).unwrap();
        let vk = cache.verifying_key(kind, &case.market, [digest; 32].into()).unwrap();
        let public = case.public();
        let proof = create_proof(&keys, case.circuit_witness(shape), &public, rand::rng()).unwrap();
        assert_eq!(proof.len(), vk.proof_len(), "{profile:?}");
        assert_eq!(verify_proof(&vk, &public, &proof), Ok(()), "{profile:?}");
        let mut other = public.clone();
        other.margin += Fp::ONE;
        assert_eq!(verify_proof(&vk, &other, &proof), Err(VerifyError::Invalid));
        // Keys are for the market's own profile only.
        let wrong =
            if profile == Profile::EXACT { profiles().last().unwrap() } else { Profile::EXACT };
        let wrong = Kind::of(wrong, Anchor::Commitment, shape);
        let refused = cache.verifying_key(wrong, &case.market, [digest; 32].into());
        assert!(matches!(refused, Err(KeyError::Family)));
    }
}

/// Every column of the terms and of the tier row that the profile reads comes from the tables.
#[test]
fn terms_and_rows_come_from_the_tables() {
    let profile = Profile {
        rounded: Rounded::ValueAndTwice,
        base: Base::Size,
        narrow: true,
        collateral: true,
        pnl: true,
        isolated: Isolated::None,
        general: false,
        orders: false,
        allocations: false,
        entry: false,
        leverage: false,
        own: false,
        flat: false,
        family: false,
        exempt: false,
        settlement: Settlement::Four,
    };
    let case = case_of(profile);
    let refused = |tamper: &dyn Fn(&mut CircuitWitness)| {
        let mut witness = case.circuit_witness(XS);
        tamper(&mut witness);
        let outcome = mock(case.kind(XS), &case.market, witness, &case.public());
        let failures = outcome.expect_err("the lie was accepted");
        assert!(failures.contains("Lookup"), "{failures}");
    };
    // All but the three of families.
    for term in 0..INSTRUMENT_COLUMNS - 4 {
        refused(&|w| w.positions[0].terms[term] += Fp::ONE);
    }
    refused(&|w| w.positions[0].bracket.last += Fp::ONE);
    refused(&|w| w.positions[0].bracket.intercept -= Fp::ONE);
    refused(&|w| w.assets[0].bracket.last += Fp::ONE);
    // An empty slot divides zero by one, and by nothing else.
    refused(&|w| w.positions[7].terms[6] = Fp::from(4));
    refused(&|w| w.positions[7].terms[9] = Fp::from(4));
    refused(&|w| w.positions[7].bracket.last = Fp::from(4));
}
