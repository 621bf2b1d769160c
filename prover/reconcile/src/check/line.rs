//! A line: the venue's figure, the rule's, and what is said of the difference.

use super::Checked;
use super::number::Number;
use super::place::At;
use crate::change::CODES;
use num_bigint::BigInt;
use num_rational::BigRational;
use std::collections::BTreeSet;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_params::venues::FigureKind;

/// What the venue's figure is beside ours, both zero where there is none.
struct Gap {
    venue: Option<Number>,
    own: Option<Number>,
    gap: Number,
    /// Digits after the point that the venue's figure is written with.
    decimals: Option<u32>,
}

impl Gap {
    /// Whether this is more than rounding to the digits of the venue's figure makes.
    fn exceeds_digit(&self, effect: &Number) -> bool {
        let [least, _] = effect.magnitude();
        let unit = |digits| BigRational::new(BigInt::from(1), power_of_ten(digits));
        self.decimals.is_some_and(|digits| least > unit(digits))
    }

    /// Whether both sides say the same.
    fn is_none(&self) -> bool {
        match (&self.venue, &self.own) {
            (Some(venue), Some(own)) => venue.is(own),
            (None, None) => true,
            _ => false,
        }
    }
}

/// The outcome of a figure that fits.
pub(super) fn check_line<'a>(of: &At<'a>) -> Checked<&'a str> {
    of.only(&[
        "figure",
        "of",
        "place",
        "unit",
        "venue",
        "own",
        "not_computed",
        "difference",
        "outcome",
        "causes",
        "nearest",
    ])?;
    for name in ["figure", "of", "place", "unit"] {
        of.member(name)?.text()?;
    }
    let kind = of.member("figure")?;
    let code = kind.text()?;
    if !FigureKind::ALL.iter().any(|kind| kind.code() == code) {
        return kind.wrong("is no figure that is compared");
    }
    let (venue, own) = (of.member("venue")?, of.member("own")?);
    let (stated, difference) = (venue.number_or_null()?, of.member("difference")?);
    let why = of.member("not_computed")?.text_or_null()?;
    let zero = Number::zero();
    let computed = own.number_or_null()?;
    let gap = stated.as_ref().unwrap_or(&zero).minus(computed.as_ref().unwrap_or(&zero));
    let has_both = stated.is_some() && computed.is_some();
    let decimals = venue.text_or_null()?.and_then(|text| Decimal::parse(text).ok());
    let decimals = decimals.map(|figure| figure.scale());
    let of_figures = Gap { venue: stated, own: computed, gap, decimals };
    if why.is_some() && of_figures.own.is_some() {
        return own.wrong("is a figure of the rule, and another member says why there is none");
    }
    match difference.number_or_null()? {
        Some(_) if !has_both => {
            return difference.wrong("is a difference from a figure that is not there");
        }
        None if has_both => return difference.wrong("is missing beside two figures"),
        Some(stated) if !stated.can_be(&of_figures.gap) => {
            return difference.wrong("is not the venue's figure less the rule's");
        }
        _ => {}
    }
    check_outcome(of, &of_figures, why.is_some())
}

fn check_outcome<'a>(of: &At<'a>, figures: &Gap, is_not_computed: bool) -> Checked<&'a str> {
    let outcome = of.member("outcome")?;
    let (causes, nearest) = (of.member("causes")?, of.member("nearest")?);
    let all = causes.items()?;
    let mut sum = Number::zero();
    let mut brings_something = false;
    let mut seen = BTreeSet::new();
    for cause in &all {
        cause.only(&["code", "cause", "effect"])?;
        let code = check_cause(cause)?;
        brings_something |= !OF_FIGURES.contains(&code);
        if !seen.insert([code, cause.member("cause")?.text()?]) {
            return cause.wrong("is there twice");
        }
        let place = cause.member("effect")?;
        let effect = place.number()?;
        if code == ROUNDING && figures.exceeds_digit(&effect) {
            return place.wrong("is more than the last digit of the venue's figure");
        }
        sum = sum.plus(&effect);
    }
    let code = outcome.text()?;
    if code != "explained" && !all.is_empty() {
        return causes.wrong(format!("are there, and the figure is {code}"));
    }
    if code != "unexplained" && !nearest.value.is_null() {
        return nearest.wrong(format!("is there, and the figure is {code}"));
    }
    match code {
        "equal" if is_not_computed || !figures.is_none() => {
            outcome.wrong("is equal, and the two figures are not")
        }
        "explained" if all.is_empty() => outcome.wrong("is explained, and no cause is there"),
        "explained" if is_not_computed && !brings_something => {
            causes.wrong("are of a figure of the rule, and there is none")
        }
        "explained" if !sum.can_be(&figures.gap) => {
            causes.wrong("have effects that do not add up to the difference")
        }
        "explained" if !is_not_computed && figures.is_none() => {
            outcome.wrong("is explained, and there is no difference")
        }
        "unexplained" if is_not_computed || figures.is_none() => {
            outcome.wrong("is unexplained, and there is no difference")
        }
        "unexplained" if !nearest.value.is_null() => check_nearest(&nearest, figures),
        "not-computed" if !is_not_computed => {
            outcome.wrong("is not-computed, and nothing says why the rule has no figure")
        }
        "equal" | "explained" | "unexplained" | "not-computed" => Ok(()),
        _ => outcome.wrong("is no outcome of a comparison"),
    }?;
    Ok(code)
}

/// The code of what rounding to the digits of the venue's figure makes.
const ROUNDING: &str = "rounding";

/// Codes of causes that change a figure of the rule, and give none where there is none.
const OF_FIGURES: [&str; 5] =
    [ROUNDING, "entry-price-rounding", "balance-rounding", "fee-left-out", "sum-of-parts"];

/// The code of a cause, which is one of those that there are.
fn check_cause<'a>(cause: &At<'a>) -> Checked<&'a str> {
    cause.member("cause")?.text()?;
    let place = cause.member("code")?;
    let code = place.text()?;
    if CODES.contains(&code) { Ok(code) } else { place.wrong("is the code of no cause") }
}

/// The cause that comes nearest leaves less than there is.
fn check_nearest(nearest: &At<'_>, figures: &Gap) -> Checked<()> {
    nearest.only(&["code", "cause", "effect", "remainder"])?;
    check_cause(nearest)?;
    let effect = nearest.member("effect")?.number()?;
    let left = nearest.member("remainder")?;
    let rest = left.number()?;
    if figures.venue.is_none() || figures.own.is_none() {
        return nearest.wrong("is there beside a figure that is not");
    }
    if !effect.plus(&rest).can_be(&figures.gap) {
        return left.wrong("is not what the effect leaves of the difference");
    }
    let [least, _] = rest.magnitude();
    let [_, most] = figures.gap.magnitude();
    if least >= most {
        return left.wrong("is not less than the difference");
    }
    Ok(())
}
