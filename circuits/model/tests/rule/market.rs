//! The integer market: every width at its edge, every reference, and the rows of the circuit's
//! collateral tables.

use super::support::{function, int, market, power, rows, terms};
use num_bigint::BigInt;
use zkmargin_model::rule::{
    BracketRow, BracketedLinear, IndexPrices, LinearStep, Market, MarketError, MarketTerms,
    Rounding, SettleGroup, Variable,
};
use zkmargin_model::widths::{
    BRACKET_BITS, COLLATERAL_BITS, CONVERSION_BITS, NUMERATOR_BITS, REQUIREMENT_BITS, SLOPE_BITS,
};

/// What the small market says to a change of its terms.
fn changed(change: impl FnOnce(&mut MarketTerms)) -> Result<Market, MarketError> {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms)
}

fn good(change: impl FnOnce(&mut MarketTerms)) -> Market {
    changed(change).expect("market")
}

fn refused(change: impl FnOnce(&mut MarketTerms)) -> MarketError {
    changed(change).expect_err("refused")
}

fn row(lo: BigInt, hi: BigInt, slope: BigInt, intercept: BigInt) -> BracketRow {
    BracketRow { lo, hi, slope, intercept }
}

fn tiled(variable: Variable, rows: Vec<BracketRow>) -> BracketedLinear {
    BracketedLinear::new(variable, rows).expect("rows tile")
}

#[test]
fn terms_are_kept_and_found_by_id() {
    let market = market();
    assert_eq!(market.terms(), &terms());
    assert_eq!(market.asset(5), Some(&terms().assets[1]));
    assert_eq!(market.instrument(4), Some(&terms().instruments[1]));
    for absent in [0, 2, 7, 10] {
        assert_eq!((market.asset(absent), market.instrument(absent)), (None, None), "{absent}");
    }
    assert_eq!([1, 5, 6].map(|asset| market.settle_group_of(asset)), [Some(0), Some(1), None]);
}

#[test]
fn ids_ascend_in_sixteen_bits() {
    good(|t| t.assets[2].id = 65_535);
    good(|t| t.instruments[2].id = 65_535);
    for id in [0, 1, 4, 65_536] {
        let error = MarketError::Ids { list: "instrument", id };
        assert_eq!(refused(|t| t.instruments[2].id = id), error);
    }
    for id in [0, 1, 5, 65_536] {
        assert_eq!(refused(|t| t.assets[2].id = id), MarketError::Ids { list: "asset", id });
    }
    assert_eq!(
        refused(|t| t.assets[0].id = 0),
        MarketError::Ids { list: "asset", id: 0 },
        "the first id too"
    );
}

#[test]
fn settle_groups_are_sixteen_distinct_assets() {
    let with = |groups: &[u32]| {
        changed(|t| {
            let asset = t.assets[2].clone();
            t.assets.extend(
                (7..=21).map(|id| zkmargin_model::rule::AssetTerms { id, ..asset.clone() }),
            );
            let group = |&asset: &u32| SettleGroup { asset, requirement_index: int(1) };
            t.groups = groups.iter().map(group).collect();
        })
        .err()
    };
    let most: Vec<u32> = [1].into_iter().chain(5..20).collect();
    assert_eq!(with(&most), None);
    let more = [&most[..], &[20]].concat();
    assert_eq!(with(&more), Some(MarketError::SettleGroup { group: 16 }));
    assert_eq!(with(&[1, 5, 1]), Some(MarketError::SettleGroup { group: 2 }));
    assert_eq!(with(&[1, 5, 2]), Some(MarketError::SettleGroup { group: 2 }));
}

#[test]
fn prices_are_positive_and_fit() {
    let price = |list, id, what, bits| MarketError::Price { list, id, what, bits };
    let error = price("asset", 6, "index price", NUMERATOR_BITS);
    good(|t| t.assets[2].index = IndexPrices::from(power(NUMERATOR_BITS) - 1));
    for bad in [power(NUMERATOR_BITS), int(0), int(-1)] {
        assert_eq!(refused(|t| t.assets[2].index = bad.clone().into()), error);
    }
    let error = price("asset", 5, "requirement index", CONVERSION_BITS);
    good(|t| t.groups[1].requirement_index = power(CONVERSION_BITS) - 1);
    for bad in [power(CONVERSION_BITS), int(0), int(-1)] {
        assert_eq!(refused(|t| t.groups[1].requirement_index = bad), error);
    }
    let error = price("instrument", 9, "value numerator", NUMERATOR_BITS);
    for num in [power(NUMERATOR_BITS) - 1, -power(NUMERATOR_BITS) + 1, int(0)] {
        good(|t| t.instruments[2].value = LinearStep::exact(num));
    }
    for bad in [power(NUMERATOR_BITS), -power(NUMERATOR_BITS), power(NUMERATOR_BITS + 3)] {
        assert_eq!(refused(|t| t.instruments[2].value = LinearStep::exact(bad)), error);
    }
    let error = price("instrument", 9, "requirement numerator", NUMERATOR_BITS);
    good(|t| t.instruments[2].requirement = LinearStep::exact(power(NUMERATOR_BITS) - 1));
    for bad in [power(NUMERATOR_BITS), int(0), int(-1)] {
        assert_eq!(refused(|t| t.instruments[2].requirement = LinearStep::exact(bad)), error);
    }
    // Of a function of quantity, times the requirement index 4.
    let error = price("instrument", 4, "requirement conversion", CONVERSION_BITS);
    let most = power(CONVERSION_BITS - 2);
    good(|t| t.instruments[1].requirement = LinearStep::exact(&most - 1));
    assert_eq!(refused(|t| t.instruments[1].requirement = LinearStep::exact(most)), error);
}

