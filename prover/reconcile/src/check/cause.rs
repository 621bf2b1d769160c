//! The causes of a difference: which can be there, and how much they can make.

use super::Checked;
use super::at::At;
use super::number::Number;
use crate::change::CODES;
use crate::number::Mode;
use num_rational::BigRational;
use num_traits::One;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_params::venues::FigureKind;

/// The venue rounds what it shows.
const ROUNDING: &str = "rounding";
/// The venue's total is of a balance that rounds to the one it shows.
const BALANCE_ROUNDING: &str = "balance-rounding";

/// Codes of causes that change a figure of the rule, and give none where there is none.
const OF_FIGURES: [&str; 5] =
    [ROUNDING, "entry-price-rounding", BALANCE_ROUNDING, "fee-left-out", "sum-of-parts"];

/// What the causes of a figure come to.
pub(super) struct Causes {
    pub(super) count: usize,
    /// The sum of their effects.
    pub(super) sum: Number,
    /// Whether one gives a figure where the rule has none.
    pub(super) brings_something: bool,
}

/// Checks the causes of a figure: each code is there once, and what rounds the figure is the last and no more than rounding.
pub(super) fn check_causes(of: &At<'_>, line: &At<'_>) -> Checked<Causes> {
    let all = of.items()?;
    let mut causes = Causes { count: all.len(), sum: Number::zero(), brings_something: false };
    let mut seen = Vec::new();
    for (place, cause) in all.iter().enumerate() {
        cause.only(&["code", "cause", "effect"])?;
        let code = check_cause(cause)?;
        if seen.contains(&code) {
            return cause.wrong("has the code of another cause of the figure");
        }
        seen.push(code);
        causes.brings_something |= !OF_FIGURES.contains(&code);
        let effect = cause.member("effect")?.number()?;
        if [ROUNDING, BALANCE_ROUNDING].contains(&code) {
            if place + 1 < all.len() {
                return cause.wrong("rounds the figure, and is not the last cause");
            }
            check_rounding(cause, code, &effect, line)?;
        }
        causes.sum = causes.sum.plus(&effect);
    }
    Ok(causes)
}

/// Checks that rounding makes no more than rounding can.
fn check_rounding(cause: &At<'_>, code: &str, effect: &Number, line: &At<'_>) -> Checked<()> {
    let stated = line.member("venue")?;
    let Some(venue) = stated.number_or_null()? else {
        return cause.wrong("rounds a figure that the venue does not state");
    };
    let place = cause.member("effect")?;
    if code == ROUNDING {
        let text = cause.member("cause")?;
        let Some((mode, decimals)) = rounding(text.text()?) else {
            return text.wrong("does not say how to how many digits");
        };
        let before = venue.minus(effect);
        let [low, high] = [before.low, before.high].map(|number| mode.apply(&number, decimals));
        return match low <= venue.low && venue.low <= high {
            true => Ok(()),
            false => place.wrong("is not what this rounding makes of the figure before it"),
        };
    }
    let kind = line.member("figure")?.text()?;
    if ![FigureKind::Equity, FigureKind::Available].iter().any(|of| of.code() == kind) {
        return cause.wrong("is of a balance, and the figure is no total with one in it");
    }
    let digits = Decimal::parse(stated.text()?).map_or(0, |venue| venue.scale());
    let [least, _] = effect.magnitude();
    if least * BigRational::from(power_of_ten(digits)) > BigRational::one() {
        return place.wrong("is more than a unit of the last digit of the venue's figure");
    }
    Ok(())
}

/// The way to round and the digits after the point that a cause tells, as [`Change`](crate::change::Change) writes it.
fn rounding(text: &str) -> Option<(Mode, u32)> {
    let (how, digits) = text.strip_suffix(" digits")?.rsplit_once(" to ")?;
    let mode = Mode::ALL.into_iter().find(|mode| mode.word() == how)?;
    Some((mode, digits.parse::<u8>().ok()?.into()))
}

/// The code of a cause, which is one of those that there are.
pub(super) fn check_cause<'a>(cause: &At<'a>) -> Checked<&'a str> {
    cause.member("cause")?.name()?;
    let place = cause.member("code")?;
    let code = place.text()?;
    if CODES.contains(&code) { Ok(code) } else { place.wrong("is the code of no cause") }
}
