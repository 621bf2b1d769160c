//! Totals of an account, by which a position that is missing is noticed.

use super::{ImportError, Member, magnitude};
use crate::portfolio::figure::{less, product, sum};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// What the positions listed come to, to be compared with the account's own total of it.
pub struct ListedSum {
    sum: Decimal,
    count: u32,
}

impl Default for ListedSum {
    fn default() -> Self {
        Self { sum: Decimal::from_scaled(&BigInt::ZERO, 0), count: 0 }
    }
}

impl ListedSum {
    /// Adds what one position has of it.
    pub fn add(&mut self, part: &Decimal) {
        self.sum = sum(&self.sum, part);
        self.count = self.count.saturating_add(1);
    }

    /// What was added.
    pub fn sum(&self) -> &Decimal {
        &self.sum
    }

    /// Compares it with the total at this place. The venue cuts or rounds each figure at `10^-decimals`.
    ///
    /// # Errors
    /// [`ImportError`] at the total if it is no figure, or not that of the positions listed.
    pub fn check(&self, total: &Member<'_>, decimals: u32) -> Result<(), ImportError> {
        match self.is_nearly(&total.computed()?, decimals) {
            true => Ok(()),
            false => Err(refusal(total, "is not that of the positions listed")),
        }
    }

    /// The same of a total that another answer states, where the mark of what is listed has moved this much in all.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub fn check_moved(
        &self,
        total: &Member<'_>,
        decimals: u32,
        moved: &Decimal,
    ) -> Result<(), ImportError> {
        let apart = magnitude(&sum(&total.computed()?, &less(&self.sum)));
        match self.is_rounded(&sum(&apart, &less(moved)), decimals) {
            true => Ok(()),
            false => Err(refusal(total, "is not that of the positions listed")),
        }
    }

    /// The same where the total can be less than the sum, as where positions offset each other in it.
    ///
    /// # Errors
    /// [`ImportError`] at the total if it is no figure, or more than that of the positions listed.
    pub fn check_no_more(&self, total: &Member<'_>, decimals: u32) -> Result<(), ImportError> {
        let more = sum(&total.computed()?, &less(&self.sum));
        match self.is_rounded(&more, decimals) {
            true => Ok(()),
            false => Err(refusal(total, "is more than that of the positions listed")),
        }
    }

    /// Whether a total that is rounded likewise is that of what was added.
    pub fn is_nearly(&self, total: &Decimal, decimals: u32) -> bool {
        self.is_rounded(&magnitude(&sum(total, &less(&self.sum))), decimals)
    }

    /// Whether this much more is at most what rounding makes: less than a unit for each figure, the total among them.
    fn is_rounded(&self, more: &Decimal, decimals: u32) -> bool {
        let most = Decimal::from_scaled(&(BigInt::from(self.count) + 1), decimals);
        !sum(more, &less(&most)).coefficient().is_positive()
    }
}

fn refusal(total: &Member<'_>, message: &str) -> ImportError {
    let help =
        "save all answers at one time, with every position; figures at the mark move with it";
    total.wrong(message).with_help(help)
}

/// Compares a total with its parts, where the answer has it: a balance that is wrong alone is noticed by that. Each figure
/// is cut or rounded at `10^-decimals`.
///
/// # Errors
/// [`ImportError`] at the total if it is no figure, or with this message if it is not that of its parts.
pub fn check_parts(
    total: &Member<'_>,
    parts: &[Decimal],
    decimals: u32,
    message: &str,
) -> Result<(), ImportError> {
    if total.is_nothing() {
        return Ok(());
    }
    let mut listed = ListedSum::default();
    parts.iter().for_each(|part| listed.add(part));
    match listed.is_nearly(&total.computed()?, decimals) {
        true => Ok(()),
        false => Err(total.wrong(message)),
    }
}

/// Whether a stated profit is nearly the opposite of our own, by a quarter of it at most: that is a position on the other
/// side, where a mark that crossed the entry price between two answers makes another profit.
pub fn is_opposite(stated: &Decimal, own: &Decimal) -> bool {
    let from_opposite = product(&magnitude(&sum(stated, own)), &Decimal::from_scaled(&4.into(), 0));
    !sum(&from_opposite, &less(&magnitude(own))).coefficient().is_positive()
}

/// Whether two figures are at most `10^-decimals` of a third apart.
pub fn within(one: &Decimal, other: &Decimal, of: &Decimal, decimals: u32) -> bool {
    let apart = magnitude(&sum(one, &less(other)));
    let most = product(&magnitude(of), &Decimal::from_scaled(&1.into(), decimals));
    !sum(&most, &less(&apart)).coefficient().is_negative()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_total_may_differ_by_what_is_rounded_and_no_more() {
        let mut listed = ListedSum::default();
        for part in ["0.1234", "-3.5"] {
            listed.add(&Decimal::parse(part).unwrap());
        }
        let told = |total: serde_json::Value| {
            listed.check(&Member::root(&total), 2).map_err(|e| e.to_string())
        };
        for total in [json!("-3.3766"), json!("-3.4066"), json!(-3.3466), json!("-33466e-4")] {
            assert_eq!(told(total), Ok(()));
        }
        let other = Err("the file is not that of the positions listed".to_owned());
        for total in [json!("-3.4067"), json!(-3.3465), json!("0")] {
            assert_eq!(told(total), other);
        }
        assert_eq!(told(json!(null)), Err("the file is missing".to_owned()));
        assert_eq!(told(json!("")), Err("the file is not a decimal number".to_owned()));
    }

    #[test]
    fn a_total_may_be_less_where_positions_offset_each_other() {
        let mut listed = ListedSum::default();
        for part in ["100", "40"] {
            listed.add(&Decimal::parse(part).unwrap());
        }
        let told = |total: &str| {
            let total = json!(total);
            listed.check_no_more(&Member::root(&total), 2).map_err(|e| e.to_string())
        };
        for total in ["0", "139", "140", "140.03"] {
            assert_eq!(told(total), Ok(()), "{total}");
        }
        assert_eq!(
            told("140.04"),
            Err("the file is more than that of the positions listed".to_owned())
        );
    }

    #[test]
    fn figures_are_near_up_to_their_share() {
        let near = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| Decimal::parse(text).unwrap());
            within(&one, &other, &one, 2)
        };
        let opposite = |stated: &str, own: &str| {
            let [stated, own] = [stated, own].map(|text| Decimal::parse(text).unwrap());
            is_opposite(&stated, &own)
        };
        assert!(opposite("-4", "4") && opposite("3", "-4") && opposite("-5", "4"));
        assert!(!opposite("-2.9", "4") && !opposite("4", "4") && !opposite("0", "-4"));
        assert!(near("-200", "-202") && near("200", "198") && near("0", "0"));
        assert!(!near("200", "202.01") && !near("0", "0.01") && !near("200", "-200"));
    }
}
