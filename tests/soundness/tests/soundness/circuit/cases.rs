//! Accounts, recordings, and what the checks find in one.

use crate::margin_support::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use zkmargin_circuit::halo2::{Fp, Value};
use zkmargin_circuit::{CircuitWitness, Form, MarginCircuit, MarketTables};
use zkmargin_model::circuit::{Anchor, Shape};
use zkmargin_model::rule::{Book, Position, PositionName, Profile, Settlement};
use zkmargin_model::widths::{FLOOR_BITS, NO_FLOOR_BITS};
use zkmargin_soundness::*;

/// A circuit's size: positions, assets.
pub type Size = (usize, usize);
/// The size that is checked exhaustively.
pub const REDUCED: Size = (2, 2);
/// Shape S.
pub const S: Size = (Shape::S.positions(), Shape::S.assets());
/// Rows.
pub const K: u32 = 10;

/// The honest witness of a size.
pub fn witness(case: &Case, size: Size) -> CircuitWitness {
    let mut witness = case.circuit_witness(Shape::S);
    witness.positions.truncate(size.0);
    witness.assets.truncate(size.1);
    witness
}

/// A committed account at the case's market, hashed in one lane.
fn form(case: &Case) -> Form {
    let profile = case.market.profile().unwrap();
    Form { profile, anchor: Anchor::Commitment, lanes: 1, banks: 1 }
}

/// The circuit of a size with a witness.
pub fn circuit(case: &Case, size: Size, witness: CircuitWitness) -> MarginCircuit {
    let tables = Arc::new(MarketTables::new(&case.market).unwrap());
    let witness = Value::known(Arc::new(witness));
    MarginCircuit::of_size(form(case), [size.0, size.1], tables, witness)
}

/// Records the honest witness.
pub fn record(case: &Case, size: Size) -> Recorded {
    let circuit = circuit(case, size, witness(case, size));
    circuit.configured(|circuit| Recorded::new(K, circuit, &[case.public().instance().to_vec()]))
}

/// The account's own words, holder and place; hints, flags, copies and public inputs must follow from them.
const INPUTS: [&str; 14] = [
    "packed",
    // The second word of a record with open orders.
    "orders",
    "private word",
    "level",
    "floor",
    "deficient",
    "registry",
    // Of claims that name a position.
    "name",
    // Membership only.
    "secret",
    "venue",
    "audience",
    "scope",
    "serial",
    "sibling",
];

/// Whether a variable is one of [`INPUTS`].
pub fn is_input(variable: &Variable) -> bool {
    variable.names.iter().any(|name| INPUTS.contains(&name.as_str()))
}

/// A healthy account with this many positions and balances.
pub fn account(rng: &mut StdRng, positions: usize, balances: usize) -> Case {
    account_of(Profile::EXACT, rng, positions, balances)
}

/// The same at the market of a profile.
pub fn account_of(profile: Profile, rng: &mut StdRng, positions: usize, balances: usize) -> Case {
    let mut case = case_of(profile);
    let mut slots = [1u32, 2, 7, 300].map(|id| [(id, 1), (id, -1)]).concat();
    slots.truncate(positions);
    case.positions = slots
        .into_iter()
        .map(|(id, sign)| {
            let size = 1 + (rng.random::<u64>() >> rng.random_range(30..64)) as i128;
            position(id, sign * size, i128::from(rng.random::<i32>()))
        })
        .collect();
    if let (true, Some(first)) = (profile.has_isolated(), case.positions.first_mut()) {
        first.book = Book::Isolated;
        first.entry -= int(1 << 80);
    }
    name(&mut case);
    if let (true, Some(first)) = (profile.general || profile.own, case.positions.first_mut()) {
        first.own = rng.random_range(0..2_000);
    }
    if let (true, Some(first)) = (profile.orders, case.positions.first_mut()) {
        // Every other account has nothing but orders in one instrument.
        first.size *= rng.random_range(0..2u8);
    }
    case.balances = [1, 2, 5]
        .into_iter()
        .take(balances)
        .map(|id| balance(id, (1i128 << 70) + i128::from(rng.random::<u64>())))
        .collect();
    if let (true, Some(second)) = (profile.general, case.balances.get_mut(1)) {
        second.own = rng.random_range(0..20_000);
    }
    case
}

/// Accounts of the reduced size: full, half empty, empty, in debt, with an asset in which nothing
/// settles.
pub fn reduced_cases() -> Vec<Case> {
    reduced_cases_of(Profile::EXACT)
}

