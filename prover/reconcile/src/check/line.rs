//! One figure: the difference, its causes and the outcome say the same.

use super::Checked;
use super::at::At;
use super::cause::{check_cause, check_causes};
use super::number::Number;
use zkmargin_params::venues::FigureKind;

/// What the venue's figure is beside ours, both zero where there is none.
pub(super) struct Gap {
    pub(super) venue: Option<Number>,
    own: Option<Number>,
    gap: Number,
}

impl Gap {
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
    of.member("place")?.text()?;
    for name in ["figure", "of", "unit"] {
        of.member(name)?.name()?;
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
    let of_figures = Gap { venue: stated, own: computed, gap };
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
    let all = check_causes(&causes, of)?;
    let code = outcome.text()?;
    if code != "explained" && all.count > 0 {
        return causes.wrong(format!("are there, and the figure is {code}"));
    }
    if code != "unexplained" && !nearest.value.is_null() {
        return nearest.wrong(format!("is there, and the figure is {code}"));
    }
    match code {
        "equal" if is_not_computed || !figures.is_none() => {
            outcome.wrong("is equal, and the two figures are not")
        }
        "explained" if all.count == 0 => outcome.wrong("is explained, and no cause is there"),
        "explained" if is_not_computed && !all.brings_something => {
            causes.wrong("are of a figure of the rule, and there is none")
        }
        "explained" if !all.sum.can_be(&figures.gap) => {
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
