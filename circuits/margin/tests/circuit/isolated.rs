//! Isolated books: each meets the level by itself, and nothing of it is in the cross book.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::absorbed_pairs;
use zkmargin_model::poseidon::{Tag, absorb, initial_state};
use zkmargin_model::rule::*;
use zkmargin_model::widths::{MAX_ASSETS, MAX_POSITIONS};

const XS: Shape = Shape::Xs;

const EXACT: Profile = Profile { isolated: Isolated::Compared, ..Profile::EXACT };

/// One of each block and width, or all in a long run.
fn profiles() -> impl Iterator<Item = Profile> {
    let sample = [
        EXACT,
        Profile { flat: true, ..EXACT },
        Profile { family: true, ..EXACT },
        Profile { settlement: Settlement::Sixteen, ..EXACT },
        Profile { rounded: Rounded::Requirement, narrow: true, ..EXACT },
        Profile { rounded: Rounded::Requirement, narrow: true, pnl: true, ..EXACT },
        Profile { rounded: Rounded::Value, base: Base::Value, ..EXACT },
    ];
    Profile::all()
        .filter(|profile| profile.compares_isolated())
        .filter(move |profile| is_long() || sample.contains(profile))
}

fn isolated(instrument: u32, size: i128, entry: i128) -> Position {
    Position { book: Book::Isolated, ..position(instrument, size, entry) }
}

/// A healthy cross book beside one isolated position.
fn one(profile: Profile, entry: BigInt) -> Case {
    let mut case = case_of(profile);
    case.positions.push(Position { entry, ..isolated(2, -50_003, 0) });
    case.set_usdt(int(1_000_000_000_000));
    case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
    case
}

/// The greatest entry with which the isolated position meets the level.
fn boundary(profile: Profile) -> BigInt {
    let (mut met, mut missed) = (int(-1 << 80), int(1 << 80));
    while &missed - &met > int(1) {
        let middle: BigInt = (&met + &missed) / 2;
        if one(profile, middle.clone()).native() { met = middle } else { missed = middle }
    }
    met
}

#[test]
fn boundary_of_a_book_is_exact() {
    for profile in profiles() {
        let entry = boundary(profile);
        assert!(one(profile, entry.clone()).native(), "{profile}");
        assert_eq!(one(profile, entry.clone()).mock_smallest(), Ok(()), "{profile}");
        assert!(!one(profile, entry.clone() + 1).native(), "{profile}");
        assert!(one(profile, entry + 1).mock_smallest().is_err(), "{profile}");
    }
}

#[test]
fn strict_books_need_more_than_equality() {
    let mut case = one(EXACT, boundary(EXACT));
    let mut terms = case.market.terms().clone();
    // No price and no requirement: both sides are zero.
    let free = &mut terms.instruments[1];
    free.value = LinearStep::exact(int(0));
    free.funding = int(0);
    terms.tiers.push(BracketedLinear::new(Variable::Value, vec![row(0, FAR, 0, 0)]).unwrap());
    free.tiers = terms.tiers.len() - 1;
    case.positions.retain(|p| p.instrument != 2);
    for (entry, equality, holds) in
        [(0, true, true), (0, false, false), (-1, false, true), (1, true, false)]
    {
        terms.equality_is_healthy = equality;
        case.market = Market::new(terms.clone()).unwrap();
        case.positions.push(isolated(2, 5, entry));
        assert_eq!(case.native(), holds, "{entry} {equality}");
        assert_eq!(case.mock_smallest().is_ok(), holds, "{entry} {equality}");
        case.positions.pop();
    }
}

#[test]
fn generated_accounts_with_both_kinds_of_books() {
    let mut rng = StdRng::seed_from_u64(17);
    for profile in profiles() {
        for _ in 0..if is_long() { 12 } else { 4 } {
            let mut case = case_of(profile);
            case.positions.clear();
            for instrument in [1, 2, 7, 300] {
                for sign in [1, -1] {
                    let size = sign * rng.random_range(1..100_000i128);
                    let entry = rng.random_range(-20_000_000_000..10_000_000_000);
                    if rng.random_bool(0.5) {
                        case.positions.push(position(instrument, size, entry));
                    }
                    if rng.random_bool(0.3) {
                        case.positions.push(isolated(instrument, size, entry));
                    }
                }
            }
            case.balances =
                [1, 2, 5].map(|asset| balance(asset, rng.random_range(0..60_000_000_000))).into();
            case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
            let mock = case.mock_smallest();
            assert_eq!(mock.is_ok(), case.native(), "{profile} {:?}: {mock:?}", case.positions);
        }
    }
}

/// The flag is the key's: with another one, the terms are not in the table.
#[test]
fn the_book_is_part_of_the_committed_key() {
    let losing: BigInt = boundary(EXACT) + 1;
    let case = one(EXACT, losing);
    let refused = |case: &Case, tamper: &dyn Fn(&mut CircuitWitness)| {
        let mut witness = case.circuit_witness(XS);
        tamper(&mut witness);
        mock(case.kind(XS), &case.market, witness, &case.public()).expect_err("accepted")
    };
    // A losing position called cross, and a profitable one of the cross book called isolated.
    let lookup = refused(&case, &|w| w.positions[0].cross = Fp::ONE);
    assert!(lookup.contains("Lookup"), "{lookup}");
    let lookup = refused(&case, &|w| w.positions[1].cross = Fp::ZERO);
    assert!(lookup.contains("Lookup"), "{lookup}");
    // An empty slot is neither.
    let lookup = refused(&case, &|w| w.positions[7].cross = Fp::ONE);
    assert!(lookup.contains("Lookup"), "{lookup}");
    // Half a flag takes half of the loss.
    let half = Fp::from(2).invert().unwrap();
    let flag = refused(&case, &|w| w.positions[0].cross = half);
    assert!(flag.contains("cross is boolean"), "{flag}");
    // With its key, it is another account.
    let moved = refused(&case, &|w| {
        w.positions[0].cross = Fp::ONE;
        w.positions[0].key += Fp::from(1 << 17);
        w.positions[..6].sort_by_key(|p| p.key);
    });
    assert!(moved.contains("Permutation"), "{moved}");
    // Under a schedule with one book, an isolated position has no proof.
    let mut one_book = case_of(Profile::EXACT);
    one_book.positions = vec![position(1, 1_200, 110_000_000)];
    let lookup = refused(&one_book, &|w| w.positions[0].key -= Fp::from(1 << 17));
    assert!(lookup.contains("Lookup"), "{lookup}");
}

