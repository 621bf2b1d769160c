//! Random accounts of Mango v4 against its formulas: products of figures with 48 binary digits after the point, each
//! floored, with weight and price by side.

use crate::fractions::{Draw, fraction, round};
use crate::support::{account, int, power, rows};
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero};
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{
    AssetElements, AssetTerms, Balance, Book, BracketedLinear, InstrumentElements, InstrumentTerms,
    LinearStep, Market, MarketTerms, Position, Rounding, SettleGroup, ShortTerms, Side, SignedStep,
    Variable, margin,
};

/// `floor(a b / 2^48)`.
fn product(a: &BigInt, b: &BigInt) -> BigInt {
    round(Rounding::Floor, &fraction(a * b, power(48)))
}

fn times(factor: BigInt) -> LinearStep {
    LinearStep::rounded(factor, power(48), Rounding::Floor, int(1)).expect("positive")
}

/// Weights and prices of what is owned and of what is owed, and a balance.
struct Token {
    weights: [BigInt; 2],
    prices: [BigInt; 2],
    balance: BigInt,
}

struct Perpetual {
    settle: usize,
    lot: i64,
    weights: [BigInt; 2],
    prices: [BigInt; 2],
    profit_weight: BigInt,
    lots: i64,
    quote: BigInt,
}

struct Case {
    tokens: Vec<Token>,
    perpetuals: Vec<Perpetual>,
}

impl Case {
    fn drawn(draw: &mut Draw) -> Self {
        // Up to so many halves, with all 48 digits.
        let figure = |draw: &mut Draw, halves: i64| int(draw.between(1, halves << 47));
        let prices = |draw: &mut Draw| {
            let mut prices = [figure(draw, 100), figure(draw, 100)];
            prices.sort();
            prices
        };
        let wide = |draw: &mut Draw, bits| int(draw.scaled(i64::MAX)) * power(bits);
        let tokens = (0..3).map(|_| Token {
            weights: [figure(draw, 2), power(48) + figure(draw, 2)],
            prices: prices(draw),
            balance: wide(draw, 20) + draw.between(0, 1 << 20),
        });
        let tokens = tokens.collect();
        let perpetuals = (0..3).map(|_| Perpetual {
            settle: draw.between(0, 2) as usize,
            lot: draw.between(1, 1_000),
            weights: [figure(draw, 2), power(48) + figure(draw, 2)],
            prices: prices(draw),
            profit_weight: figure(draw, 2),
            lots: draw.between(1, 1_000_000) * draw.pick(&[-1, 1]),
            quote: wide(draw, 16) + draw.between(0, 1 << 16),
        });
        Self { tokens, perpetuals: perpetuals.collect() }
    }

    fn health(&self) -> BigInt {
        let mut held: Vec<_> = self.tokens.iter().map(|t| t.balance.clone()).collect();
        for p in &self.perpetuals {
            let short = usize::from(p.lots < 0);
            let base = int(p.lots) * p.lot * &p.weights[short];
            let unweighted = product(&base, &p.prices[short]) + &p.quote;
            held[p.settle] += match unweighted.is_positive() {
                true => product(&unweighted, &p.profit_weight),
                false => unweighted,
            };
        }
        let health = self.tokens.iter().zip(held).map(|(t, held)| {
            let owed = usize::from(held.is_negative());
            product(&held, &product(&t.weights[owed], &t.prices[owed]))
        });
        health.sum()
    }

    fn market(&self) -> Market {
        let assets = (1..).zip(&self.tokens).map(|(id, t)| {
            let price = |at: usize| times(product(&t.weights[at], &t.prices[at]));
            let value = SignedStep::new(price(0), price(1)).into_iter().collect();
            let far = power(133);
            let mut all = rows(&[(0, 0, 1, 0)]);
            (all[0].lo, all[0].hi) = (-far.clone(), far);
            AssetTerms {
                id,
                index: int(1).into(),
                collateral: BracketedLinear::new(Variable::Value, all).expect("rows"),
                rounding: None,
                elements: AssetElements { value, ..AssetElements::default() },
            }
        });
        let instruments = (1..).zip(&self.perpetuals).map(|(id, p)| {
            let value = |at: usize| times(&p.weights[at] * &p.prices[at] * p.lot);
            let one = || LinearStep::exact(int(1));
            let result = SignedStep::new(times(p.profit_weight.clone()), one());
            InstrumentTerms {
                id,
                group: p.settle,
                value: value(0),
                funding: int(0),
                pnl_rounding: None,
                requirement: one(),
                tiers: 0,
                requirement_rounding: vec![],
                elements: InstrumentElements {
                    short: Some(ShortTerms { value: value(1), requirement: one() }),
                    result: result.into_iter().collect(),
                    ..InstrumentElements::default()
                },
            }
        });
        let nothing = rows(&[(0, 1 << 40, 0, 0)]);
        let group = |asset| SettleGroup { asset, requirement_index: int(1) };
        Market::new(MarketTerms {
            assets: assets.collect(),
            groups: [1, 2, 3].map(group).into(),
            tiers: vec![BracketedLinear::new(Variable::Quantity, nothing).expect("rows")],
            instruments: instruments.collect(),
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            conversion_rounding: None,
            isolated_unit: None,
            own_parameters: false,
            allocation_asset: None,
        })
        .expect("market")
    }
}

#[test]
fn random_accounts() {
    let (mut healthy, mut profits) = (0, 0);
    for seed in 0..4_000 {
        let case = Case::drawn(&mut Draw::new(seed));
        let positions = (1..).zip(&case.perpetuals).map(|(instrument, p)| Position {
            book: Book::Cross,
            instrument,
            side: if p.lots < 0 { Side::Short } else { Side::Long },
            size: BigUint::from(p.lots.unsigned_abs()),
            entry: -&p.quote,
            own: 0,
        });
        let balances = (1..).zip(&case.tokens).map(|(asset, t)| Balance {
            asset,
            balance: t.balance.clone(),
            own: 0,
        });
        let held = account(positions.collect(), balances.collect());
        let market = case.market();
        let made = margin(&held, &market).expect("figures");
        let health = case.health();
        assert_eq!((&made.equity, &made.maintenance), (&health, &BigInt::zero()), "seed {seed}");
        let claim = Claim::new(10_000, 0u8.into()).expect("claim");
        assert_eq!(made.meets(&claim, &market), !health.is_negative(), "seed {seed}");
        healthy += usize::from(!health.is_negative());
        profits += made.positions.iter().filter(|p| p.pnl.is_positive()).count();
    }
    assert!((500..3_500).contains(&healthy) && (2_000..10_000).contains(&profits));
}
