//! Claims that name an isolated position: its book only, or all but it.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::margin_commitment;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

const ALL_BUT: Profile = Profile { isolated: Isolated::AllBut, ..Profile::EXACT };
const ONLY: Profile = Profile { isolated: Isolated::Only, ..Profile::EXACT };

/// One of each block and width, or all in a long run.
fn profiles(isolated: Isolated) -> impl Iterator<Item = Profile> {
    let exact = Profile { isolated, ..Profile::EXACT };
    let sample = [
        exact,
        Profile { flat: true, ..exact },
        Profile { family: true, ..exact },
        Profile { rounded: Rounded::Value, base: Base::Value, ..exact },
        Profile { isolated, ..Profile::GENERAL },
    ];
    Profile::all()
        .filter(move |profile| profile.isolated == isolated)
        .filter(move |profile| is_long() || sample.contains(profile))
}

fn isolated(instrument: u32, size: i128, entry: BigInt) -> Position {
    Position { book: Book::Isolated, entry, ..position(instrument, size, 0) }
}

fn name(instrument: u32, size: i128) -> Option<PositionName> {
    PositionName::of_key(isolated(instrument, size, int(0)).key())
}

/// A healthy cross book beside two isolated positions of one instrument, of which the claim names the short one.
fn two(profile: Profile, long: BigInt, short: BigInt) -> Case {
    let mut case = case_of(profile);
    case.positions.truncate(4);
    case.positions.push(isolated(2, 40_007, long));
    case.positions.push(isolated(2, -50_003, short));
    case.set_usdt(int(1_000_000_000_000));
    case.claim = match profile.isolated {
        Isolated::Only => Claim::margin().without_floor(),
        _ => Claim::new(10_000, BigUint::ZERO).unwrap(),
    };
    case.named = name(2, -50_003);
    case
}

/// An entry value of a position that has gained, or lost, more than anything.
fn healthy() -> BigInt {
    int(-1 << 80)
}

fn lost() -> BigInt {
    int(1 << 80)
}

/// The greatest entry with which the claim is met.
fn boundary(case: impl Fn(BigInt) -> Case) -> BigInt {
    let (mut met, mut missed) = (healthy(), lost());
    while &missed - &met > int(1) {
        let middle: BigInt = (&met + &missed) / 2;
        if case(middle.clone()).native() { met = middle } else { missed = middle }
    }
    met
}

#[test]
fn only_the_named_book_is_looked_at() {
    for profile in profiles(Isolated::Only) {
        // Neither the other isolated book nor the cross book has anything.
        let of = |entry| {
            let mut case = two(profile, lost(), entry);
            case.set_usdt(int(-1 << 60));
            case
        };
        let entry = boundary(of);
        for (more, holds) in [(0, true), (1, false)] {
            let case = of(&entry + int(more));
            let lack = Case { claim: Claim::deficiency(10_000).unwrap(), ..case.clone() };
            assert_eq!((case.native(), lack.native()), (holds, !holds), "{profile} {more}");
            assert_eq!(case.mock(XS).is_ok(), holds, "{profile} {more}");
            assert_eq!(lack.mock(XS).is_ok(), !holds, "{profile} {more}");
        }
    }
}

#[test]
fn all_but_the_named_book_are_looked_at() {
    for profile in profiles(Isolated::AllBut) {
        let of = |entry| two(profile, entry, lost());
        let entry = boundary(of);
        for (more, holds) in [(0, true), (1, false)] {
            let case = of(&entry + int(more));
            assert_eq!(case.native(), holds, "{profile} {more}");
            assert_eq!(case.mock(XS).is_ok(), holds, "{profile} {more}");
        }
        // The cross book is not left out.
        let mut case = of(healthy());
        assert_eq!(case.mock(XS), Ok(()), "{profile}");
        case.set_usdt(int(-1 << 60));
        assert!(!case.native() && case.mock(XS).is_err(), "{profile}");
    }
}

fn refused(case: &Case, public: &PublicInputs, tamper: &dyn Fn(&mut CircuitWitness)) -> String {
    let mut witness = case.circuit_witness(XS);
    tamper(&mut witness);
    mock(case.kind(XS), &case.market, witness, public).expect_err("accepted")
}

/// The flag is that of the one slot which has the name's key.
#[test]
fn the_flag_cannot_be_moved() {
    for case in [two(ALL_BUT, lost(), healthy()), two(ONLY, healthy(), lost())] {
        let public = case.public();
        let refused = |tamper: &dyn Fn(&mut CircuitWitness)| refused(&case, &public, tamper);
        // Isolated positions are first, the long one before the short one, which is named.
        let [long, short] = [0, 1];
        let elsewhere = |at: usize| {
            refused(&move |w| {
                w.positions[short].named = Fp::ZERO;
                w.positions[at].named = Fp::ONE;
            })
        };
        // The other side, a position of the cross book, an empty slot.
        for at in [long, 3, 7] {
            let found = elsewhere(at);
            assert!(found.contains("only the name's slot is named"), "{at}: {found}");
        }
        // None, both, and half of each.
        let none = refused(&|w| w.positions[short].named = Fp::ZERO);
        assert!(none.contains("Permutation"), "{none}");
        let both = refused(&|w| w.positions[long].named = Fp::ONE);
        assert!(both.contains("only the name's slot is named"), "{both}");
        let half = refused(&|w| {
            let half = Fp::from(2).invert().unwrap();
            (w.positions[long].named, w.positions[short].named) = (half, half);
        });
        assert!(half.contains("only the name's slot is named"), "{half}");
        let twice = refused(&|w| w.positions[short].named = Fp::from(2));
        assert!(twice.contains("Permutation"), "{twice}");
        // Another name than the public one, with the flag of that.
        let other = refused(&|w| {
            w.name = w.positions[long].key;
            (w.positions[long].named, w.positions[short].named) = (Fp::ONE, Fp::ZERO);
        });
        assert!(other.contains("Permutation"), "{other}");
    }
}

