//! Random markets with any elements, and accounts in them.

use super::gates::power;
use crate::support::int;
use num_bigint::{BigInt, BigUint};
use num_traits::{One, Signed, ToPrimitive};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_model::rule::*;

/// Draws markets and accounts.
pub struct Gen {
    rng: StdRng,
    /// Whether figures go up to their widths.
    wide: bool,
}

impl Gen {
    pub fn new(seed: u64, wide: bool) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), wide }
    }

    /// True with this probability.
    fn p(&mut self, p: f64) -> bool {
        self.rng.random_bool(p)
    }

    fn mode(&mut self) -> Rounding {
        Rounding::ALL[self.rng.random_range(0..7)]
    }

    /// Log-uniform below 2^bits.
    fn log(&mut self, bits: u32) -> BigInt {
        let b = self.rng.random_range(0..=bits);
        self.below(b)
    }

    fn below(&mut self, bits: u32) -> BigInt {
        let words = bits.div_ceil(32);
        let digits: Vec<u32> = (0..words).map(|_| self.rng.random()).collect();
        let x = BigInt::from(BigUint::new(digits));
        x % power(bits.max(1))
    }

    fn scale(&mut self) -> BigInt {
        match self.rng.random_range(0..10) {
            0 => int(2),
            1 => int(self.rng.random_range(1..1000)),
            2 if self.wide => power(self.rng.random_range(0..40)),
            _ => int(1),
        }
    }

    fn step(&mut self) -> LinearStep {
        let max = if self.wide && self.p(0.3) { 50 } else { 8 };
        let (num, den) = (self.log(max), self.log(max) + BigInt::one());
        let (mode, scale) = (self.mode(), self.scale());
        LinearStep::rounded(num, den, mode, scale).unwrap()
    }

    /// Of scale one.
    fn one(&mut self) -> LinearStep {
        let s = self.step();
        LinearStep::rounded(s.num().clone(), s.den().clone(), s.mode(), int(1)).unwrap()
    }

    fn any(&mut self) -> LinearStep {
        match self.rng.random_range(0..5) {
            0 => LinearStep::exact(self.log(8)),
            1 => self.step(),
            _ => self.one(),
        }
    }

    fn positive(&mut self) -> LinearStep {
        let s = self.any();
        LinearStep::rounded(s.num() + BigInt::one(), s.den().clone(), s.mode(), s.scale().clone())
            .unwrap()
    }

    fn signed(&mut self) -> SignedStep {
        let positive = self.any();
        let negative = match self.rng.random_range(0..3) {
            0 => positive.clone(),
            1 => self.any(),
            _ => {
                let n = self.any();
                LinearStep::rounded(
                    n.num().clone(),
                    n.den().clone(),
                    n.mode(),
                    positive.scale().clone(),
                )
                .unwrap()
            }
        };
        let s = SignedStep::new(positive, negative).unwrap();
        if self.p(0.3) {
            let bits = if self.wide { 100 } else { 30 };
            s.capped(self.log(bits)).unwrap()
        } else {
            s
        }
    }

    fn steps(&mut self, most: usize) -> Vec<LinearStep> {
        (0..self.rng.random_range(0..=most)).map(|_| self.any()).collect()
    }

    fn rows(
        &mut self,
        from: BigInt,
        to: BigInt,
        slope_bits: u32,
        negative: bool,
        through: bool,
    ) -> Vec<BracketRow> {
        let count = self.rng.random_range(1..4);
        let mut ends: Vec<BigInt> = (0..count)
            .map(|_| {
                let x = self.log(to.bits() as u32);
                let x = if negative && self.p(0.5) { -x } else { x };
                x.clamp(from.clone(), to.clone())
            })
            .collect();
        if through {
            ends.push(int(-1));
        }
        ends.push(to);
        ends.sort();
        ends.dedup();
        let mut lo = from;
        let mut rows = vec![];
        for hi in ends {
            if hi < lo {
                continue;
            }
            let slope = self.log(slope_bits);
            rows.push(BracketRow { lo: lo.clone(), hi: hi.clone(), slope, intercept: int(0) });
            lo = hi + BigInt::one();
        }
        rows
    }

    /// A divisor whose quotients are around what rates require.
    fn leverage(&mut self) -> Option<Leverage> {
        let bits = if self.wide { 27 } else { 6 };
        let (num, den) = (self.log(36) + BigInt::one(), self.log(bits) + BigInt::one());
        let (mode, scale) = (self.mode(), self.scale());
        let default = self.rng.random_range(1..1 << 27) >> self.rng.random_range(0..27);
        Leverage::new(default, LinearStep::rounded(num, den, mode, scale)?)
    }

    /// Weights by size around the unit of weights, so that each of what moves a weight decides some.
    fn size_weights(&mut self, one: &BigInt) -> Option<SizeWeights> {
        let steps = self.steps(1);
        let root = SizeRoot::new(self.log(10) + BigInt::one(), self.log(10), steps)?;
        let base = self.log(if self.wide { 56 } else { 20 }) + BigInt::one();
        let numerator = (one + self.log(16)) * &base + self.log(20);
        let premium = one - self.below(12) % (one + BigInt::one());
        let (unit, discount, of_debt) = (self.one(), self.one(), self.one());
        SizeWeights::new(unit, root, (numerator, base, discount), (premium, of_debt))
    }

    pub fn market(&mut self) -> MarketTerms {
        let assets = self.rng.random_range(1..4u32);
        let price = if self.wide { 60 } else { 12 };
        let mut ids: Vec<u32> = (0..assets).map(|_| self.rng.random_range(1..65_536)).collect();
        ids.sort();
        ids.dedup();
        let assets: Vec<AssetTerms> = ids
            .iter()
            .map(|id| {
                let far = power(self.rng.random_range(100..134)) - 1;
                let by_sign = self.p(0.3);
                let collateral = if by_sign {
                    let (end, slope) = (power(self.rng.random_range(117..150)), self.log(8));
                    let row = BracketRow { lo: -&end, hi: end, slope, intercept: int(0) };
                    BracketedLinear::new(Variable::Value, vec![row]).unwrap()
                } else {
                    let v = if self.p(0.7) { Variable::Value } else { Variable::Quantity };
                    let mut rows = self.rows(-&far, far, 14, true, true);
                    for r in &mut rows {
                        if (r.lo.is_positive() || r.hi.is_negative()) && self.p(0.5) {
                            let i = self.log(30);
                            r.intercept = if self.p(0.5) { i } else { -i };
                        }
                    }
                    BracketedLinear::new(v, rows).unwrap()
                };
                let rounding = self.p(0.4).then(|| self.positive());
                let value = if by_sign {
                    (0..self.rng.random_range(1..3)).map(|_| self.signed()).collect()
                } else {
                    vec![]
                };
                let weight = self.p(0.4).then(|| {
                    let one = self.log(if self.wide { 30 } else { 14 }) + BigInt::one();
                    let deposit = self.below(40) % (one.clone() + BigInt::one());
                    let debt = one.clone() + self.log(20);
                    let mode = self.mode();
                    let w = SignedWeight::new(deposit, debt, one.clone(), mode).unwrap();
                    let w = if self.p(0.6) { w.with_own() } else { w };
                    let by_size = if self.p(0.5) { self.size_weights(&one) } else { None };
                    if let Some(by_size) = by_size { w.with_size(by_size) } else { w }
                });
                AssetTerms {
                    id: *id,
                    index: (self.log(price) + BigInt::one()).into(),
                    collateral,
                    rounding,
                    elements: AssetElements {
                        amount: self.p(0.4).then(|| self.signed()),
                        value,
                        weight,
                        debts: Debts {
                            required: self.p(0.4),
                            charge: if self.p(0.3) { self.steps(2) } else { vec![] },
                        },
                    },
                }
            })
            .collect();
        let groups: Vec<SettleGroup> = ids
            .iter()
            .rev()
            .take(self.rng.random_range(1..3))
            .map(|id| SettleGroup {
                asset: *id,
                requirement_index: self.log(price) + BigInt::one(),
            })
            .collect();
        let tiers: Vec<BracketedLinear> = (0..self.rng.random_range(1..4))
            .map(|_| {
                let v = if self.p(0.5) { Variable::Value } else { Variable::Quantity };
                let bits = self.rng.random_range(20..113);
                let rate = self.p(0.5);
                let mut rows =
                    self.rows(int(0), power(bits), if rate { 1 } else { 12 }, false, false);
                for r in &mut rows {
                    if rate {
                        r.slope = int(0);
                        r.intercept = self.log(27);
                        if self.p(0.3) && (&r.hi - &r.lo).bits() < 20 {
                            r.slope = self.log(5);
                            r.intercept = self.log(20) - &r.slope * &r.lo;
                        }
                    } else if self.p(0.5) {
                        r.intercept = self.log(20) - &r.slope * &r.lo;
                    }
                }
                BracketedLinear::new(v, rows).unwrap()
            })
            .collect();
        let mut ids: Vec<u32> =
            (0..self.rng.random_range(1..4)).map(|_| self.rng.random_range(1..65_536)).collect();
        ids.sort();
        ids.dedup();
        let (isolated, orders) = (self.p(0.3), self.p(0.4));
        let allocates = isolated && orders && self.p(0.7);
        let mut assets = assets;
        let allocation_asset = allocates.then(|| self.allocation_asset(&mut assets, &groups));
        let instruments = ids
            .into_iter()
            .map(|id| {
                let mut value = self.positive();
                if self.p(0.3) {
                    value = LinearStep::rounded(
                        -value.num(),
                        value.den().clone(),
                        value.mode(),
                        value.scale().clone(),
                    )
                    .unwrap();
                }
                let mut requirement = self.positive();
                if self.p(0.4) {
                    requirement = LinearStep::rounded(
                        value.num().abs(),
                        value.den().clone(),
                        requirement.mode(),
                        value.scale().clone(),
                    )
                    .unwrap();
                }
                let funding = self.log(12);
                let short = self.p(0.3).then(|| {
                    let num = self.log(8) * if value.num().is_negative() { -1 } else { 1 };
                    let s = |g: &mut Self, num: BigInt, of: &LinearStep| {
                        LinearStep::rounded(
                            num,
                            g.log(8) + BigInt::one(),
                            g.mode(),
                            of.scale().clone(),
                        )
                        .unwrap()
                    };
                    let value = s(self, num, &value);
                    let num = self.log(8);
                    ShortTerms {
                        value,
                        requirement: if self.p(0.3) {
                            requirement.clone()
                        } else {
                            s(self, num, &requirement)
                        },
                    }
                });
                let table = self.rng.random_range(0..tiers.len());
                let quantity = tiers[table].variable() == Variable::Quantity;
                let at_entry = !isolated && !orders && short.is_none() && self.p(0.3);
                let rate = self.p(0.4).then(|| RateForm {
                    steps: self.steps(2),
                    own: self.p(0.6).then(|| self.rng.random_range(0..1 << 27)),
                });
                let is_public = rate.as_ref().is_some_and(|rate| rate.own.is_none());
                let leverage = if is_public && self.p(0.7) { self.leverage() } else { None };
                InstrumentTerms {
                    id,
                    group: self.rng.random_range(0..groups.len()),
                    value,
                    funding: match (at_entry, self.p(0.5)) {
                        (true, _) => int(0),
                        (false, true) => funding,
                        (false, false) => -funding,
                    },
                    pnl_rounding: self.p(0.3).then(|| self.any()),
                    requirement,
                    tiers: table,
                    requirement_rounding: self.steps(2),
                    elements: InstrumentElements {
                        short,
                        result: if self.p(0.4) && (!isolated || allocates) {
                            (0..self.rng.random_range(1..4)).map(|_| self.signed()).collect()
                        } else {
                            vec![]
                        },
                        notional: if self.p(0.3) { vec![self.positive()] } else { vec![] },
                        root: if quantity && self.p(0.5) {
                            let steps = self.steps(1);
                            SizeRoot::new(self.log(10) + BigInt::one(), self.log(10), steps)
                        } else {
                            None
                        },
                        rate,
                        leverage,
                        charge: if self.p(0.3) { self.steps(2) } else { vec![] },
                        order_fee: orders.then(|| self.log(20)),
                        family: None,
                        at_entry,
                    },
                }
            })
            .collect();
        MarketTerms {
            assets,
            groups,
            tiers,
            instruments,
            equality_is_healthy: self.p(0.5),
            no_requirement_is_healthy: false,
            conversion_rounding: None,
            isolated_unit: isolated.then(|| self.log(20) + BigInt::one()),
            own_parameters: false,
            allocation_asset,
        }
    }

    /// Has results be worth a multiple of themselves, and an asset have one line of what is owned: that of allocations.
    fn allocation_asset(&mut self, assets: &mut [AssetTerms], groups: &[SettleGroup]) -> u32 {
        let mut in_full = |asset: &mut AssetTerms| {
            let row = BracketRow {
                lo: -power(200),
                hi: power(200),
                slope: self.log(8),
                intercept: int(0),
            };
            asset.collateral = BracketedLinear::new(Variable::Value, vec![row]).unwrap();
            asset.elements.weight = None;
        };
        let at = 0;
        in_full(&mut assets[at]);
        for asset in assets.iter_mut().filter(|a| groups.iter().any(|g| g.asset == a.id)) {
            in_full(asset);
            asset.rounding = None;
            asset.elements.value = vec![];
            asset.elements.debts = Debts::default();
        }
        assets[at].id
    }

    pub fn account(&mut self, market: &Market) -> Account {
        let mut positions = vec![];
        let (size, entry) = if self.wide { (90, 98) } else { (24, 34) };
        for i in &market.terms().instruments {
            for side in [Side::Long, Side::Short] {
                if self.p(0.6) {
                    let own = if self.p(0.5) {
                        self.rng.random_range(0..1 << 27) >> self.rng.random_range(0..27)
                    } else {
                        0
                    };
                    let e = self.log(entry) % power(98);
                    let isolated = market.terms().isolated_unit.is_some() && self.p(0.4);
                    positions.push(Position {
                        book: if isolated { Book::Isolated } else { Book::Cross },
                        instrument: i.id,
                        side,
                        size: BigInt::to_biguint(&(self.log(size) + BigInt::one())).unwrap(),
                        entry: if self.p(0.5) { e } else { -e },
                        own,
                    });
                }
            }
        }
        let mut balances = vec![];
        for a in &market.terms().assets {
            if self.p(0.9) {
                let b = self.log(entry) % power(98);
                let own = if self.p(0.5) {
                    self.rng.random_range(0..1 << 27) >> self.rng.random_range(0..27)
                } else {
                    0
                };
                balances.push(Balance {
                    asset: a.id,
                    balance: if self.p(0.5) { b } else { -b },
                    own,
                });
            }
        }
        if market.terms().instruments.iter().all(|i| i.elements.order_fee.is_none()) {
            return Account::new(positions, balances).unwrap();
        }
        let allocates = market.terms().allocation_asset.is_some();
        // Sizes of orders are narrower beside an allocation.
        let bits = if allocates { (size - 1).min(81) } else { size - 1 };
        let positions = positions.into_iter().map(|p| self.ordered(p, bits));
        let positions: Vec<_> = positions.collect();
        if !allocates {
            return Account::with_orders(positions, balances).unwrap();
        }
        let positions = positions.into_iter().map(|(p, orders)| {
            let of = self.log(entry).to_u64().unwrap_or(u64::MAX) >> 1;
            let of = if p.book == Book::Isolated { of } else { 0 };
            (p, orders, of)
        });
        Account::with_allocations(positions.collect(), balances).unwrap()
    }

    /// With orders in the instrument, and now and then of nothing held.
    fn ordered(&mut self, p: Position, bits: u32) -> (Position, Orders) {
        let size = match self.p(0.2) && p.side == Side::Long {
            true => BigUint::ZERO,
            false => (p.size >> 1) + 1u8,
        };
        let [bids, asks] = [0, 1].map(|_| match self.p(0.3) {
            // What turns the position into the same one on the other side, or nearly.
            true => ((&size << 1) + self.rng.random_range(0..2u8)) % (BigUint::one() << bits),
            false => self.log(bits).to_biguint().unwrap() % (BigUint::one() << bits),
        });
        let orders = Orders { bids, asks, count: self.rng.random_range(0..1 << 18) };
        let side = if size == BigUint::ZERO { Side::Long } else { p.side };
        (Position { size, side, ..p }, orders)
    }
}
