//! Lines of a unit's sum: their ends, and what they are while nothing is held. Accounts that have what pages do not commit to.

use crate::model_support::int;
use crate::support::{BLINDING, Case, mock};
use num_bigint::BigInt;
use zkmargin_circuit::halo2::{Field, Fp, PrimeField};
use zkmargin_circuit::portfolio::{PortfolioTables, UnprovableMarket};
use zkmargin_model::commitment::margin_commitment;
use zkmargin_model::field::to_field;
use zkmargin_model::portfolio::{
    Aggregate, Capacity, Column, ContractId, Group, Instrument, MarginError, Market, Multiplier,
    Role, Terms, Unit, margin, pages,
};
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, BracketRow, BracketedLinear, Orders,
    Position, Side, Variable,
};

fn row(lo: BigInt, hi: BigInt, slope: i64, intercept: i64) -> BracketRow {
    BracketRow { lo, hi, slope: int(slope), intercept: int(intercept) }
}

fn line(rows: Vec<BracketRow>) -> Aggregate {
    Aggregate::Bracketed(BracketedLinear::new(Variable::Value, rows).unwrap())
}

/// One instrument, which loses 3 in a scenario and has 5 in a column of each further role.
fn terms(roles: Vec<Role>) -> Terms {
    let one = BigInt::from(1);
    let end = &one << 100;
    let column = |role: Role| Column {
        name: String::new(),
        multiplier: Multiplier::Net,
        less_entry: false,
        role,
        slope: one.clone(),
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
    };
    let loadings = std::iter::once(int(3)).chain(roles.iter().map(|_| int(5))).collect();
    Terms {
        capacity: Capacity { positions: 16, size_bits: 40 },
        assets: vec![AssetTerms {
            id: 1,
            index: one.clone().into(),
            collateral: BracketedLinear::new(Variable::Value, vec![row(-&end, end, 1, 0)]).unwrap(),
            rounding: None,
            elements: AssetElements::default(),
        }],
        entry_unit: one.clone(),
        columns: std::iter::once(Role::Scenario).chain(roles).map(column).collect(),
        scans: Vec::new(),
        units: vec![Unit { id: 1, name: String::new(), factor: one.clone() }],
        groups: vec![Group {
            id: 1,
            unit: 1,
            name: String::new(),
            positive: one.clone(),
            negative: one.clone(),
            magnitudes: false,
            scans: Vec::new(),
        }],
        strikes: Vec::new(),
        instruments: vec![Instrument {
            id: 1,
            contract: ContractId::from_number(1),
            group: 1,
            strike: None,
            value: BigInt::ZERO,
            settles_in: 1,
            charge: BigInt::ZERO,
            loadings,
        }],
        scale: one.clone(),
        denominator: one,
        stresses: Vec::new(),
        equality_is_healthy: true,
    }
}

fn one_long() -> Vec<Position> {
    let size = 1u8.into();
    let (book, side, entry) = (Book::Cross, Side::Long, BigInt::ZERO);
    vec![Position { book, instrument: 1, side, size, entry, own: 0 }]
}

fn case(terms: Terms, positions: Vec<Position>, equity: i64) -> Case {
    let balance = Balance { asset: 1, balance: equity.into(), own: 0 };
    let market = Market::new(terms).unwrap();
    Case::new(&market, Account::new(positions, vec![balance]).unwrap(), 2)
}

fn modulus() -> BigInt {
    let most = (-Fp::ONE).to_repr();
    BigInt::from_bytes_le(num_bigint::Sign::Plus, &most) + 1
}

