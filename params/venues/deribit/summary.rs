//! A currency's summary of `private/get_account_summaries`: what its figures come to.
//!
//! `margin_balance` of a stored answer is `balance + futures_session_rpl + futures_session_upl` to the last digit, and its
//! `equity` is that and `options_value`. Premiums are paid at once, so what options that were closed in the session brought
//! may be in the balance or not; no stored answer has such a result, and either is taken.

use super::{ImportError, Member};
use crate::portfolio::figure::{less, sum};
use crate::venue::{ListedSum, check_parts};
use num_traits::Zero;

/// Refuses reserves, an equity that is not what its parts come to, and one that is not what counts against margin.
/// `decimals` are the digits with which the venue shows an amount.
///
/// # Errors
/// [`ImportError`] at the figure.
pub(crate) fn check(summary: &Member<'_>, decimals: u32) -> Result<(), ImportError> {
    let message = "is not zero: a reserve for spot orders, which the schedule leaves out";
    summary.member("spot_reserve").must_be_nothing(message)?;
    for name in ["additional_reserve", "locked_balance"] {
        let message = "is not zero: a part of the equity that is reserved for something else";
        summary.member(name).must_be_nothing_if_given(message)?;
    }
    let place = summary.member("equity");
    let equity = place.computed()?;
    let mut parts = ListedSum::default();
    for name in ["balance", "futures_session_rpl", "futures_session_upl", "options_value"] {
        parts.add(&summary.member(name).computed()?);
    }
    let without = parts.is_nearly(&equity, decimals);
    let closed = summary.member("options_session_rpl");
    if closed.is_present() {
        parts.add(&closed.computed()?);
    }
    if !without && !parts.is_nearly(&equity, decimals) {
        let message = "is not the balance, the results of the session and the value of options";
        return Err(place.wrong(message));
    }
    let place = summary.member("margin_balance");
    let options = summary.member("options_value").computed()?;
    let without_options = sum(&equity, &less(&options));
    let is_without = !options.coefficient().is_zero()
        && check_parts(&place, &[without_options], decimals, "").is_ok();
    let message = match is_without && place.is_present() {
        true => {
            "is the equity without the value of options: then they do not count against margin, and the schedule counts them"
        }
        false => "is not the equity: less of it counts against margin, or more",
    };
    check_parts(&place, &[equity], decimals, message)
}
