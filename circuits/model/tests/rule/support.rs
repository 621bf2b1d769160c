//! A small market to change, and short words for big integers.

use num_bigint::{BigInt, BigUint};
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{
    Account, AssetTerms, Balance, Book, BracketRow, BracketedLinear, InstrumentTerms, LinearStep,
    Market, MarketTerms, Position, SettleGroup, Side, Variable,
};

/// An integer.
pub fn int(value: i64) -> BigInt {
    value.into()
}

/// `2^exponent`.
pub fn power(exponent: u32) -> BigInt {
    BigInt::from(1) << exponent
}

/// Rows of `(lo, hi, slope, intercept)`.
pub fn rows(rows: &[(i64, i64, i64, i64)]) -> Vec<BracketRow> {
    let row = |&(lo, hi, slope, intercept): &(i64, i64, i64, i64)| BracketRow {
        lo: lo.into(),
        hi: hi.into(),
        slope: slope.into(),
        intercept: intercept.into(),
    };
    rows.iter().map(row).collect()
}

/// A bracketed function.
pub fn function(variable: Variable, list: &[(i64, i64, i64, i64)]) -> BracketedLinear {
    BracketedLinear::new(variable, rows(list)).expect("rows tile")
}

/// A position.
pub fn position(instrument: u32, side: Side, size: u64, entry: i64) -> Position {
    Position {
        book: Book::Cross,
        instrument,
        side,
        size: BigUint::from(size),
        entry: entry.into(),
        own: 0,
    }
}

/// A balance.
pub fn balance(asset: u32, balance: i64) -> Balance {
    Balance { asset, balance: balance.into(), own: 0 }
}

/// An account.
pub fn account(positions: Vec<Position>, balances: Vec<Balance>) -> Account {
    Account::new(positions, balances).expect("account")
}

/// A claim.
pub fn claim(level_bps: u32, floor: u32) -> Claim {
    Claim::new(level_bps, floor.into()).expect("claim")
}

/// Three assets, of which 1 and 5 settle, and three instruments: 1 and 4 settle in asset 1 by
/// value and by quantity, 9 in asset 5 by value.
pub fn terms() -> MarketTerms {
    let asset = |id, index, variable, list| AssetTerms {
        id,
        index: int(index).into(),
        collateral: function(variable, list),
        rounding: None,
        elements: Default::default(),
    };
    let instrument = |id, group, price, tiers| InstrumentTerms {
        id,
        group,
        value: LinearStep::exact(int(price)),
        funding: int(0),
        pnl_rounding: None,
        requirement: LinearStep::exact(int(price + 1)),
        tiers,
        requirement_rounding: vec![],
        elements: Default::default(),
    };
    MarketTerms {
        assets: vec![
            asset(1, 3, Variable::Value, &[(-60_000, -1, 11, 0), (0, 60_000, 10, 0)]),
            asset(5, 7, Variable::Quantity, &[(-900, -1, 11, 0), (0, 9, 9, 0), (10, 900, 8, 9)]),
            asset(6, 2, Variable::Value, &[(-500, 500, 10, 0)]),
        ],
        groups: vec![
            SettleGroup { asset: 1, requirement_index: int(4) },
            SettleGroup { asset: 5, requirement_index: int(8) },
        ],
        tiers: vec![
            function(Variable::Value, &[(0, 99, 1, 0), (100, 50_000, 2, -100)]),
            function(Variable::Quantity, &[(0, 4, 3, 0), (5, 1_000, 5, -10)]),
        ],
        instruments: vec![
            instrument(1, 0, 100, 0),
            instrument(4, 0, 20, 1),
            instrument(9, 1, 5, 0),
        ],
        equality_is_healthy: true,
        no_requirement_is_healthy: false,
        conversion_rounding: None,
        isolated_unit: None,
        own_parameters: false,
        allocation_asset: None,
    }
}

/// The market of [`terms`].
pub fn market() -> Market {
    Market::new(terms()).expect("market")
}
