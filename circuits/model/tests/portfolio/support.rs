//! A small market with every part of the rule, and accounts in it.

use num_bigint::{BigInt, BigUint};
use num_traits::{One, Zero};
use zkmargin_model::portfolio::{
    Aggregate, Capacity, Column, ContractId, Group, Instrument, Market, Multiplier, Role, Stress,
    Strike, TermOf, Terms, Unit,
};
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, BracketRow, BracketedLinear, Position, Side,
    Variable,
};

/// An integer.
pub fn int(value: i64) -> BigInt {
    value.into()
}

/// Columns by their index.
pub const DOWN: usize = 0;
pub const SKEW: usize = 1;
pub const BASIS: usize = 2;
pub const GROSS: usize = 3;
pub const MARK: usize = 4;
pub const MINIMUM: usize = 5;
pub const OFFSET: usize = 6;

fn column(name: &str, multiplier: Multiplier, role: Role, slope: i64) -> Column {
    Column {
        name: name.to_owned(),
        multiplier,
        less_entry: false,
        role,
        slope: slope.into(),
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
    }
}

fn columns() -> Vec<Column> {
    let less_mark = |multiplier: i64| vec![TermOf { column: MARK, multiplier: multiplier.into() }];
    let scenario = |name| Column {
        sloped: true,
        terms: less_mark(100),
        ..column(name, Multiplier::Net, Role::Scenario, -1)
    };
    let basis = column("basis", Multiplier::Net, Role::GroupScan(0), -1);
    vec![
        scenario("down"),
        Column { magnitude: true, ..scenario("skew") },
        Column { terms: less_mark(1), ..basis },
        column("gross", Multiplier::Gross, Role::Added(Aggregate::Identity), 1),
        column("mark", Multiplier::Net, Role::Term, 0),
        column("minimum", Multiplier::Short, Role::Floor(Aggregate::Identity), 1),
        column("offset", Multiplier::Net, Role::Added(Aggregate::Magnitude(int(-1))), 1),
    ]
}

fn group(id: u32, unit: u32, slopes: [i64; 2], magnitudes: bool, basis: i64) -> Group {
    let [positive, negative] = slopes.map(BigInt::from);
    let (name, scans) = (format!("group {id}"), vec![basis.into()]);
    Group { id, unit, name, positive, negative, magnitudes, scans }
}

fn instrument(
    id: u32,
    group: u32,
    strike: Option<u32>,
    value: i64,
    loadings: [i64; 7],
) -> Instrument {
    Instrument {
        id,
        contract: ContractId::from_number(u64::from(id) << 40),
        group,
        strike,
        value: value.into(),
        settles_in: 1,
        charge: BigInt::zero(),
        loadings: loadings.map(BigInt::from).to_vec(),
    }
}

/// One hundred loss units are a margin unit, and requirements are in fifths of a loss unit. Unit 1 has a market without
/// slopes and two expiries, unit 2 a market.
pub fn terms() -> Terms {
    let mut perpetual = instrument(10, 1, None, 1_000, [-200, 150, 0, 5, 0, 0, 0]);
    perpetual.charge = int(3);
    let mut other = instrument(40, 4, None, 0, [8, -6, 0, 1, 0, 0, 0]);
    other.charge = int(1);
    let end = BigInt::one() << 100;
    let row = BracketRow { lo: -&end, hi: end, slope: BigInt::one(), intercept: BigInt::zero() };
    let unit = |id, factor: i64| Unit { id, name: format!("unit {id}"), factor: factor.into() };
    let strike = |id, rate: i64| Strike { id, rate: rate.into() };
    Terms {
        capacity: Capacity { positions: 8, size_bits: 20 },
        assets: vec![AssetTerms {
            id: 1,
            index: BigInt::one().into(),
            collateral: BracketedLinear::new(Variable::Value, vec![row]).expect("one row"),
            rounding: None,
            elements: AssetElements::default(),
        }],
        entry_unit: BigInt::one(),
        columns: columns(),
        scans: vec!["basis".to_owned()],
        units: vec![unit(1, 4), unit(2, 5)],
        groups: vec![
            group(1, 1, [100, 100], false, 0),
            group(2, 1, [95, 104], true, 50),
            group(3, 1, [95, 104], true, 50),
            group(4, 2, [100, 100], false, 0),
        ],
        strikes: vec![strike(1, 11), strike(2, 11), strike(3, 11)],
        instruments: vec![
            perpetual,
            instrument(20, 2, Some(1), 50, [30, 60, 20, 0, 50, 7, 2]),
            instrument(21, 2, Some(1), 40, [90, 35, 10, 0, 40, 7, -2]),
            instrument(22, 2, Some(2), 45, [10, 20, 30, 0, 45, 7, 1]),
            instrument(30, 3, Some(3), 20, [10, 70, 12, 0, 20, 0, 1]),
            other,
        ],
        scale: int(100),
        denominator: int(5),
        stresses: vec![
            Stress { name: "down".to_owned(), columns: vec![DOWN] },
            Stress { name: "skew".to_owned(), columns: vec![SKEW] },
        ],
        equality_is_healthy: true,
    }
}

/// The market of [`terms`] after a change.
pub fn market(change: impl FnOnce(&mut Terms)) -> Market {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms).unwrap_or_else(|e| panic!("{e}"))
}

/// A position of a signed size.
pub fn position(instrument: u32, size: i64, entry: i64) -> Position {
    Position {
        book: Book::Cross,
        instrument,
        side: if size < 0 { Side::Short } else { Side::Long },
        size: BigUint::from(size.unsigned_abs()),
        entry: entry.into(),
        own: 0,
    }
}

/// An account with positions of these signed sizes, without entries.
pub fn account(balance: i64, sizes: &[(u32, i64)]) -> Account {
    let positions = sizes.iter().map(|(instrument, size)| position(*instrument, *size, 0));
    with(balance, positions.collect())
}

/// An account with these positions.
pub fn with(balance: i64, positions: Vec<Position>) -> Account {
    let cash = Balance { asset: 1, balance: balance.into(), own: 0 };
    Account::new(positions, vec![cash]).expect("an account")
}
