//! Tiers by what is held of a family: the circuit and the rule agree at every edge, and a cheating prover is refused.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::LazyLock;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::field::to_field;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

const BOOKS: Profile = Profile { isolated: Isolated::Compared, ..Profile::FAMILY };

fn isolated(instrument: u32, size: i128, entry: i128) -> Position {
    Position { book: Book::Isolated, ..position(instrument, size, entry) }
}

/// A healthy account with these positions at the market of a profile. Instruments 1 and 2 are a family, in which a step of
/// the first counts 2; its second tier begins at 1,000.
fn holding(profile: Profile, positions: Vec<Position>) -> Case {
    let mut case = Case { positions, ..case_of(profile) };
    case.set_usdt(int(1_000_000_000_000));
    case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
    case
}

/// Runs a tampered witness against the public inputs of the honest one and returns the failures.
fn tampered(case: &Case, tamper: impl FnOnce(&mut CircuitWitness)) -> String {
    let mut witness = case.circuit_witness(XS);
    tamper(&mut witness);
    mock(case.kind(XS), &case.market, witness, &case.public()).expect_err("the lie was accepted")
}

fn assert_refused_by(failures: &str, what: &str) {
    assert!(failures.contains(what), "not refused by {what:?}: {failures}");
}

/// A tier row of the market's only table by quantity.
fn row(market: &Market, at: usize) -> BracketHint {
    let row = market.terms().tiers[1].rows()[at].clone();
    let [lo, hi, slope, intercept] = [&row.lo, &row.hi, &row.slope, &row.intercept].map(to_field);
    BracketHint { lo, hi, slope, intercept, ..BracketHint::ZERO }
}

/// By hand: 999 counted are in the first tier, one more of either contract is in the second, for all of them.
#[test]
fn one_contract_moves_all_of_the_family() {
    let required = |positions| {
        let case = holding(Profile::FAMILY, positions);
        assert!(case.native());
        assert_eq!(case.mock(XS), Ok(()));
        margin(&case.account(), &case.market).unwrap().maintenance
    };
    let of =
        |rate: i128, sizes: [i128; 2]| int((sizes[0] * 97_000 + sizes[1] * 3_500) * rate * 100);
    let first = required(vec![position(1, 400, 0), position(1, -50, 0), position(2, -99, 0)]);
    assert_eq!(first, of(100, [450, 99]));
    let second = required(vec![position(1, 400, 0), position(1, -50, 0), position(2, -100, 0)]);
    assert_eq!(second, of(300, [450, 100]));
}

/// Each isolated position counts for itself, on both sides of the border of a family's tier.
#[test]
fn books_count_for_themselves() {
    let case = holding(
        BOOKS,
        vec![
            isolated(1, 499, -1 << 50),
            isolated(2, -1_000, -1 << 50),
            position(1, 400, 0),
            position(2, 199, 0),
        ],
    );
    let figures = margin(&case.account(), &case.market).unwrap();
    let rows: Vec<_> = figures.positions.iter().map(|m| (m.variable.clone(), m.row)).collect();
    let expected = [(998, 0), (1_000, 1), (999, 0), (999, 0)];
    assert_eq!(rows, expected.map(|(variable, row)| (int(variable), row)));
    assert_eq!(case.mock(XS), Ok(()));
}

/// The last slot of all ends the last run.
#[test]
fn every_slot_can_be_of_one_family() {
    let (case, _) = full();
    assert_eq!(case.mock(XS), Ok(()));
    assert!(margin(&case.account(), &case.market).unwrap().positions.iter().all(|m| m.row == 1));
}

/// Eight instruments of one family, all of them held: 126 each, where 125 each are the second tier's first.
fn full() -> (Case, Market) {
    let mut case = holding(Profile::FAMILY, Vec::new());
    let mut terms = case.market.terms().clone();
    let template = terms.instruments[1].clone();
    terms.instruments = (1..=8).map(|id| InstrumentTerms { id, ..template.clone() }).collect();
    case.market = Market::new(terms).unwrap();
    case.positions = (1..=8).map(|id| position(id, 126, 0)).collect();
    let market = case.market.clone();
    (case, market)
}

