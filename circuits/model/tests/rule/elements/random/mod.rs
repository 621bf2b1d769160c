//! All optional elements together, each there or not, against fractions.

mod terms;

use crate::fractions::{Draw, Drawn, fraction, in_turn, root, round};
use crate::support::{account, balance, int, position};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use zkmargin_model::rule::{Position, Rounding, RuleError, Side, margin};

/// A step for each sign, and a cap.
type BySign = (Drawn, Drawn, Option<i64>);

fn drawn_by_sign(draw: &mut Draw) -> BySign {
    (draw.step(), draw.step(), draw.one_in(3).then(|| draw.between(0, 400)))
}

fn at_by_sign((positive, negative, cap): &BySign, x: &BigInt) -> BigInt {
    let y = if *x < BigInt::zero() { negative.at(x) } else { positive.at(x) };
    cap.map_or(y.clone(), |most| y.min(int(most)))
}

/// A discount of deposits and a premium of debts by the root of an amount.
struct BySize {
    unit: Drawn,
    root: (i64, i64),
    discount: (i64, i64, Drawn),
    premium: (i64, Drawn),
}

impl BySize {
    fn drawn(draw: &mut Draw) -> Self {
        Self {
            unit: draw.step(),
            root: (draw.between(1, 9), draw.between(0, 9)),
            discount: (draw.between(0, 900), draw.between(1, 30), draw.step()),
            premium: (draw.between(0, 9), draw.step()),
        }
    }

    fn at(&self, amount: &BigInt, is_debt: bool) -> BigInt {
        let root = root(&(self.unit.at(&amount.abs()) * self.root.0 + self.root.1));
        if is_debt {
            return self.premium.1.at(&root) + self.premium.0;
        }
        let (numerator, base, step) = self.discount;
        round(Rounding::Floor, &fraction(numerator, step.at(&root) + base))
    }
}

/// Terms and holdings of one instrument and one asset.
struct Case {
    value: [Drawn; 2],
    notional: [Drawn; 2],
    more_notional: Vec<Drawn>,
    has_short: bool,
    funding: i64,
    pnl_rounding: Option<Drawn>,
    result: Vec<BySign>,
    by_quantity: bool,
    root: Option<(i64, i64, Vec<Drawn>)>,
    rate: Option<(Vec<Drawn>, Option<u32>)>,
    rounding: Vec<Drawn>,
    charge: Vec<Drawn>,
    /// `slope x + intercept` from 0 and from 40 on.
    tiers: [(i64, i64); 2],
    amount: Option<BySign>,
    price: Vec<BySign>,
    weight: Option<(i64, i64, i64, Rounding, bool)>,
    by_size: Option<BySize>,
    debts_required: bool,
    debt_charge: Vec<Drawn>,
    index: i64,
    collateral_rounding: Option<Drawn>,
    size: i64,
    entry: i64,
    own: [u32; 2],
    balance: i64,
}

impl Case {
    fn drawn(draw: &mut Draw) -> Self {
        let positive = |draw: &mut Draw| Drawn { num: draw.between(1, 12), ..draw.step() };
        let by_quantity = draw.one_in(2);
        let optional = |draw: &mut Draw| draw.one_in(2);
        let own = |draw: &mut Draw| if draw.one_in(3) { 0 } else { draw.between(1, 60) as u32 };
        let count = draw.between(0, 2);
        let prices = draw.between(0, 2);
        Self {
            value: [draw.step(), draw.step()],
            notional: [positive(draw), positive(draw)],
            more_notional: (0..draw.between(0, 2)).map(|_| positive(draw)).collect(),
            has_short: optional(draw),
            funding: draw.between(-3, 3),
            pnl_rounding: optional(draw).then(|| draw.step()),
            result: (0..count).map(|_| drawn_by_sign(draw)).collect(),
            by_quantity,
            root: (by_quantity && optional(draw))
                .then(|| (draw.between(1, 9), draw.between(0, 9), draw.steps())),
            rate: optional(draw).then(|| {
                let own = optional(draw).then(|| draw.between(0, 40) as u32);
                (draw.steps(), own)
            }),
            rounding: draw.steps(),
            charge: draw.steps(),
            tiers: [(draw.between(0, 5), 0), (draw.between(0, 5), draw.between(0, 50))],
            amount: optional(draw).then(|| drawn_by_sign(draw)),
            price: (0..prices).map(|_| drawn_by_sign(draw)).collect(),
            weight: optional(draw).then(|| {
                let one = draw.pick(&[1, 2, 10, 30]);
                let mode = draw.pick(&Rounding::ALL);
                (draw.between(0, 2 * one), draw.between(0, 2 * one), one, mode, optional(draw))
            }),
            by_size: optional(draw).then(|| BySize::drawn(draw)),
            debts_required: optional(draw),
            debt_charge: draw.steps(),
            index: draw.between(1, 5),
            collateral_rounding: optional(draw).then(|| draw.step()),
            size: draw.between(1, 300) * draw.pick(&[-1, 1]),
            entry: draw.scaled(3000),
            own: [own(draw), own(draw)],
            balance: draw.scaled(3000),
        }
    }