/// Rows past the field's modulus are, in the table, rows of small sums.
#[test]
fn a_row_past_the_modulus_holds_no_sum() {
    let (p, far): (BigInt, BigInt) = (modulus(), BigInt::from(1) << 120);
    let rows = vec![
        row(-&far, far.clone(), 1_000, 0),
        row(&far + 1, p.clone(), 0, 0),
        row(&p + 1, &p + 1_000, 0, 0),
    ];
    let case = case(terms(vec![Role::Added(line(rows))]), one_long(), 100);
    assert_eq!(case.figures().requirement, 5_003.into());
    assert!(!case.native());
    let mut witness = case.witness();
    let unit = &mut witness.pages[1].unit;
    (unit.lines[0].lo, unit.lines[0].hi) = (Fp::ONE, to_field(&1_000.into()));
    (unit.lines[0].slope, unit.requirement) = (Fp::ZERO, to_field(&3.into()));
    let mut public = case.public();
    public.margin = margin_commitment(&100.into(), &3.into(), BLINDING).element();
    let forged = mock(case.tables(), case.shape, witness, &public);
    assert!(forged.is_err(), "5,003 is required and 3 was proven");
}

/// Files give open ends of `2^189`.
#[test]
fn open_ends() {
    let end: BigInt = BigInt::from(1) << 189;
    let rows = vec![row(-&end, int(-1), 0, 0), row(int(0), end, 2, 1)];
    case(terms(vec![Role::Added(line(rows))]), one_long(), 50).assert_agrees();
}

/// A line need not be zero at zero, and nothing is required of an account of nothing.
fn constant(y: i64) -> Aggregate {
    let end: BigInt = BigInt::from(1) << 100;
    line(vec![row(-&end, end, 0, y)])
}

#[test]
fn nothing_is_required_of_nothing() {
    let owing = case(terms(vec![Role::Floor(constant(7))]), Vec::new(), 0);
    assert_eq!(owing.figures().requirement, BigInt::ZERO);
    assert_eq!(owing.mock(), Ok(()));
}

/// Where equality is not healthy, an account of nothing would exceed a requirement of less than nothing.
#[test]
fn no_less_than_nothing_is_required_of_nothing() {
    let end: BigInt = BigInt::from(1) << 100;
    let mut strict = terms(vec![Role::Added(constant(-5)), Role::Floor(constant(-5))]);
    strict.equality_is_healthy = false;
    let case = case(strict, Vec::new(), 0);
    assert!(!case.native());
    let figures = case.figures();
    assert_eq!((&figures.equity, &figures.requirement), (&int(0), &int(0)));
    let mut witness = case.witness();
    witness.pages[1].unit.requirement = to_field(&int(-5));
    for line in &mut witness.pages[1].unit.lines {
        (line.lo, line.hi) = (to_field(&-&end), to_field(&end));
        (line.slope, line.intercept) = (Fp::ZERO, to_field(&int(-5)));
    }
    let mut public = case.public();
    public.margin = margin_commitment(&int(0), &int(-5), BLINDING).element();
    assert!(mock(case.tables(), case.shape, witness, &public).is_err(), "0 > 0 was proven");
}

/// Pages commit to no orders: an account with them would have the commitment of the one without.
#[test]
fn open_orders_are_refused() {
    let market = Market::new(terms(Vec::new())).unwrap();
    let orders = Orders { bids: 1u8.into(), asks: 9u8.into(), count: 2 };
    let positions = one_long().into_iter().map(|p| (p, orders.clone())).collect();
    let with = Account::with_orders(positions, Vec::new()).unwrap();
    assert_eq!(pages(&with, market.terms()), Err(MarginError::OpenOrders));
    assert_eq!(margin(&with, &market), Err(MarginError::OpenOrders));
    let mut own = one_long();
    own[0].own = 1;
    let own = Account::new(own, Vec::new()).unwrap();
    assert_eq!(pages(&own, market.terms()), Err(MarginError::OwnParameters));
}

/// A sum that could be past the rows of its line's table is refused with the market.
#[test]
fn lines_of_sums_too_wide() {
    let of = |bits: u32| {
        let mut terms = terms(vec![Role::Added(constant(1))]);
        terms.capacity.size_bits = 63;
        terms.columns[1].slope = BigInt::from(1) << bits;
        PortfolioTables::new(&Market::new(terms).unwrap())
    };
    // 16 positions of 63 bits, loadings of 3 bits.
    assert!(of(63).is_ok());
    let refused = of(64).unwrap_err();
    assert!(matches!(refused, UnprovableMarket::Line { column: 1, bits: 134 }), "{refused}");
}