/// The same at the market of a profile.
pub fn reduced_cases_of(profile: Profile) -> Vec<Case> {
    let mut rng = StdRng::seed_from_u64(1);
    let mut account = |positions, balances| account_of(profile, &mut rng, positions, balances);
    let mut cases: Vec<Case> =
        [(2, 2), (2, 2), (2, 1), (1, 2), (0, 1)].map(|(p, b)| account(p, b)).into();
    let mut debt = account(0, 2);
    debt.positions = vec![position(7, 5_000, 800_000)];
    debt.balances[1] = balance(2, -5_000);
    cases.push(debt);
    let mut other = account(2, 1);
    other.balances.push(balance(5, 77));
    cases.push(other);
    if profile.settlement != Settlement::Four {
        // The first settle group, whose number an asset has in which nothing settles.
        let mut first = cases[6].clone();
        first.positions = vec![position(FIRST_ADDED + 300, 90, -8_000)];
        first.balances = vec![balance(5, 77), balance(FIRST_ADDED, 1 << 70)];
        cases.push(first);
    }
    // A claim names a position that is held.
    for case in cases.iter_mut().filter(|_| profile.names_position()) {
        let isolated = |p: &Position| p.book == Book::Isolated;
        if !case.positions.iter().any(isolated) {
            let entry = int(-1 << 80);
            case.positions.push(Position { book: Book::Isolated, entry, ..position(1, 5, 0) });
        }
        name(case);
    }
    cases
}

/// Has the claim name an isolated position, at a market of such claims: the last one.
pub fn name(case: &mut Case) {
    let isolated = case.positions.iter().rev().find(|p| p.book == Book::Isolated);
    let named = case.market.books().isolated.names_position();
    case.named = isolated.filter(|_| named).and_then(|p| PositionName::of_key(p.key()));
}

/// Ranges of the public inputs that the verifier bounds: level, floor, which can be none, and whether it is a deficiency.
pub fn assumed(recorded: &Recorded) -> Vec<(usize, Interval)> {
    let variable = |row| recorded.variable_of(Cell { kind: Kind::Instance, column: 0, row });
    let two_to = |bits: u32| int(1) << bits;
    let level = Interval { lo: int(0), hi: two_to(17) };
    let floor = Interval { lo: -two_to(NO_FLOOR_BITS), hi: two_to(FLOOR_BITS) };
    let deficient = Interval { lo: int(0), hi: int(1) };
    let name = Interval { lo: int(2), hi: two_to(17) };
    let ranges = [(4, Some(level)), (5, Some(floor)), (8, Some(deficient)), (9, Some(name))];
    // Only claims that name a position have the last one.
    let ranges = ranges.into_iter().filter_map(|(row, range)| Some((variable(row)?, range?)));
    ranges.collect()
}

/// What the machine checks find: nothing, on a sound circuit.
pub fn findings(recorded: &Recorded) -> Vec<String> {
    findings_in_turn(recorded).collect()
}

/// [`findings`], one check after the other, the quickest first: who only asks whether there is one waits for no other.
pub fn findings_in_turn(recorded: &Recorded) -> impl Iterator<Item = String> + '_ {
    let checks: [fn(&Recorded) -> Vec<String>; 3] = [surviving_changes, free_cells, wrapping_gates];
    checks.into_iter().flat_map(|check| check(recorded))
}

fn surviving_changes(recorded: &Recorded) -> Vec<String> {
    let loose = recorded.loose();
    let survivors = mutation::survivors(recorded, Fp::from(0x5eed).square());
    let of = |s: &mutation::Survivor| recorded.variables()[s.variable].describe();
    let survivors = survivors.iter().filter(|s| !loose[s.variable]);
    survivors.map(|s| format!("change survives: {}", of(s))).collect()
}

fn free_cells(recorded: &Recorded) -> Vec<String> {
    let loose = recorded.loose();
    let free = determinism::undetermined(recorded, is_input).into_iter().filter(|v| !loose[*v]);
    free.map(|v| format!("not determined: {}", recorded.variables()[v].describe())).collect()
}

fn wrapping_gates(recorded: &Recorded) -> Vec<String> {
    let wrapping = wrapping::widths(recorded, &assumed(recorded)).wrapping;
    wrapping.into_iter().map(|name| format!("may wrap: {name}")).collect()
}
