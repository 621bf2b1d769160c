//! The same sheet in units so fine that nothing is divided.

use crate::case::{Expected, Near, PeerCase, Verdict, unambiguous};
use crate::json::Reason;
use crate::sheet::{Line, Sheet, open_end, step_of};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::One;
use zkmargin_model::rule::{BracketRow, LinearStep, Rounding, margin};

impl Sheet {
    /// The unrounded variant of a case of this sheet: `None` when it does not round. Its figures
    /// must be near the rounded ones; it keeps the verdicts that rounding cannot have decided.
    pub(crate) fn unrounded(&self, rounded: &PeerCase) -> Result<Option<PeerCase>, Reason> {
        if rounded.exact {
            return Ok(None);
        }
        let got = margin(&rounded.account, &rounded.market).map_err(|e| e.to_string())?;
        // Each line: the value is off by less than one, the notional by less than one (times a
        // rate of at most one), and every later rounding by less than one.
        let slack = BigInt::from(4 * self.lines.len()) * self.requirement_index.clone();
        let (sheet, scale) = self.without_rounding();
        let kept = |v: &&Verdict| unambiguous(&got, &v.claim, &slack);
        let expected = Expected {
            verdicts: rounded.expected.verdicts.iter().filter(kept).cloned().collect(),
            near: Some(Near {
                equity: &got.equity * &scale,
                maintenance: &got.maintenance * &scale,
                slack: slack * &scale,
            }),
            ..Expected::default()
        };
        let mut case = sheet.case(&format!("{}, unrounded", rounded.label), expected)?;
        case.variant = true;
        Ok(Some(case))
    }

    /// The same sheet in units so fine that nothing is divided, and how many of its margin units
    /// are one of this sheet's.
    fn without_rounding(&self) -> (Sheet, BigInt) {
        let of = |s: &LinearStep| BigRational::new(s.num() * s.scale(), s.den().clone());
        let dens = |l: &Line| -> BigInt { of(&l.value).denom().lcm(of(&l.requirement).denom()) };
        let unit = self.lines.iter().fold(BigInt::one(), |u, l| u.lcm(&dens(l)));
        let chain = |l: &Line| l.roundings.iter().map(of).product::<BigRational>();
        let factor = |l: &Line, x: &BigInt| chain(l) * BigRational::from(x.clone());
        let rates = |l: &Line| -> BigInt {
            l.rows.iter().fold(BigInt::one(), |u, r| {
                u.lcm(factor(l, &r.slope).denom()).lcm(factor(l, &r.intercept).denom())
            })
        };
        let rate_unit = self.lines.iter().fold(BigInt::one(), |u, l| u.lcm(&rates(l)));
        let whole = |r: BigRational| r.to_integer();
        let scaled = |r: BigRational| step_of(&(r * unit.clone()), Rounding::Floor);
        let line = |l: &Line| Line {
            size: l.size.clone(),
            entry: &l.entry * &unit,
            value: scaled(of(&l.value)),
            requirement: scaled(of(&l.requirement)),
            // A notional that truncates into lo..=hi is in lo..hi + 1 before it is truncated.
            rows: (l.rows.iter())
                .map(|r| BracketRow {
                    lo: &r.lo * &unit,
                    hi: open_end().min((&r.hi + 1) * &unit - 1),
                    slope: whole(factor(l, &r.slope) * rate_unit.clone()),
                    intercept: whole(factor(l, &r.intercept) * rate_unit.clone()) * &unit,
                })
                .filter(|r| r.lo <= r.hi)
                .collect(),
            roundings: Vec::new(),
        };
        let sheet = Sheet {
            balance: &self.balance * &unit,
            equity_scale: &self.equity_scale * &rate_unit,
            lines: self.lines.iter().map(line).collect(),
            ..self.clone()
        };
        (sheet, unit * rate_unit)
    }
}
