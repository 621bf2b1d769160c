//! Totals of an account, by which a position that is missing is noticed.

use super::{ImportError, Member};
use crate::portfolio::figure::{less, sum};
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

    /// Compares it with the total at this place. The venue cuts or rounds each figure at `10^-decimals`.
    ///
    /// # Errors
    /// [`ImportError`] at the total if it is no figure, or not that of the positions listed.
    pub fn check(&self, total: &Member<'_>, decimals: u32) -> Result<(), ImportError> {
        let apart = sum(&total.computed()?, &less(&self.sum));
        let apart = Decimal::from_scaled(&apart.coefficient().abs(), apart.scale());
        // Less than a unit for each figure, the total among them.
        let most = Decimal::from_scaled(&(BigInt::from(self.count) + 1), decimals);
        if !sum(&apart, &less(&most)).coefficient().is_positive() {
            return Ok(());
        }
        let help =
            "save all answers at one time, with every position; figures at the mark move with it";
        Err(total.wrong("is not that of the positions listed").with_help(help))
    }
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
}
