//! Two index prices: the bid values what an account has, the ask what it owes.

use super::fractions::{Draw, Drawn, fraction, round};
use super::support::{account, balance, function, int, position, power, rows, terms};
use num_bigint::BigInt;
use zkmargin_model::rule::{
    AssetTerms, BracketRow, BracketedLinear, IndexPrices, Lines, Market, MarketError, MarketTerms,
    Rounding, RuleError, Side, Variable, bias, margin,
};
use zkmargin_model::widths::{COLLATERAL_BITS, NUMERATOR_BITS};

fn prices(bid: i64, ask: i64) -> IndexPrices {
    IndexPrices { bid: int(bid), ask: int(ask) }
}

fn changed(change: impl FnOnce(&mut MarketTerms)) -> Result<Market, MarketError> {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms)
}

/// Asset 6 with this collateral function at these prices.
fn market(variable: Variable, list: &[(i64, i64, i64, i64)], index: IndexPrices) -> Market {
    let market = changed(|t| {
        t.assets[2].collateral = function(variable, list);
        t.assets[2].index = index;
    });
    market.expect("market")
}

fn asset(market: &Market) -> &AssetTerms {
    market.asset(6).expect("listed")
}

#[test]
fn the_sign_of_the_balance_picks_the_price() {
    let held = |variable, v| {
        let market = market(variable, &[(-500, 500, 10, 0)], prices(2, 3));
        margin(&account(vec![], vec![balance(6, v)]), &market).expect("inside").equity
    };
    for variable in [Variable::Value, Variable::Quantity] {
        assert_eq!([-2, -1, 0, 1, 2].map(|v| held(variable, v)), [-60, -30, 0, 20, 40].map(int));
    }
}

/// The sign is that of the balance with profit and loss, not of the balance alone.
#[test]
fn profit_turns_a_debt_into_a_deposit() {
    let market = changed(|t| {
        t.assets[0].collateral = function(Variable::Value, &[(-60_000, 60_000, 10, 0)]);
        t.assets[0].index = prices(3, 5);
    });
    let market = market.expect("market");
    // A value of 100 a size.
    let equity = |held, entry| {
        let held = account(vec![position(1, Side::Long, 1, entry)], vec![balance(1, held)]);
        margin(&held, &market).expect("inside").equity
    };
    assert_eq!(equity(-10, 0), int(90 * 30));
    assert_eq!(equity(-100, 0), int(0));
    assert_eq!(equity(-101, 0), int(-50));
    assert_eq!(equity(10, 120), int(-10 * 50));
}

#[test]
fn rows_are_cut_at_zero_where_prices_differ() {
    let (list, longer) = ([(-500, 500, 10, 0)], [(-500, -301, 11, 9), (-300, 500, 10, 0)]);
    let of = |variable, list, index| asset(&market(variable, list, index)).rows_by_balance();
    let same = of(Variable::Value, &list, prices(3, 3));
    assert_eq!(same, rows(&[(-166, 166, 30, 0)]));
    let cut = of(Variable::Value, &list, prices(3, 7));
    assert_eq!(cut, rows(&[(-71, -1, 70, 0), (0, 166, 30, 0)]));
    let cut = of(Variable::Value, &longer, prices(3, 7));
    // -301 is -43 times 7.
    assert_eq!(cut, rows(&[(-71, -43, 77, 9), (-42, -1, 70, 0), (0, 166, 30, 0)]));
    let cut = of(Variable::Quantity, &longer, prices(3, 7));
    assert_eq!(cut, rows(&[(-500, -301, 77, 63), (-300, -1, 70, 0), (0, 500, 30, 0)]));
}

#[test]
fn both_prices_are_positive_and_fit() {
    let (list, what) = ("asset", "index price");
    let error = MarketError::Price { list, id: 6, what, bits: NUMERATOR_BITS };
    for bad in [power(NUMERATOR_BITS), int(0), int(-1)] {
        let bid = IndexPrices { bid: bad.clone(), ask: int(1) };
        let ask = IndexPrices { bid: int(1), ask: bad };
        for index in [bid, ask] {
            assert_eq!(changed(|t| t.assets[2].index = index).err(), Some(error.clone()));
        }
    }
}

/// The value of the last debt is in its width at the ask, that of the last deposit at the bid.
#[test]
fn values_fit_at_each_price() {
    let with = |lo: BigInt, hi: BigInt, index| {
        let line = BracketRow { lo, hi, slope: power(10), intercept: int(0) };
        changed(|t| {
            let made = BracketedLinear::new(Variable::Quantity, vec![line]);
            t.assets[2].collateral = made.expect("rows");
            t.assets[2].index = index;
        })
        .err()
    };
    let wide = || power(NUMERATOR_BITS - 1);
    let most = power(COLLATERAL_BITS - NUMERATOR_BITS + 1 - 10);
    let high_ask = || IndexPrices { bid: int(1), ask: wide() };
    let high_bid = || IndexPrices { bid: wide(), ask: int(1) };
    assert_eq!(with(-&most + 1, most.clone(), high_ask()), None);
    assert_eq!(with(-&most, most.clone() - 1, high_bid()), None);
    let error = |row| {
        let (list, what) = ("collateral", "value");
        Some(MarketError::RowWidth { list, id: 6, row, what, bits: COLLATERAL_BITS })
    };
    assert_eq!(with(-&most, most.clone(), high_ask()), error(0));
    assert_eq!(with(-&most, most, high_bid()), error(1));
}

