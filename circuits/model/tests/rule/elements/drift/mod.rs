//! Random accounts of Drift v2 against its formulas, written as fractions: balances with interest, two prices, weights,
//! results by sign with a cap, ratios with the root of the size, own ratios, the liquidation buffer and open orders.

mod terms;

use crate::fractions::{Draw, fraction, root, round};
use crate::support::{account, int, position};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use zkmargin_model::rule::Rounding::{Floor, Truncate};
use zkmargin_model::rule::{Account, Balance, Orders, Position, Side, margin};

const FAR: i64 = 1 << 60;
const CAP: i64 = 100_000_000;

/// Terms of one spot market for one requirement, and a balance.
struct Spot {
    decimals: u32,
    interest: [i64; 2],
    prices: [i64; 2],
    weights: [i64; 2],
    factor: i64,
    reads_own: bool,
    balance: i64,
}

/// Terms of one perpetual for one requirement, and a position.
struct Perpetual {
    price: i64,
    pays_to_one: bool,
    ratio: i64,
    factor: i64,
    profit_weight: i64,
    size: i64,
    quote: i64,
    own: u32,
    orders: [u64; 2],
    order_count: u32,
}

struct Case {
    has_orders: bool,
    spots: Vec<Spot>,
    perpetuals: Vec<Perpetual>,
    is_initial: bool,
    buffer: i64,
    own: u32,
    least: i64,
}

impl Spot {
    /// The weight of a deposit or a debt whose size has this root.
    fn weight(&self, is_debt: bool, root: &BigInt) -> BigInt {
        let weight = int(self.weights[usize::from(is_debt)]);
        if self.factor == 0 {
            return weight;
        }
        let share = |den: i64| round(Floor, &fraction(root * self.factor, den));
        if is_debt {
            let four_fifths = int(self.weights[1] - self.weights[1] / 5);
            return weight.max(four_fifths + share(10_000_000));
        }
        weight.min(round(Floor, &fraction(11_000_000_000i64, share(100_000) + 1_000_000)))
    }
}

impl Case {
    fn drawn(draw: &mut Draw) -> Self {
        let is_initial = draw.one_in(2);
        let strict = draw.one_in(2);
        let own = draw.pick(&[0, 0, 2_000, 20_000]);
        let spots = (0..3).map(|at| {
            let oracle = draw.between(1, 1_000_000_000);
            let other = if strict { draw.between(1, 1_000_000_000) } else { oracle };
            let weighted = [draw.between(0, 10_000), draw.between(10_000, 15_000)];
            Spot {
                decimals: [6, 9, 6][at],
                interest: [
                    draw.between(1, 3) * 10_000_000_007,
                    draw.between(10_000_000_000, 30_000_000_000),
                ],
                prices: [oracle.min(other), oracle.max(other)],
                weights: if at == 0 { [10_000, 10_000] } else { weighted },
                factor: if at == 0 { 0 } else { draw.pick(&[0, 50, 10_000, 400_000]) },
                reads_own: at != 0 && is_initial,
                balance: draw.scaled(100_000_000_000_000),
            }
        });
        let spots = spots.collect();
        let has_orders = draw.one_in(2);
        let ordered = |draw: &mut Draw| match has_orders && draw.one_in(2) {
            true => draw.between(0, 1_000_000_000_000).unsigned_abs(),
            false => 0,
        };
        let perpetuals = (0..3).map(|_| Perpetual {
            orders: [ordered(draw), ordered(draw)],
            order_count: if has_orders { draw.between(0, 32) as u32 } else { 0 },
            price: draw.between(1, 999_999),
            pays_to_one: draw.one_in(2),
            ratio: draw.between(1, 3_000),
            factor: draw.pick(&[0, 50, 500, 70_000]),
            profit_weight: draw.pick(&[0, 5_555, 9_999, 10_000]),
            size: match has_orders && draw.one_in(4) {
                true => 0,
                false => draw.between(1, 1_000_000_000_000) * draw.pick(&[-1, 1]),
            },
            quote: draw.scaled(1_000_000_000),
            own: draw.pick(&[0, 15_000]).max(own),
        });
        let perpetuals = perpetuals.collect();
        let buffer = draw.pick(&[0, 0, 137]);
        let least = draw.pick(&[0, 0, 2_500]);
        Self { has_orders, spots, perpetuals, is_initial, buffer, own, least }
    }