/// What all slots of a run say, and the row that holds it.
fn claims(w: &mut CircuitWitness, slots: std::ops::Range<usize>, total: u64, row: BracketHint) {
    for slot in &mut w.positions[slots] {
        (slot.family, slot.bracket) = (Fp::from(total), row);
    }
}

static CASE: LazyLock<Case> = LazyLock::new(|| {
    let positions = vec![position(1, 400, 0), position(2, 300, 0), position(7, 5, 0)];
    holding(Profile::FAMILY, positions)
});

/// 1,100 are counted. A smaller sum is in a lower tier; a greater one lies in a claim of deficiency.
#[test]
fn a_sum_is_neither_too_low_nor_too_high() {
    let case = &*CASE;
    let ends = "the total of a run that ends is what it counts";
    for (total, at) in [(999, 0), (0, 0), (1_099, 1), (1_101, 1), (5_000, 1)] {
        let row = row(&case.market, at);
        let failures = tampered(case, |w| claims(w, 0..2, total, row));
        assert_refused_by(&failures, ends);
    }
    // Of an instrument that is one by itself, and of the last slot.
    let low = row(&case.market, 0);
    let failures = tampered(case, |w| claims(w, 2..3, 4, low));
    assert_refused_by(&failures, ends);
    let (case, market) = full();
    for (total, at) in [(999, 0), (1_007, 1), (1_009, 1)] {
        let row = row(&market, at);
        let failures = tampered(&case, |w| claims(w, 0..8, total, row));
        assert_refused_by(&failures, "Permutation");
    }
    // An empty slot counts nothing.
    let failures = tampered(&CASE, |w| w.positions[6].family = Fp::ONE);
    assert_refused_by(&failures, ends);
}

/// Two slots of one run with two sums, of which the last is right.
#[test]
fn a_run_has_one_sum() {
    let case = &*CASE;
    let low = row(&case.market, 0);
    let failures = tampered(case, |w| claims(w, 0..1, 800, low));
    assert_refused_by(&failures, "one total in a run");
    let failures = tampered(case, |w| claims(w, 1..2, 300, low));
    assert_refused_by(&failures, "one total in a run");
}

/// A sum needs the row that holds it.
#[test]
fn the_row_holds_the_sum() {
    let case = &*CASE;
    let low = row(&case.market, 0);
    let failures = tampered(case, |w| w.positions[0].bracket = low);
    assert_refused_by(&failures, "word of three rows");
}

/// A family is not split by another's number, by a contract of it that is in its place, nor by a foreign instrument between.
#[test]
fn a_family_is_not_split() {
    let case = &*CASE;
    let low = row(&case.market, 0);
    let apart = |w: &mut CircuitWitness| {
        claims(w, 0..1, 800, low);
        claims(w, 1..2, 300, low);
    };
    // Number, unit and own unit are the instrument's.
    for (term, value) in [(10, 3), (11, 1), (12, 1)] {
        let failures = tampered(case, |w| {
            apart(w);
            w.positions[1].terms[term] += Fp::from(value);
        });
        assert_refused_by(&failures, "Lookup");
    }
    // A foreign one between them is out of order, and an empty slot is last.
    let failures = tampered(case, |w| {
        apart(w);
        w.positions.swap(1, 2);
    });
    assert_refused_by(&failures, "sorted list");
    let failures = tampered(case, |w| {
        apart(w);
        w.positions.insert(1, PositionHint::empty());
        w.positions.pop();
    });
    assert_refused_by(&failures, "empty slots last");
    // No market lists a family in two parts.
    let mut terms = case.market.terms().clone();
    let mut foreign = terms.instruments[2].clone();
    foreign.id = 3;
    terms.instruments[1].id = 4;
    terms.instruments.insert(1, foreign);
    assert_eq!(Market::new(terms), Err(MarketError::Family { id: 4 }));
}

