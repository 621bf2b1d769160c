//! What the gates of the general profile compute, written from them and apart from the rule.

use crate::support::int;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use zkmargin_model::rule::*;

pub fn power(b: u32) -> BigInt {
    BigInt::one() << b
}

/// A quotient as the deep form holds it.
fn quotient(a: &BigInt, x: &BigInt, b: &BigInt, d: &BigInt) -> Option<BigInt> {
    let dividend = a * x + b;
    // The field has no more.
    if dividend.is_negative() || dividend.bits() >= 254 {
        return None;
    }
    let y = dividend / d;
    (!y.is_negative() && y.bits() <= 117).then_some(y)
}

fn line(l: &Line, x: &BigInt) -> Option<BigInt> {
    quotient(&l.a, x, &l.b, &l.d)
}

fn table(t: &LineTable, x: &BigInt) -> Option<BigInt> {
    let row = t.rows.iter().find(|r| r.lo <= *x && *x <= r.hi)?;
    quotient(&row.a, x, &row.b, &t.d)
}

fn signed_table(t: &LineTable, x: &BigInt) -> Option<BigInt> {
    Some(table(t, x)? - power(116))
}

/// Equity and requirement of a book.
pub type Figures = (BigInt, BigInt);

/// The cross book and the isolated ones by the gates alone; `None` for what no witness satisfies.
pub fn by_gates(market: &Market, account: &Account) -> Option<(Figures, Vec<Figures>)> {
    let lines = market.lines().ok()?.general()?;
    let terms = market.terms();
    let mut settled: [BigInt; 4] = Default::default();
    let mut mm = BigInt::zero();
    let mut books = vec![];
    for (number, p) in account.positions().iter().enumerate() {
        let at = terms.instruments.binary_search_by_key(&p.instrument, |i| i.id).ok()?;
        let (t, l) = (&terms.instruments[at], &lines.instruments[at]);
        let side = usize::from(p.side == Side::Short);
        let sign = if side == 1 { -1 } else { 1 };
        let size = BigInt::from(p.size.clone());
        let value = line(&l.value[side], &size)?;
        let pnl = (value * &l.scale - &size * &l.funding) * sign - &p.entry;
        let w = signed_table(&l.result[0], &pnl)?;
        let w = signed_table(&l.result[1], &w)?;
        let orders = l.order_fee.as_ref().map(|fee| (fee, &account.orders().unwrap()[number]));
        let (size, n) = match orders {
            None => {
                let base = if l.at_entry { p.entry.abs() } else { size.clone() };
                (size.clone(), line(&l.notional[side], &base)?)
            }
            Some((_, orders)) => {
                let bought = &size * sign + BigInt::from(orders.bids.clone());
                let sold = &size * sign - BigInt::from(orders.asks.clone());
                let of = |x: &BigInt| line(&l.notional[usize::from(x.is_negative())], &x.abs());
                let (of_bids, of_asks) = (of(&bought)?, of(&sold)?);
                let is_bought = of_bids > of_asks;
                if is_bought { (bought.abs(), of_bids) } else { (sold.abs(), of_asks) }
            }
        };
        let n = line(&l.second_notional, &n)?;
        let root = (&l.root[0] * &size + &l.root[1]).sqrt();
        let flag = |of, x: &BigInt| if l.of == of { x.clone() } else { BigInt::zero() };
        let of = root + flag(VariableOf::Size, &size) + flag(VariableOf::Notional, &n);
        let x = line(&l.variable, &of)?;
        let y = table(&lines.tiers[l.tiers], &x)?;
        let rate = &y % power(27);
        if l.is_rate && rate != y {
            return None;
        }
        let own = match (l.own, p.own) {
            (None, _) => 0,
            (Some(default), 0) => default,
            (Some(_), own) => own,
        };
        let rate = rate.max(own.into());
        let unrounded = if l.is_rate { rate * &n } else { y };
        let m = line(&l.requirement, &unrounded)?;
        let m = match &l.leverage {
            None => m,
            Some(of) => {
                let t = BigInt::from(if p.own == 0 { of.default } else { p.own });
                let less = if of.less { int(1) } else { int(0) };
                let q = quotient(&of.a, &n, &(&of.b * &t - less), &(&of.d * t))?;
                let (x, y) = (m * &of.units[0], q * &of.units[1]);
                // The distance that is a word.
                let is_y = y > x;
                let distance = if is_y { &y - &x - 1 } else { &x - &y };
                if distance.bits() > 135 {
                    return None;
                }
                if is_y { y } else { x }
            }
        };
        let c = line(&l.charge, &n)?;
        match p.book {
            Book::Cross => {
                settled[t.group] += w;
                mm += m * &l.conversion + c * &l.charge_conversion;
                mm += orders.map_or_else(BigInt::zero, |(fee, of)| &fee[0] * of.count);
            }
            Book::Isolated => {
                let fees = orders.map_or_else(BigInt::zero, |(fee, of)| &fee[1] * of.count);
                let required = m * &l.units[0] + c * &l.units[1] + fees;
                let equity = match &lines.allocation {
                    None => w * terms.isolated_unit.as_ref()?,
                    Some(of) => {
                        let allocation = account.allocations().unwrap()[number];
                        let amount = line(&of.amount, &allocation.into())?;
                        line(&of.value, &amount)? * &of.scale + w * &l.result_unit
                    }
                };
                books.push((equity, required));
            }
        }
    }
    let mut e = BigInt::zero();
    for b in account.balances() {
        let at = terms.assets.binary_search_by_key(&b.asset, |a| a.id).ok()?;
        let l = &lines.assets[at];
        let mut v = signed_table(&l.amount, &b.balance)?;
        if let Some(g) = market.settle_group_of(b.asset) {
            v += std::mem::take(&mut settled[g]);
        }
        let y = signed_table(&l.value, &v)?;
        let debt = y.is_negative();
        let magnitude = y.abs();
        let w = &l.weight[usize::from(debt)];
        let own = BigInt::from(if l.reads_own { b.own } else { 0 });
        let distance = w.distance.clone().max(own);
        let s = &l.by_size;
        let side = usize::from(debt);
        let held = line(&s.held, &v.abs())?;
        let root = (&s.root[0] * held + &s.root[1]).sqrt();
        let step = line(&s.step[side], &root)?;
        let (more, divisor) =
            if debt { (step, s.base[1].clone()) } else { (BigInt::zero(), &s.base[0] + step) };
        if divisor > power(54) {
            return None;
        }
        let by_size = quotient(&int(1), &(&s.from[side] + more), &int(0), &divisor)?;
        if debt && by_size.bits() > 27 {
            return None;
        }
        let by_size = if debt { by_size - &l.one } else { &l.one - by_size };
        let distance = distance.max(by_size);
        let weight = if debt { &l.one + distance } else { &l.one - distance };
        let weight = weight.max(BigInt::zero());
        let weighted = quotient(&weight, &magnitude, &w.b, &l.one)? * &l.scale;
        let charge = line(&l.charge, &if debt { magnitude } else { BigInt::zero() })?;
        mm += charge;
        match (debt, l.debts_required) {
            (false, _) => e += weighted,
            (true, false) => e -= weighted,
            (true, true) => mm += weighted,
        }
    }
    settled.iter().all(Zero::is_zero).then_some(((e, mm), books))
}
