//! Claims about some of the books: the cross book alone, and one settlement asset's.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use std::num::NonZeroU16;
use zkmargin_circuit::halo2::{Fp, PrimeField};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

/// Settlement assets of the test's market, each with an instrument that settles in it.
const ASSETS: [(u32, u32); 2] = [(1, 1), (2, 7)];

fn asset(id: u32) -> Option<NonZeroU16> {
    u16::try_from(id).ok().and_then(NonZeroU16::new)
}

/// One of each block and width, or all in a long run; without what becomes of isolated positions.
fn profiles() -> impl Iterator<Item = Profile> {
    let sample = [
        Profile::EXACT,
        Profile::FLAT,
        Profile::GENERAL,
        Profile { rounded: Rounded::Requirement, narrow: true, pnl: true, ..Profile::EXACT },
        Profile { rounded: Rounded::Value, base: Base::Value, ..Profile::EXACT },
        Profile { rounded: Rounded::ValueAndTwice, collateral: true, ..Profile::EXACT },
        Profile { settlement: Settlement::Eight, ..Profile::FLAT },
    ];
    Profile::all()
        .filter(|profile| !profile.has_isolated())
        .filter(move |profile| is_long() || sample.contains(profile))
}

/// Every way in which a market of the profile can treat isolated positions. Those of the general profile have an account
/// of their own, in the tests of that profile.
fn with_isolated(profile: Profile) -> impl Iterator<Item = Profile> {
    let all = [Isolated::None, Isolated::Compared, Isolated::LeftOut];
    all.into_iter()
        .map(move |isolated| Profile { isolated, ..profile })
        .filter(|profile| Profile::from_code(profile.code()).is_some())
        .filter(|profile| !profile.general || !profile.has_isolated())
}

/// The account of [`case`] at the market of all books of a profile, with an isolated position of either settlement asset
/// that has gained, where there can be some.
fn whole(profile: Profile) -> Case {
    let isolated = if profile.has_isolated() { Isolated::Compared } else { Isolated::None };
    let mut case = case_of(Profile { isolated, ..profile });
    let of = crate::support::case();
    case.positions.truncate(of.positions.len());
    case.balances.truncate(of.balances.len());
    case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
    if profile.has_isolated() {
        for instrument in [2, 300] {
            case.positions.push(Position {
                book: Book::Isolated,
                entry: int(-1 << 60),
                ..position(instrument, 5_003, 0)
            });
        }
    }
    case
}

/// The same at the market of one selection of books.
fn selected(profile: Profile, settlement_asset: Option<NonZeroU16>) -> Case {
    let mut case = whole(profile);
    let books = Books { settlement_asset, isolated: profile.isolated, position: None };
    case.market = case.market.of_books(books).expect("books");
    assert_eq!(case.market.books(), books);
    case
}

/// Positions and balances of one settlement asset only, and isolated ones.
fn only(mut case: Case, asset: u32) -> Case {
    let terms = case.market.terms().clone();
    let settles = |p: &Position| {
        let instrument = terms.instruments.iter().find(|i| i.id == p.instrument).unwrap();
        terms.groups[instrument.group].asset == asset || p.book == Book::Isolated
    };
    case.positions.retain(settles);
    case.balances.retain(|b| b.asset == asset);
    case
}

fn figures(case: &Case) -> [BigInt; 2] {
    let figures = margin(&case.account(), &case.market).unwrap();
    [figures.equity, figures.maintenance]
}

/// The book of an asset has the figures that an account has which holds nothing else, at the market of all books.
#[test]
fn a_settlement_assets_book_is_that_of_an_account_without_the_others() {
    for profile in profiles().flat_map(with_isolated) {
        let mut sums = [int(0), int(0)];
        for (id, _) in ASSETS {
            let of_book = figures(&selected(profile, asset(id)));
            let mut alone = only(whole(profile), id);
            // Isolated positions settle somewhere, and are in no cross book.
            alone.positions.retain(|p| p.book == Book::Cross);
            assert_eq!(of_book, figures(&alone), "{profile} {id}");
            sums = [0, 1].map(|at| &sums[at] + &of_book[at]);
        }
        // The third asset settles nothing: what it is worth is in neither book.
        let mut third = whole(profile);
        third.positions.clear();
        third.balances.retain(|b| b.asset == 5);
        let third = figures(&third);
        let all = figures(&whole(profile));
        assert_eq!([0, 1].map(|at| &sums[at] + &third[at]), all, "{profile}");
    }
}