/// At the border of the books, a run ends: nothing isolated is in the sum of the cross book, and nothing of that is in the
/// sum of an isolated position.
#[test]
fn the_border_of_the_books_ends_a_run() {
    let positions = vec![
        isolated(1, 300, -1 << 50),
        isolated(2, 300, -1 << 50),
        position(1, 300, 0),
        position(2, 300, 0),
    ];
    let case = holding(BOOKS, positions);
    assert_eq!(case.mock(XS), Ok(()));
    let row = |at| row(&case.market, at);
    let ends = "the total of a run that ends is what it counts";
    for (slots, total, at) in [
        // All of the family, the cross book with one of the others, and both isolated ones together.
        (0..4, 1_800, 1),
        (2..4, 1_500, 1),
        (0..2, 900, 0),
        (1..2, 600, 0),
        (0..1, 1_500, 1),
        // The first of the cross book left to the isolated ones.
        (3..4, 300, 0),
    ] {
        let failures = tampered(&case, |w| claims(w, slots, total, row(at)));
        let split = failures.contains(ends) || failures.contains("one total in a run");
        assert!(split, "{total}: {failures}");
    }
    // A position of the cross book called isolated, to be in no sum, is none of the committed key.
    let failures = tampered(&case, |w| {
        w.positions[2].cross = Fp::ZERO;
        claims(w, 2..3, 600, row(0));
        claims(w, 3..4, 300, row(0));
    });
    assert_refused_by(&failures, "Lookup");
}

/// Families are numbered in order, and an empty slot is of none.
#[test]
fn terms_of_families() {
    let tables = MarketTables::new(&CASE.market).unwrap();
    let of = |at: usize| [11, 12, 13].map(|column| tables.instruments()[at][column]);
    let numbers = |all: [u64; 3]| all.map(Fp::from);
    assert_eq!(tables.instruments()[0], [Fp::ZERO; INSTRUMENT_COLUMNS]);
    assert_eq!(of(1), numbers([1, 2, 97_000]));
    assert_eq!(of(2), numbers([1, 1, 3_500]));
    assert_eq!(of(3), numbers([2, 1, 180]));
    assert_eq!(of(4), numbers([3, 3, 25]));
}

/// Shape M is in the smallest circuit, with isolated books too unless they are of a ledger.
#[test]
fn shapes_of_families() {
    for anchor in Anchor::ALL {
        for profile in [Profile::FAMILY, BOOKS] {
            let tables = MarketTables::new(&case_of(profile).market).unwrap();
            let circuit = smallest_circuit(Kind::of(profile, anchor, Shape::M), &tables).unwrap();
            let k = if anchor == Anchor::Ledger && profile == BOOKS { 11 } else { 10 };
            assert_eq!(circuit.k.get(), k, "{anchor:?} {profile}");
        }
    }
}

/// A real proof at the least balance, and none of a sum that is too low.
#[test]
fn a_real_proof() {
    let cache = KeyCache::new(ParamsStore::in_memory(), 2.try_into().unwrap());
    let positions = vec![isolated(1, 300, -1 << 50), position(1, 400, 0), position(2, 300, 0)];
    let mut case = holding(BOOKS, positions);
    let least = |case: &mut Case| {
        let (mut met, mut missed) = (int(1 << 60), int(-1 << 60));
        while &met - &missed > int(1) {
            let middle: BigInt = (&met + &missed) / 2;
            case.set_usdt(middle.clone());
            if case.native() { met = middle } else { missed = middle }
        }
        met
    };
    let balance = least(&mut case);
    case.set_usdt(balance.clone());
    let (kind, digest) = (case.kind(XS), [8; 32]);
    let keys = cache.proving_key(kind, &case.market, digest.into()).unwrap();
    let vk = cache.verifying_key(kind, &case.market, digest.into()).unwrap();
    let public = case.public();
    let proof = create_proof(&keys, case.circuit_witness(XS), &public, rand::rng()).unwrap();
    assert_eq!(verify_proof(&vk, &public, &proof), Ok(()));
    case.set_usdt(balance - 1);
    let public = case.public();
    let mut witness = case.circuit_witness(XS);
    let low = row(&case.market, 0);
    claims(&mut witness, 1..3, 999, low);
    if let Ok(proof) = create_proof(&keys, witness, &public, rand::rng()) {
        assert_eq!(verify_proof(&vk, &public, &proof), Err(VerifyError::Invalid));
    }
}

/// Slots of [`random_accounts`].
const SLOTS: [usize; 2] = [10, 2];
/// Exchange rates of both settlement assets, and what a requirement in each is converted with.
const INDEX: [i128; 2] = [1, 3];
const CONVERSION: [i128; 2] = [1, 5];
/// From settlement units to those of a requirement.
const BOOK_UNIT: i128 = 7;