    /// Total collateral and margin requirement.
    fn figures(&self) -> (BigInt, BigInt) {
        let (mut total, mut required) = (int(0), int(0));
        for spot in &self.spots {
            let unit = int(10).pow(19 - spot.decimals);
            let held = int(spot.balance) * spot.interest[usize::from(spot.balance < 0)];
            let tokens = round(Floor, &fraction(held, unit));
            let is_debt = tokens.is_negative();
            let price = spot.prices[usize::from(is_debt)];
            let value = round(Floor, &fraction(&tokens * price, int(10).pow(spot.decimals)));
            let own = if spot.reads_own { i64::from(self.own) } else { 0 };
            let size = tokens.abs() * int(10).pow(9 - spot.decimals);
            let weight = spot.weight(is_debt, &root(&(size * 10 + 1)));
            let weight = match (is_debt, own) {
                (_, 0) => weight,
                (false, own) => weight.min(int((10_000 - own).max(0))),
                (true, own) => weight.max(int(10_000 + own)),
            };
            let weighted = round(Truncate, &fraction(&value * weight, 10_000));
            if is_debt {
                required += -weighted + round(Floor, &fraction(-value * self.buffer, 10_000));
            } else {
                total += weighted;
            }
        }
        let quote = self.spots[0].prices;
        for p in &self.perpetuals {
            let pnl = round(Truncate, &fraction(int(p.size) * p.price, 1_000_000_000)) + p.quote;
            let is_loss = pnl.is_negative();
            let weight = if is_loss { 10_000 + self.buffer } else { p.profit_weight };
            let weighted = round(Truncate, &fraction(pnl * weight, 10_000));
            let quoted = weighted * quote[usize::from(is_loss)];
            let result = round(Truncate, &fraction(quoted, 1_000_000));
            total += if self.is_initial { result.min(int(CAP)) } else { result };

            let [bids, asks] = p.orders.map(|size| size as i64);
            let liability = |size: i64| {
                let price = if p.pays_to_one && size < 0 { 1_000_000 - p.price } else { p.price };
                round(Floor, &fraction(int(size.abs()) * price, 1_000_000_000))
            };
            let (bought, sold) = (p.size + bids, p.size - asks);
            let worst = if liability(sold) >= liability(bought) { sold } else { bought };
            let (base, size) = (liability(worst), int(worst.abs()));
            let notional = round(Floor, &fraction(base * quote[1], 1_000_000));
            let premium = root(&(size * 10 + 1)) * p.factor;
            let premium = round(Floor, &fraction(premium, 10_000_000));
            let mut ratio = int(p.ratio);
            if p.factor != 0 {
                ratio = ratio.max(int(p.ratio - p.ratio / 5) + premium);
            }
            ratio = ratio.max(int(self.least));
            if self.is_initial {
                ratio = ratio.max(p.own.into());
            }
            required += round(Floor, &fraction(&notional * ratio, 10_000));
            required += round(Floor, &fraction(notional * self.buffer, 10_000));
            required += 10_000 * p.order_count;
        }
        (total, required)
    }
}

#[test]
fn random_accounts() {
    let (mut premiums, mut caps) = (0, 0);
    for seed in 0..4_000 {
        let case = Case::drawn(&mut Draw::new(seed));
        let positions = (1..).zip(&case.perpetuals).map(|(id, p)| {
            let side = if p.size < 0 { Side::Short } else { Side::Long };
            let [bids, asks] = p.orders.map(Into::into);
            let held =
                Position { own: p.own, ..position(id, side, p.size.unsigned_abs(), -p.quote) };
            (held, Orders { bids, asks, count: p.order_count })
        });
        let mut balances: Vec<_> = (1..)
            .zip(&case.spots)
            .map(|(asset, spot)| Balance { asset, balance: int(spot.balance), own: case.own })
            .collect();
        balances.push(Balance { asset: 4, balance: BigInt::zero(), own: case.own });
        let account = match case.has_orders {
            true => Account::with_orders(positions.collect(), balances).expect("account"),
            false => account(positions.map(|(held, _)| held).collect(), balances),
        };
        let made = margin(&account, &case.market()).expect("figures");
        assert_eq!((made.equity, made.maintenance), case.figures(), "seed {seed}");
        premiums += made.positions.iter().filter(|p| p.row == 1).count();
        caps += made.positions.iter().filter(|p| p.result == int(CAP)).count();
    }
    assert!(premiums > 1_000 && caps > 500, "{premiums} premiums, {caps} caps");
}