/// Isolated positions are in no sum, whether or not they are compared.
#[test]
fn the_cross_book_alone_has_the_same_figures() {
    for profile in profiles().flat_map(with_isolated).filter(|p| p.isolated == Isolated::LeftOut) {
        let mut case = selected(profile, None);
        let all = figures(&whole(profile));
        assert_eq!(figures(&case), all, "{profile}");
        case.positions.retain(|p| p.book == Book::Cross);
        assert_eq!(figures(&case), all, "{profile}");
    }
}

fn with_entry(case: &Case, instrument: u32, entry: &BigInt) -> Case {
    let mut case = case.clone();
    let of = |p: &&mut Position| p.instrument == instrument && p.book == Book::Cross;
    case.positions.iter_mut().find(of).unwrap().entry = entry.clone();
    case
}

/// The greatest entry of a position in an instrument with which the claim is met.
fn boundary(case: &Case, instrument: u32) -> BigInt {
    let (mut met, mut missed) = (int(-1 << 60), int(1 << 60));
    assert!(with_entry(case, instrument, &met).native());
    assert!(!with_entry(case, instrument, &missed).native());
    while &missed - &met > int(1) {
        let middle: BigInt = (&met + &missed) / 2;
        if with_entry(case, instrument, &middle).native() { met = middle } else { missed = middle }
    }
    met
}

/// Circuit and rule agree at the boundary of each selection and one unit beyond it, and losses of other books change
/// nothing. In the general profile results are capped, so that no entry meets the claim in every book.
#[test]
fn boundaries_of_every_selection_are_exact() {
    for profile in profiles().filter(|p| !p.general).flat_map(with_isolated) {
        for (at, (id, instrument)) in ASSETS.into_iter().enumerate() {
            let case = selected(profile, asset(id));
            let entry = boundary(&case, instrument);
            let met = with_entry(&case, instrument, &entry);
            assert_eq!(met.mock(XS), Ok(()), "{profile} {id}");
            let missed = with_entry(&case, instrument, &(&entry + 1));
            assert!(missed.mock(XS).is_err(), "{profile} {id}");
            let (_, elsewhere) = ASSETS[1 - at];
            let lost = with_entry(&met, elsewhere, &int(1 << 60));
            assert!(lost.native());
            assert_eq!(lost.mock(XS), Ok(()), "{profile} {id}");
        }
    }
}

/// A book that is left out can have lost everything; one that is compared cannot, whatever it settles in.
#[test]
fn isolated_positions_count_where_they_are_compared() {
    for profile in profiles().flat_map(with_isolated).filter(|p| p.has_isolated()) {
        for settlement_asset in [None, asset(1), asset(2)] {
            let mut case = selected(profile, settlement_asset);
            // A healthy cross book.
            case.balances.iter_mut().for_each(|b| b.balance = int(1 << 70));
            assert!(case.native());
            for at in [5, 6] {
                let mut lost = with_entry(&case, 1, &int(0));
                lost.positions[at].entry = int(1 << 70);
                let is_met = profile.isolated == Isolated::LeftOut;
                assert_eq!(lost.native(), is_met, "{profile} {settlement_asset:?}");
                let mock = lost.mock(XS);
                assert_eq!(mock.is_ok(), is_met, "{profile} {settlement_asset:?}: {mock:?}");
            }
        }
    }
}