/// `(family, unit, price, table, group)` of an instrument, whose id is three more than twice its place.
type Drawn = (u32, i128, i128, usize, usize);

/// Instruments in families of one to three, with tables, units and prices of their own.
fn drawn_instruments(rng: &mut StdRng) -> Vec<Drawn> {
    let mut list = Vec::new();
    // Numbers do not ascend with ids.
    for family in [9, 2, 30, 4, 1] {
        let group = rng.random_range(0..2);
        for _ in 0..rng.random_range(1..4) {
            let (unit, price) = (rng.random_range(1..5), rng.random_range(1..60));
            list.push((family, unit, price, rng.random_range(0..2), group));
        }
    }
    list.truncate(5);
    list
}

/// `(last, rate)` of the rows of both tables, the first from zero.
fn drawn_tables(rng: &mut StdRng) -> [Vec<(i128, i128)>; 2] {
    [(); 2].map(|()| {
        let mut last = 0;
        let ends = (0..rng.random_range(2..5)).map(|_| {
            last += rng.random_range(1..120);
            (last, rng.random_range(1..90))
        });
        ends.collect()
    })
}

fn drawn_market(instruments: &[Drawn], tables: &[Vec<(i128, i128)>; 2]) -> MarketTerms {
    let of_rows = |ends: &Vec<(i128, i128)>| {
        let from = std::iter::once(0).chain(ends.iter().map(|(last, _)| last + 1));
        let rows = from.zip(ends).map(|(lo, (hi, rate))| super::support::row(lo, *hi, *rate, 0));
        BracketedLinear::new(Variable::Quantity, rows.collect()).unwrap()
    };
    let mut terms = market_terms();
    let template = terms.instruments[0].clone();
    terms.assets.truncate(2);
    for ((asset, index), group) in terms.assets.iter_mut().zip(INDEX).zip(0..) {
        asset.index = int(index).into();
        let whole = vec![super::support::row(-FAR, FAR, 1, 0)];
        asset.collateral = BracketedLinear::new(Variable::Value, whole).unwrap();
        terms.groups[group].requirement_index = int(CONVERSION[group]);
    }
    terms.tiers = tables.iter().map(of_rows).collect();
    let listed = instruments.iter().zip(1..).map(|((family, unit, price, table, group), at)| {
        let mut instrument = InstrumentTerms { id: 2 * at + 1, group: *group, ..template.clone() };
        instrument.value = LinearStep::exact(int(*price));
        instrument.requirement = LinearStep::exact(int(*price));
        instrument.tiers = *table;
        instrument.elements.family = Some(TierFamily { number: *family, unit: int(*unit) });
        instrument
    });
    terms.instruments = listed.collect();
    terms
}

/// A position: place of its instrument, signed size, whether it is isolated, and profit or loss.
type Held = (usize, i128, bool, i128);

/// What the definition says: requirement of each position in its own unit; `None` beyond a table.
fn defined(
    instruments: &[Drawn],
    tables: &[Vec<(i128, i128)>; 2],
    held: &[Held],
) -> Option<Vec<i128>> {
    let each = held.iter().map(|(at, size, isolated, _)| {
        let (family, unit, price, table, _) = instruments[*at];
        let of_family = held.iter().filter(|of| !of.2 && instruments[of.0].0 == family);
        let together = of_family.map(|of| of.1.abs() * instruments[of.0].1).sum();
        let sum = if *isolated { size.abs() * unit } else { together };
        let (_, rate) = tables[table].iter().find(|(last, _)| sum <= *last)?;
        Some(size.abs() * price * rate)
    });
    each.collect()
}