/// Rows that tile and give zero at zero, two prices, and a rounding or none.
struct Case {
    variable: Variable,
    rows: Vec<(i64, i64, i64, i64)>,
    bid: i64,
    ask: i64,
    rounding: Option<Drawn>,
}

impl Case {
    fn drawn(draw: &mut Draw) -> Self {
        let mut ends: Vec<i64> = (0..draw.between(2, 6)).map(|_| draw.scaled(2_000)).collect();
        ends.extend([-draw.between(1, 3_000), draw.between(1, 3_000)]);
        ends.sort_unstable();
        ends.dedup();
        let row = |ends: &[i64]| {
            let (lo, hi) = (ends[0], ends[1] - 1);
            let jump = if lo <= 0 && hi >= 0 { 0 } else { draw.between(-40, 40) };
            (lo, hi, draw.between(0, 12), jump)
        };
        let rows = ends.windows(2).map(row).collect();
        let ask = draw.between(1, 9);
        Self {
            variable: draw.pick(&[Variable::Value, Variable::Quantity]),
            rows,
            bid: if draw.one_in(4) { ask } else { draw.between(1, 9) },
            ask,
            rounding: draw.one_in(2).then(|| Drawn {
                num: draw.between(1, 12),
                scale: 3,
                ..draw.step()
            }),
        }
    }

    /// By the definitions; `None` beyond the rows.
    fn value(&self, v: i64) -> Option<BigInt> {
        let price = if v < 0 { self.ask } else { self.bid };
        let (x, factor) = match self.variable {
            Variable::Value => (v * price, 1),
            Variable::Quantity => (v, price),
        };
        let &(_, _, slope, jump) = self.rows.iter().find(|r| r.0 <= x && x <= r.1)?;
        let exact = (slope * x + jump) * factor;
        Some(match self.rounding {
            Some(Drawn { num, den, mode, scale }) => {
                round(mode, &fraction(int(exact) * num, den)) * scale
            }
            None => int(exact),
        })
    }

    fn market(&self) -> Market {
        let market = changed(|t| {
            t.assets[2].collateral = function(self.variable, &self.rows);
            t.assets[2].index = prices(self.bid, self.ask);
            // Of all assets, so that they have one unit.
            let exact = Drawn { num: 1, den: 1, mode: Rounding::Floor, scale: 3 };
            if self.rounding.is_some() {
                for asset in &mut t.assets {
                    asset.rounding = Some(exact.step());
                }
                t.assets[2].rounding = self.rounding.map(Drawn::step);
            }
        });
        market.expect("market")
    }

    /// Around zero and, at either price, around the ends of rows; and others.
    fn balances(&self, draw: &mut Draw) -> Vec<i64> {
        let ends = self.rows.iter().flat_map(|r| [r.0, r.1]);
        let near = ends.flat_map(|x| [x, x.div_euclid(self.bid), x.div_euclid(self.ask)]);
        let near = near.chain([0]).flat_map(|v| v - 2..=v + 2);
        near.chain((0..20).map(|_| draw.scaled(4_000))).collect()
    }
}

/// The rule and the circuit's rows, exact and rounded.
#[test]
fn any_two_prices_are_the_definitions() {
    let (mut inside, mut rounded) = (0, 0);
    for seed in 0..3_000 {
        let draw = &mut Draw::new(seed);
        let case = Case::drawn(draw);
        let market = case.market();
        let lines = market.lines().ok().and_then(Lines::plain).expect("of a plain profile");
        let table = lines.collateral.get(2).map(|of| &of.table);
        let rows = asset(&market).rows_by_balance();
        for v in case.balances(draw) {
            let expected = case.value(v);
            let made = margin(&account(vec![], vec![balance(6, v)]), &market);
            let beyond = RuleError::BeyondCollateral { asset: 6 };
            let equity = made.map(|margin| margin.equity);
            assert_eq!(equity, expected.clone().ok_or(beyond), "seed {seed}, {v}");
            let v = &int(v);
            let proven: Vec<BigInt> = match table {
                None => rows.iter().filter(|r| r.lo <= *v && *v <= r.hi).map(|r| r.at(v)).collect(),
                Some(table) => {
                    rounded += 1;
                    let rows = table.rows.iter().filter(|r| r.lo <= *v && *v <= r.hi);
                    // Division by the definition of the lines: toward minus infinity.
                    let floor = Rounding::Floor;
                    let quotient = |x: BigInt| round(floor, &fraction(x, table.d.clone())) - bias();
                    rows.map(|r| quotient(&r.a * v + &r.b) * &lines.collateral_scale).collect()
                }
            };
            assert_eq!(proven, Vec::from_iter(expected), "seed {seed}, {v}");
            inside += proven.len();
        }
    }
    assert!(inside > 100_000 && rounded > 50_000, "{inside}, {rounded}");
}