/// One unit either side of what an isolated position needs, beside one settlement asset's book in which it does not
/// settle.
#[test]
fn an_isolated_position_needs_its_own_requirement_beside_any_book() {
    let exact = Profile { isolated: Isolated::Compared, ..Profile::EXACT };
    let rounded = Profile { rounded: Rounded::Requirement, narrow: true, ..exact };
    for profile in [exact, Profile { flat: true, ..exact }, rounded] {
        for settlement_asset in [None, asset(1), asset(2)] {
            let mut case = selected(profile, settlement_asset);
            case.balances.iter_mut().for_each(|b| b.balance = int(1 << 70));
            // The last one settles in the second asset.
            let at = case.positions.len() - 1;
            let set = |entry: &BigInt| {
                let mut set = with_entry(&case, 1, &int(0));
                set.positions[at].entry = entry.clone();
                set
            };
            let (mut met, mut missed) = (int(-1 << 60), int(1 << 60));
            while &missed - &met > int(1) {
                let middle: BigInt = (&met + &missed) / 2;
                if set(&middle).native() { met = middle } else { missed = middle }
            }
            // The same for every cross book.
            assert_eq!(met, isolated_boundary(profile), "{profile} {settlement_asset:?}");
            assert_eq!(set(&met).mock(XS), Ok(()), "{profile} {settlement_asset:?}");
            assert!(set(&missed).mock(XS).is_err(), "{profile} {settlement_asset:?}");
        }
    }
}

/// The greatest entry of the isolated position in instrument 300: its equity less its requirement, from the rule's parts.
fn isolated_boundary(profile: Profile) -> BigInt {
    let case = selected(profile, None);
    let figures = margin(&case.account(), &case.market).unwrap();
    let account = case.account();
    let at = account.positions().iter().position(|p| p.instrument == 300).unwrap();
    let book = figures.positions[at].isolated.clone().unwrap();
    // Equity falls by one unit of 10,000 for each of the entry, and equality is healthy.
    let spare = &book.equity - &book.requirement;
    &account.positions()[at].entry + spare / 10_000
}

/// No position leaves its book.
#[test]
fn no_position_leaves_its_book() {
    let profile = Profile { isolated: Isolated::LeftOut, ..Profile::EXACT };
    let case = selected(profile, None);
    let lost = with_entry(&case, 1, &int(1 << 60));
    assert!(!lost.native());
    let refused = |tamper: &dyn Fn(&mut CircuitWitness)| {
        let mut witness = lost.circuit_witness(XS);
        tamper(&mut witness);
        mock(lost.kind(XS), &lost.market, witness, &lost.public()).expect_err("accepted")
    };
    // Isolated ones are first: the losing position of the cross book is the third.
    let lookup = refused(&|w| w.positions[2].cross = Fp::from(0));
    assert!(lookup.contains("Lookup"), "{lookup}");
    let moved = refused(&|w| {
        w.positions[2].cross = Fp::from(0);
        w.positions[2].key -= Fp::from(1 << 17);
        w.positions[..7].sort_by_key(|p| p.key);
    });
    assert!(moved.contains("Permutation") || moved.contains("Lookup"), "{moved}");
    let half = refused(&|w| w.positions[2].cross = Fp::from(2));
    assert!(half.contains("cross is boolean"), "{half}");
    // An empty slot is in no book.
    let lookup = refused(&|w| w.positions[7].cross = Fp::from(1));
    assert!(lookup.contains("Lookup"), "{lookup}");

    // A result settles in its own group: with another code it is not in the table.
    let case = selected(Profile::EXACT, asset(1));
    let lost = with_entry(&case, 1, &int(1 << 60));
    let mut witness = lost.circuit_witness(XS);
    witness.positions[0].code = Fp::from(1);
    let lookup = mock(lost.kind(XS), &lost.market, witness, &lost.public()).expect_err("accepted");
    assert!(lookup.contains("Lookup"), "{lookup}");
}