/// Random markets and accounts, with sums at the ends of tiers, against the definition in machine integers: the circuit
/// accepts what it calls healthy, one unit of a balance on either side, and the rule has its figures.
#[test]
fn random_accounts() {
    let mut rng = StdRng::seed_from_u64(5);
    let (mut ran, mut beyond, mut split) = (0, 0, 0);
    while ran < if is_long() { 600 } else { 12 } {
        let (instruments, tables) = (drawn_instruments(&mut rng), drawn_tables(&mut rng));
        let mut terms = drawn_market(&instruments, &tables);
        let isolated = [Isolated::None, Isolated::Compared, Isolated::LeftOut][ran % 3];
        if isolated != Isolated::None {
            terms.isolated_unit = Some(int(BOOK_UNIT));
        }
        terms.equality_is_healthy = rng.random_bool(0.5);
        let strict = i128::from(!terms.equality_is_healthy);
        let market = Market::new(terms).unwrap();
        let market = market.of_books(Books { isolated, ..market.books() }).unwrap();
        assert_eq!(market.profile(), Ok(Profile { isolated, ..Profile::FAMILY }));
        let mut held: Vec<Held> = Vec::new();
        for at in 0..instruments.len() {
            for sign in [1, -1] {
                for own in [false, true] {
                    let p = if own && isolated == Isolated::None { 0.0 } else { 0.4 };
                    if held.len() < SLOTS[0] && rng.random_bool(p) {
                        let size = sign * rng.random_range(1..60);
                        held.push((at, size, own, rng.random_range(-500..500)));
                    }
                }
            }
        }
        // The sum of one of them to the end of a tier, or one beyond.
        let which = rng.random_range(0..held.len().max(1));
        if let Some(one) = held.get(which).copied() {
            let (family, unit, _, table, _) = instruments[one.0];
            let others = held
                .iter()
                .enumerate()
                .filter(|(i, of)| *i != which && instruments[of.0].0 == family && !one.2 && !of.2);
            let others: i128 = others.map(|(_, of)| of.1.abs() * instruments[of.0].1).sum();
            let (last, _) = tables[table][rng.random_range(0..tables[table].len())];
            let size = (last - others).div_euclid(unit) + rng.random_range(0..2);
            if size > 0 {
                held[which].1 = size * one.1.signum();
            }
        }
        let positions = held.iter().map(|(at, size, own, profit)| {
            let book = if *own { Book::Isolated } else { Book::Cross };
            let entry = size * instruments[*at].2 - profit;
            Position { book, ..position(2 * *at as u32 + 3, *size, entry) }
        });
        let mut case = Case { market, positions: positions.collect(), ..case() };
        case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
        case.balances = vec![balance(1, 0), balance(2, rng.random_range(-9_000..9_000))];
        let Some(mut required) = defined(&instruments, &tables, &held) else {
            let outcome = margin(&case.account(), &case.market);
            assert!(matches!(outcome, Err(RuleError::BeyondTiers { .. })), "{outcome:?}");
            beyond += 1;
            continue;
        };
        // Books of their own at what they require, and a unit on either side.
        for ((of, position), required) in held.iter_mut().zip(&mut case.positions).zip(&required) {
            if of.2 {
                let least = (required + strict + BOOK_UNIT - 1).div_euclid(BOOK_UNIT);
                let profit = least + [0, 0, 0, 1, -1][rng.random_range(0..5)];
                (position.entry, of.3) = (&position.entry + of.3 - profit, profit);
            }
        }
        let compared = isolated == Isolated::Compared;
        let books_meet = held
            .iter()
            .zip(&required)
            .all(|(of, required)| !of.2 || !compared || of.3 * BOOK_UNIT >= required + strict);
        let cross = |of: &Held| i128::from(!of.2);
        let group = |of: &Held| instruments[of.0].4;
        let in_margin = held.iter().zip(&mut required);
        let maintenance: i128 =
            in_margin.map(|(of, x)| *x * CONVERSION[group(of)] * cross(of)).sum();
        let profit: i128 = held.iter().map(|of| of.3 * INDEX[group(of)] * cross(of)).sum();
        let second: i128 = (&case.balances[1].balance).try_into().unwrap();
        let least = maintenance + strict - profit - second * INDEX[1];
        for (more, healthy) in [(-1, false), (0, books_meet), (1, books_meet)] {
            case.set_usdt(int(least + more));
            let figures = margin(&case.account(), &case.market).unwrap();
            assert_eq!(figures.maintenance, int(maintenance), "{held:?} {instruments:?}");
            assert_eq!(figures.equity, int(maintenance + strict + more));
            assert_eq!(case.native(), healthy, "{held:?} {instruments:?}");
            let mock = case.mock_in(SLOTS);
            assert_eq!(mock.is_ok(), healthy, "{mock:?} {held:?} {instruments:?}");
        }
        ran += 1;
        split += usize::from(!books_meet);
    }
    assert!(beyond > 0 && split > 0, "{beyond} {split}");
}