#[test]
fn references_are_inside_their_lists() {
    let error = |what| MarketError::Reference { id: 9, what };
    assert_eq!(refused(|t| t.instruments[2].group = 2), error("settle group"));
    assert_eq!(refused(|t| t.instruments[2].tiers = 2), error("tier table"));
}

#[test]
fn collateral_slopes_fit() {
    let with = |slope: BigInt| {
        changed(|t| {
            let line = row(int(-500), int(500), slope, int(0));
            t.assets[2].collateral = tiled(Variable::Value, vec![line]);
        })
        .err()
    };
    let (list, what) = ("collateral", "slope");
    let error = MarketError::RowWidth { list, id: 6, row: 0, what, bits: SLOPE_BITS };
    assert_eq!(with(power(SLOPE_BITS) - 1), None);
    assert_eq!(with(int(0)), None);
    for bad in [power(SLOPE_BITS), power(SLOPE_BITS + 5), int(-1)] {
        assert_eq!(with(bad), Some(error.clone()));
    }
}

#[test]
fn collateral_values_fit_at_both_ends_of_a_row() {
    let with = |rows: Vec<BracketRow>| {
        changed(|t| {
            t.assets[2].index = int(1).into();
            t.assets[2].collateral = tiled(Variable::Quantity, rows);
        })
        .err()
    };
    let error = |row| {
        let (list, what) = ("collateral", "value");
        Some(MarketError::RowWidth { list, id: 6, row, what, bits: COLLATERAL_BITS })
    };
    let zero = || row(int(0), int(0), int(0), int(0));
    // At 2: 2^205 less one, and 2^205.
    let above = |intercept: BigInt| vec![zero(), row(int(1), int(2), int(1), intercept)];
    assert_eq!(with(above(power(COLLATERAL_BITS) - 3)), None);
    assert_eq!(with(above(power(COLLATERAL_BITS) - 2)), error(1));
    // At -2 the same below zero.
    let below = |intercept: BigInt| vec![row(int(-2), int(-1), int(1), intercept), zero()];
    assert_eq!(with(below(-power(COLLATERAL_BITS) + 3)), None);
    assert_eq!(with(below(-power(COLLATERAL_BITS) + 2)), error(0));
}

#[test]
fn no_balance_is_no_collateral() {
    let error = MarketError::CollateralAtZero { id: 6 };
    for intercept in [1, -1] {
        let moved = function(Variable::Value, &[(-500, 500, 10, intercept)]);
        assert_eq!(refused(|t| t.assets[2].collateral = moved), error);
    }
}

#[test]
fn tier_rows_fit() {
    let with = |rows: Vec<BracketRow>| changed(|t| t.tiers[0] = tiled(Variable::Value, rows)).err();
    let error = |row, what, bits| {
        Some(MarketError::RowWidth { list: "requirement", id: 0, row, what, bits })
    };
    let slope = |slope: BigInt| vec![row(int(0), int(99), slope, int(0))];
    assert_eq!(with(slope(power(SLOPE_BITS) - 1)), None);
    assert_eq!(with(slope(power(SLOPE_BITS))), error(0, "slope", SLOPE_BITS));
    assert_eq!(with(slope(power(SLOPE_BITS + 5))), error(0, "slope", SLOPE_BITS));
    let end =
        |hi: BigInt| vec![row(int(0), int(9), int(1), int(0)), row(int(10), hi, int(0), int(0))];
    assert_eq!(with(end(power(BRACKET_BITS) - 1)), None);
    assert_eq!(with(end(power(BRACKET_BITS))), error(1, "end", BRACKET_BITS));
    assert_eq!(with(end(power(BRACKET_BITS + 5))), error(1, "end", BRACKET_BITS));
}