/// A losing book is not shown by the witness of another selection, at the market of this one.
#[test]
fn a_witness_of_other_books_is_refused() {
    let lost = |settlement_asset| {
        let case = selected(Profile::EXACT, settlement_asset);
        with_entry(&case, 7, &int(1 << 60))
    };
    let (good, bad) = (lost(asset(1)), lost(asset(2)));
    assert!(good.native() && !bad.native());
    assert_eq!(good.mock(XS), Ok(()));
    // Everything the prover says is about the first book, the market is of the second.
    let run = |witness, public: &PublicInputs| mock(bad.kind(XS), &bad.market, witness, public);
    assert!(run(good.circuit_witness(XS), &good.public()).is_err());
    // With the figures of the second, but the first one's rows of the tables.
    assert!(run(good.circuit_witness(XS), &bad.public()).is_err());
}

/// Real proofs: each selection has keys of its own, under which no proof of another one holds.
#[test]
fn a_proof_of_some_books_is_none_of_others() {
    let cache = KeyCache::new(ParamsStore::in_memory(), 8.try_into().unwrap());
    let exact = |isolated| Profile { isolated, ..Profile::EXACT };
    let (all, alone) = (exact(Isolated::Compared), exact(Isolated::LeftOut));
    let cases: Vec<_> = [(all, None), (alone, None), (alone, asset(1)), (alone, asset(2))]
        .into_iter()
        .map(|(profile, settlement_asset)| selected(profile, settlement_asset))
        .collect();
    let keys: Vec<_> = cases
        .iter()
        .zip(1u8..)
        .map(|(case, digest)| {
            let digest = [digest; 32].into();
            let keys = cache.proving_key(case.kind(XS), &case.market, digest).unwrap();
            (keys, cache.verifying_key(case.kind(XS), &case.market, digest).unwrap())
        })
        .collect();
    for (at, (case, (key, _))) in cases.iter().zip(&keys).enumerate() {
        let public = case.public();
        let proof = create_proof(key, case.circuit_witness(XS), &public, rand::rng()).unwrap();
        for (other, (_, vk)) in keys.iter().enumerate() {
            let holds = verify_proof(vk, &public, &proof).is_ok();
            assert_eq!(holds, at == other, "{at} {other}");
        }
    }
}

/// A requirement's unit of 48 digits after the point, which is what an asset and rates can have together.
fn unit_of_other() -> BigInt {
    int(10).pow(48)
}

/// What an isolated position of another settlement asset requires is as wide as that of this one: a figure that wraps
/// in the field would call it healthy.
#[test]
fn fault_a_requirement_of_another_book_does_not_wrap() {
    let mut terms = market_terms();
    terms.isolated_unit = Some(int(10_000));
    terms.tiers.push(BracketedLinear::new(Variable::Value, vec![row(0, FAR, 1, 0)]).unwrap());
    let unit = unit_of_other();
    let order = BigInt::parse_bytes(&Fp::MODULUS.as_bytes()[2..], 16).unwrap();
    // The largest requirement whose multiple at the level is below the order of the field.
    let most: BigInt = order / (&unit * int(10_000));
    let of_other = &mut terms.instruments[3];
    of_other.value = LinearStep::exact(int(1));
    of_other.requirement = LinearStep::exact(int(1));
    of_other.tiers = 2;
    let thrice: BigInt = &most * int(3) + int(1);
    let step = LinearStep::rounded(thrice, int(3), Rounding::Floor, unit).unwrap();
    of_other.requirement_rounding = vec![step];
    let market = Market::new(terms).unwrap();
    assert!(market.profile().is_err());
    let market = market.of_books(Books { settlement_asset: asset(1), ..market.books() }).unwrap();
    if market.profile().is_err() {
        return;
    }
    let mut case = Case { market, ..case() };
    case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
    case.positions = vec![Position { book: Book::Isolated, ..position(300, 1, 0) }];
    let of = margin(&case.account(), &case.market).unwrap().positions[0].isolated.clone().unwrap();
    assert_eq!(of.requirement, most * unit_of_other());
    assert!(of.compared && of.equity < of.requirement && !case.native());
    assert!(
        case.mock(XS).is_err(),
        "an isolated position without its requirement is proven healthy"
    );
}