/// The account commitment to any slots, also those that no account has.
fn commitment(case: &Case, packed: &[Fp]) -> Fp {
    let digest = |tag, most, packed: &[Fp]| {
        let pairs = absorbed_pairs(packed, most);
        pairs.iter().fold(initial_state(tag, most), |state, pair| absorb(&state, *pair))[0]
    };
    let account = case.account();
    let balances: Vec<_> = account.balances().iter().map(Balance::packed).collect();
    let secrets = &case.secrets;
    let leaf = [
        [
            digest(Tag::Positions, MAX_POSITIONS, packed),
            digest(Tag::Balances, MAX_ASSETS, &balances),
        ],
        [secrets.registry, secrets.holder_key],
        [Fp::from(secrets.serial), secrets.blinding],
    ];
    leaf.iter().fold(initial_state(Tag::Account, 6), |state, pair| absorb(&state, *pair))[0]
}

/// A market of many instruments, a healthy cross book, and a number of isolated positions of which the last has lost
/// everything.
fn many(count: u32) -> (Case, CircuitWitness, Vec<Fp>) {
    let mut case = case_of(EXACT);
    let mut terms = case.market.terms().clone();
    let template = terms.instruments[0].clone();
    terms.instruments = (1..=20).map(|id| InstrumentTerms { id, ..template.clone() }).collect();
    case.market = Market::new(terms).unwrap();
    case.positions = vec![position(20, 1_200, 110_000_000)];
    case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
    case.set_usdt(int(1_000_000_000_000));
    let base = case.circuit_witness(Shape::M);
    let cross: Vec<_> = case.account().positions().iter().map(Position::packed).collect();
    let mut witness = base.clone();
    let mut packed = Vec::new();
    for id in 1..=count {
        let entry = if id == count { 1 << 60 } else { -1 << 60 };
        case.positions = vec![isolated(id, 1_200, entry)];
        let alone = case.circuit_witness(Shape::M);
        witness.positions[id as usize - 1] = alone.positions[0].clone();
        packed.push(case.account().positions()[0].packed());
    }
    witness.positions[count as usize] = base.positions[0].clone();
    packed.extend(cross);
    case.positions = vec![position(20, 1_200, 110_000_000)];
    (case, witness, packed)
}

/// An isolated position beyond the slots that are compared is refused, although its commitment is its own.
#[test]
fn no_isolated_position_is_beyond_the_compared_slots() {
    for count in [16, 17] {
        let (case, mut witness, packed) = many(count);
        let public = PublicInputs { account: commitment(&case, &packed), ..case.public() };
        let run = |witness| mock(case.kind(Shape::M), &case.market, witness, &public);
        let refused = run(witness.clone()).expect_err("a book without equity");
        // The book is compared, or the slot is known to have none.
        let by = if count == 16 { "not negative" } else { "Permutation" };
        assert!(refused.contains(by), "{count}: {refused}");
        witness.positions[count as usize - 1].entry = Fp::ZERO;
        assert!(run(witness).is_err(), "another entry is another account");
    }
    // The harness itself: sixteen healthy ones are proven.
    let (case, witness, packed) = many(16);
    let (mut witness, mut packed) = (witness, packed);
    let healthy = {
        let mut case = case_of(EXACT);
        case.market = self::many(1).0.market;
        case.positions = vec![isolated(16, 1_200, -1 << 60)];
        let alone = case.circuit_witness(Shape::M);
        (alone.positions[0].clone(), case.account().positions()[0].packed())
    };
    (witness.positions[15], packed[15]) = healthy;
    let public = PublicInputs { account: commitment(&case, &packed), ..case.public() };
    assert_eq!(mock(case.kind(Shape::M), &case.market, witness, &public), Ok(()));
}

#[test]
fn a_real_proof_with_an_isolated_book() {
    let cache = KeyCache::new(ParamsStore::in_memory(), 2.try_into().unwrap());
    let profile = Profile { rounded: Rounded::Requirement, narrow: true, ..EXACT };
    let case = one(profile, boundary(profile));
    let (kind, digest) = (case.kind(XS), [7; 32]);
    let keys = cache.proving_key(kind, &case.market, digest.into()).unwrap();
    let vk = cache.verifying_key(kind, &case.market, digest.into()).unwrap();
    let public = case.public();
    let proof = create_proof(&keys, case.circuit_witness(XS), &public, rand::rng()).unwrap();
    assert_eq!(verify_proof(&vk, &public, &proof), Ok(()));
    // One unit less of equity, with everything else in order.
    let missed = one(profile, boundary(profile) + 1);
    let public = missed.public();
    if let Ok(proof) = create_proof(&keys, missed.circuit_witness(XS), &public, rand::rng()) {
        assert_eq!(verify_proof(&vk, &public, &proof), Err(VerifyError::Invalid));
    }
}