#[test]
fn requirements_begin_at_zero_and_are_not_negative() {
    let with = |list: &[(i64, i64, i64, i64)]| {
        changed(|t| t.tiers[1] = function(Variable::Quantity, list)).err()
    };
    let error = |row| Some(MarketError::NegativeRequirement { table: 1, row });
    assert_eq!(with(&[(0, 9, 0, 0), (10, 19, 1, -10)]), None, "zero is not negative");
    assert_eq!(with(&[(-1, 9, 0, 5)]), error(0), "begins below zero");
    assert_eq!(with(&[(0, 9, 0, 0), (10, 19, 1, -11)]), error(1), "negative at its beginning");
    assert_eq!(with(&[(0, 9, 0, 0), (10, 19, -1, 18)]), error(1), "negative at its end");
    assert_eq!(with(&[(0, 9, -1, 8)]), error(0), "negative at the end of the first");
}

#[test]
fn requirements_fit_after_conversion() {
    // Instrument 1 converts with 4, instrument 9 with 8, both by the first table.
    let with = |intercept: BigInt| {
        changed(|t| {
            let last = row(int(1), int(9), int(1), intercept);
            t.tiers[0] = tiled(Variable::Value, vec![row(int(0), int(0), int(0), int(0)), last]);
        })
        .err()
    };
    let error = |id| {
        let (list, what) = ("requirement", "requirement");
        Some(MarketError::RowWidth { list, id, row: 1, what, bits: REQUIREMENT_BITS })
    };
    assert_eq!(with(power(REQUIREMENT_BITS - 3) - 10), None);
    assert_eq!(with(power(REQUIREMENT_BITS - 3) - 9), error(9));
    assert_eq!(with(power(REQUIREMENT_BITS - 2) - 10), error(9));
    assert_eq!(with(power(REQUIREMENT_BITS - 2) - 9), error(1));
    assert_eq!(with(power(REQUIREMENT_BITS)), error(1));
}

#[test]
fn collateral_of_a_balance() {
    let market = market();
    let value = |asset: u32, v: i64| market.asset(asset).expect("listed").value_of(&int(v));
    // By value at price 3: 11 below zero, 10 above.
    assert_eq!([-5, 0, 5].map(|v| value(1, v)), [-165, 0, 150].map(|v| Some(int(v))));
    assert_eq!([20_000, 20_001].map(|v| value(1, v)), [Some(int(600_000)), None]);
    // By quantity at price 7: 11, 9, then 8 and 9 more.
    assert_eq!([-2, 2, 20].map(|v| value(5, v)), [-154, 126, 1183].map(|v| Some(int(v))));
    assert_eq!([900, 901].map(|v| value(5, v).is_some()), [true, false]);
    let rounded = good(|t| {
        t.assets[0].rounding = LinearStep::rounded(int(1), int(100), Rounding::Floor, int(100));
    });
    assert_eq!(rounded.asset(1).expect("listed").value_of(&int(5)), Some(int(100)));
}

#[test]
fn rows_by_balance_are_in_margin_units() {
    let market = market();
    let by_value = market.asset(1).expect("listed").rows_by_balance();
    assert_eq!(by_value, rows(&[(-20_000, -1, 33, 0), (0, 20_000, 30, 0)]));
    let by_quantity = market.asset(5).expect("listed").rows_by_balance();
    assert_eq!(by_quantity, rows(&[(-900, -1, 77, 0), (0, 9, 63, 0), (10, 900, 56, 63)]));
}

#[test]
fn rows_by_balance_drop_rows_between_integers() {
    let market = good(|t| {
        let list = [(-4, -4, 5, -2), (-3, 0, 10, 0), (1, 2, 10, 1), (3, 10, 10, 2)];
        t.assets[0].collateral = function(Variable::Value, &list);
    });
    let asset = market.asset(1).expect("listed");
    // Balances -1, 0 are in the second row and 1 to 3 in the last; none is in the others.
    assert_eq!(asset.rows_by_balance(), rows(&[(-1, 0, 30, 0), (1, 3, 30, 2)]));
    for (v, value) in [(-1, -30), (0, 0), (1, 32), (3, 92)] {
        assert_eq!(asset.value_of(&int(v)), Some(int(value)));
    }
}

#[test]
fn rows_by_balance_end_at_the_width_of_a_balance() {
    for variable in [Variable::Value, Variable::Quantity] {
        let market = good(|t| {
            let line = row(-power(140), power(140), int(1), int(0));
            t.assets[2].index = int(1).into();
            t.assets[2].collateral = tiled(variable, vec![line]);
        });
        let ends = row(-power(BRACKET_BITS), power(BRACKET_BITS) - 1, int(1), int(0));
        assert_eq!(market.asset(6).expect("listed").rows_by_balance(), [ends]);
    }
}