/// A name that no slot has: the statement names the other instrument, the other side, or a position of the cross book, whose
/// key is another.
#[test]
fn a_position_that_is_not_held_has_no_proof() {
    for case in [two(ALL_BUT, healthy(), healthy()), two(ONLY, healthy(), healthy())] {
        assert_eq!(case.mock(XS), Ok(()));
        for named in [name(7, 1), name(7, -1), name(1, 1), name(300, 1)] {
            assert!(!Case { named, ..case.clone() }.native());
            let public = PublicInputs { position: named, ..case.public() };
            let key = Fp::from(u64::from(named.unwrap().key()));
            let stated = refused(&case, &public, &|w| w.name = key);
            assert!(stated.contains("only the name's slot is named"), "{stated}");
            let none = refused(&case, &public, &|w| {
                w.name = key;
                w.positions.iter_mut().for_each(|p| p.named = Fp::ZERO);
            });
            assert!(none.contains("Permutation"), "{none}");
            // Padding has key zero, and the first position of the cross book this instrument.
            for at in [2, 7] {
                let found = refused(&case, &public, &|w| {
                    w.name = key;
                    w.positions.iter_mut().for_each(|p| p.named = Fp::ZERO);
                    w.positions[at].named = Fp::ONE;
                });
                assert!(found.contains("only the name's slot is named"), "{found}");
            }
        }
    }
}

/// Two slots cannot have the key of one name: the list is strictly ascending.
#[test]
fn two_positions_of_one_name_have_no_proof() {
    for profile in [ALL_BUT, ONLY] {
        let case = two(profile, healthy(), healthy());
        let found = refused(&case, &case.public(), &|w| {
            let short = w.positions[1].clone();
            w.positions[0] = PositionHint { named: Fp::ZERO, ..short };
        });
        assert!(found.contains("not negative") || found.contains("sorted"), "{found}");
    }
}

/// Equity and requirement of a claim about one book only are committed to as those of this book.
#[test]
fn the_figures_of_one_book_are_committed() {
    let case = two(ONLY, healthy(), int(-1_000_000_000));
    let figures = margin_naming(&case.account(), &case.market, case.named).unwrap();
    let (equity, required) = figures.of_book(&case.market);
    assert_ne!((equity, required), (&figures.equity, &figures.maintenance));
    assert_eq!(case.mock(XS), Ok(()));
    let of = |e: &BigInt, m: &BigInt| margin_commitment(e, m, case.margin_blinding).element();
    assert_eq!(case.public().margin, of(equity, required));
    let other = figures.positions[0].isolated.as_ref().unwrap();
    for margin in [
        of(&figures.equity, &figures.maintenance),
        of(&other.equity, &other.requirement),
        of(equity, &figures.maintenance),
        of(&(equity + 1), required),
    ] {
        let public = PublicInputs { margin, ..case.public() };
        let found = refused(&case, &public, &|_| {});
        assert!(found.contains("Permutation"), "{found}");
    }
}

/// No claim that several books meet a level has an opposite of one comparison.
#[test]
fn all_but_one_book_are_no_subject_of_a_deficiency() {
    let mut case = two(ALL_BUT, lost(), lost());
    case.claim = Claim::deficiency(10_000).unwrap();
    case.set_usdt(int(-1 << 60));
    assert!(!case.native());
    let found = case.mock(XS).expect_err("accepted");
    assert!(found.contains("Permutation"), "{found}");
}

/// Real proofs: one key for every name, under which a proof about one position is none about another, and keys of their own
/// for each selection.
#[test]
fn a_proof_about_one_position_is_none_about_another() {
    let cache = KeyCache::new(ParamsStore::in_memory(), 4.try_into().unwrap());
    let flat = |isolated| Profile { isolated, ..Profile::FLAT };
    let cases = [Isolated::Only, Isolated::AllBut].map(|of| two(flat(of), healthy(), healthy()));
    let keys = cases.each_ref().map(|case| {
        let (kind, digest) = (case.kind(XS), [7; 32].into());
        let keys = cache.proving_key(kind, &case.market, digest).unwrap();
        (keys, cache.verifying_key(kind, &case.market, digest).unwrap())
    });
    for (at, (case, (key, _))) in cases.iter().zip(&keys).enumerate() {
        let public = case.public();
        assert_eq!(public.instance().len(), INSTANCE_ROWS + 1);
        let proof = create_proof(key, case.circuit_witness(XS), &public, rand::rng()).unwrap();
        for (other, (_, vk)) in keys.iter().enumerate() {
            assert_eq!(verify_proof(vk, &public, &proof).is_ok(), at == other, "{at} {other}");
        }
        let (_, vk) = &keys[at];
        for position in [name(2, 1), name(7, -1), None] {
            let restated = PublicInputs { position, ..public.clone() };
            assert!(verify_proof(vk, &restated, &proof).is_err(), "{at} {position:?}");
        }
        // The same key, and the other of the two.
        let case = Case { named: name(2, 1), ..case.clone() };
        let public = case.public();
        let proof = create_proof(key, case.circuit_witness(XS), &public, rand::rng()).unwrap();
        assert_eq!(verify_proof(vk, &public, &proof), Ok(()));
    }
}