    /// Where the tiers end: a rate has a width.
    fn last(&self) -> i64 {
        if self.rate.is_some() { 1 << 12 } else { 1 << 24 }
    }

    /// Equity and requirement by the definitions; `None` beyond the tiers.
    fn figures(&self) -> Option<(BigInt, BigInt)> {
        let short = usize::from(self.has_short && self.size < 0);
        let size = int(self.size.abs());
        let pnl = self.value[short].at(&int(self.size)) - self.funding * self.size - self.entry;
        let pnl = self.pnl_rounding.map_or(pnl.clone(), |step| step.at(&pnl));
        let settled = self.result.iter().fold(pnl, |w, step| at_by_sign(step, &w));
        let notional = |x: &BigInt| in_turn(&self.more_notional, self.notional[short].at(x));
        let n = notional(&size);
        let x = match (&self.root, self.by_quantity) {
            (Some((factor, offset, steps)), _) => in_turn(steps, root(&(&size * factor + offset))),
            (None, true) => size.clone(),
            (None, false) => n.clone(),
        };
        if x > int(self.last()) {
            return None;
        }
        let (slope, intercept) = self.tiers[usize::from(x >= int(40))];
        let tiered = &x * slope + intercept;
        let y = match (&self.rate, self.by_quantity) {
            (Some((steps, own)), _) => {
                let own = own.map_or(0, |default| match self.own[0] {
                    0 => default,
                    own => own,
                });
                in_turn(steps, tiered).max(own.into()) * &n
            }
            (None, true) => notional(&tiered),
            (None, false) => tiered,
        };
        let charge = if self.charge.is_empty() { int(0) } else { in_turn(&self.charge, n) };
        let required = (in_turn(&self.rounding, y) + charge) * 7;

        let held = int(self.balance);
        let amount = self.amount.as_ref().map_or(held.clone(), |step| at_by_sign(step, &held));
        let amount = amount + settled;
        let value = &amount * self.index;
        let value = self.price.iter().fold(value, |x, step| at_by_sign(step, &x));
        let value = self.collateral_rounding.map_or(value.clone(), |step| step.at(&value));
        let weighted = self.weight.map_or(value.clone(), |(deposit, debt, one, mode, reads)| {
            let own = if reads { i64::from(self.own[1]) } else { 0 };
            let by_size = self.by_size.as_ref();
            let by_size = by_size.map(|by_size| by_size.at(&amount, value.is_negative()));
            let weight = match (value.is_negative(), own) {
                (false, 0) => deposit,
                (true, 0) => debt,
                (false, own) => deposit.min((one - own).max(0)),
                (true, own) => debt.max(one + own),
            };
            let weight = match (value.is_negative(), by_size) {
                (_, None) => int(weight),
                (false, Some(most)) => int(weight).min(most),
                (true, Some(least)) => int(weight).max(least),
            };
            round(mode, &fraction(&value * weight, one))
        });
        let is_debt = value.is_negative();
        let charged = is_debt && !self.debt_charge.is_empty();
        let debt_charge = if charged { in_turn(&self.debt_charge, -value) } else { int(0) };
        let moves = self.debts_required && weighted.is_negative();
        let (equity, debts) = if moves { (int(0), -weighted) } else { (weighted, int(0)) };
        Some((equity, required + debts + debt_charge))
    }
}

#[test]
fn any_elements_are_the_definitions() {
    let mut compared = 0;
    for seed in 0..20_000 {
        let case = Case::drawn(&mut Draw::new(seed));
        let side = if case.size < 0 { Side::Short } else { Side::Long };
        let held = position(1, side, case.size.unsigned_abs(), case.entry);
        let mut held_balance = balance(1, case.balance);
        held_balance.own = case.own[1];
        let held = account(vec![Position { own: case.own[0], ..held }], vec![held_balance]);
        let Some(figures) = case.figures() else {
            let beyond = RuleError::BeyondTiers { instrument: 1 };
            assert_eq!(margin(&held, &case.market()), Err(beyond), "seed {seed}");
            continue;
        };
        let made = margin(&held, &case.market()).expect("figures");
        assert_eq!((made.equity, made.maintenance), figures, "seed {seed}");
        compared += 1;
    }
    assert!(compared > 15_000, "{compared}");
}
