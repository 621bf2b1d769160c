//! A step in words, and steps in the making.

use crate::elements::{Figures, Fraction};
use crate::elements_file::StepFile;
use crate::error::FileKind;
use crate::figures::Checker;
use crate::schedule_file::{ModeFile, RoundToFile, RowFile};
use crate::text::DecimalText;
use crate::unit::Unit;
use num_bigint::BigInt;
use zkmargin_model::decimal::Decimal;

/// A step of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedStep {
    /// Which figure, such as `notional`.
    pub figure: String,
    /// What it is made of.
    pub how: String,
    /// How that is rounded; `None` if it is exact.
    pub rounding: Option<ExplainedRounding>,
    /// The figure.
    pub result: Decimal,
}

/// A declared rounding, at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedRounding {
    /// Direction.
    pub mode: ModeFile,
    /// The result is a whole number of these.
    pub unit: Unit,
    /// The exact number before it.
    pub before: Fraction,
}

impl ExplainedRounding {
    /// The result in a unit, of which that of the rounding is a multiple.
    pub(super) fn units(&self, unit: Unit) -> BigInt {
        let result = self.before.rounded(self.mode.to_rule(), self.unit);
        Fraction::of_units(&result, self.unit).count(unit).unwrap_or_default()
    }
}

impl ExplainedStep {
    /// What the figure is made of, with its rounding.
    pub fn words(&self) -> String {
        match &self.rounding {
            Some(rounding) => format!("{}: {rounding}", self.how),
            None => self.how.clone(),
        }
    }
}

impl std::fmt::Display for ExplainedRounding {
    /// `2.1164542, rounded down to 10^-6`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} to {}", self.before.shown(), direction(self.mode), self.unit)
    }
}

/// Direction of a rounding, in words.
fn direction(mode: ModeFile) -> &'static str {
    match mode {
        ModeFile::Floor => "rounded down",
        ModeFile::Ceil => "rounded up",
        ModeFile::Truncate => "rounded toward zero",
        ModeFile::Away => "rounded away from zero",
        ModeFile::NearestUp => "rounded to the nearest, ties up",
        ModeFile::NearestAway => "rounded to the nearest, ties away from zero",
        ModeFile::NearestZero => "rounded to the nearest, ties to zero",
    }
}

/// The rounding of a number that a schedule declares, if it does.
pub(super) fn rounded(round: Option<RoundToFile>, before: Fraction) -> Option<ExplainedRounding> {
    let RoundToFile { mode, decimals } = round?;
    Some(ExplainedRounding { mode, unit: Unit::of_decimals(decimals), before })
}

/// A figure of a checked file.
pub(super) fn figure_of(text: &DecimalText) -> Option<Fraction> {
    Some(Fraction::of_decimal(&Decimal::parse(text.as_str()).ok()?))
}

/// A price that a figure can take the place of, with its name.
pub(super) type Named = (&'static str, Fraction);

/// Steps in the making.
pub(super) struct Steps<'a> {
    pub(super) figures: &'a Figures,
    pub(super) list: Vec<ExplainedStep>,
}

/// What a step is applied to: its name, and the number.
pub(super) struct Of<'a> {
    pub(super) name: &'a str,
    pub(super) number: &'a Fraction,
}

impl<'a> Steps<'a> {
    pub(super) fn new(figures: &'a Figures) -> Self {
        Self { figures, list: Vec::new() }
    }

    /// A figure that is not rounded.
    pub(super) fn exact(
        &mut self,
        figure: impl Into<String>,
        how: impl Into<String>,
        x: &BigInt,
        unit: Unit,
    ) {
        self.push(figure, how, None, x, unit);
    }

    pub(super) fn push(
        &mut self,
        figure: impl Into<String>,
        how: impl Into<String>,
        rounding: Option<ExplainedRounding>,
        x: &BigInt,
        unit: Unit,
    ) {
        let (figure, how, result) = (figure.into(), how.into(), unit.figure(x));
        self.list.push(ExplainedStep { figure, how, rounding, result });
    }

    /// A number times what a step multiplies with, but for a price.
    pub(super) fn product(&self, x: &Fraction, step: &StepFile) -> Fraction {
        let check = Checker(FileKind::Schedule);
        let constant = step.multiply.as_ref().and_then(|of| Fraction::parse(check, of, "").ok());
        let figure = step.by.as_ref().and_then(|by| self.figures.get(by));
        let factors = [constant.as_ref(), figure];
        factors.into_iter().flatten().fold(x.clone(), |x, factor| x.times(factor))
    }

    /// What a step that is written makes of a number, with a result in `out`: in words, such as `size * 0.9 * mark 64000`,
    /// and its rounding.
    pub(super) fn applied(
        &self,
        of: &Of<'_>,
        step: &StepFile,
        price: Option<&Named>,
        out: Unit,
    ) -> (String, Option<ExplainedRounding>) {
        let (mut how, mut before) = (of.name.to_owned(), self.product(of.number, step));
        if let Some(multiply) = &step.multiply {
            how += &format!(" * {}", multiply.as_str());
        }
        let figure = step.by.as_ref().and_then(|by| Some((by.as_str(), self.figures.get(by)?)));
        match (figure, price) {
            (Some((name, value)), _) => how += &format!(" * {name} {value}"),
            (None, Some((name, price))) => {
                how += &format!(" * {name} {price}");
                before = before.times(price);
            }
            (None, None) => {}
        }
        let rounding = step.round.map(|mode| {
            let unit = step.decimals.map_or(out, Unit::of_decimals);
            ExplainedRounding { mode, unit, before }
        });
        (how, rounding)
    }
}

/// The bounds of a row, in words: `, from 50000 and below 600000`.
pub(super) fn bounds(row: &RowFile) -> String {
    match (&row.from, &row.below) {
        (Some(from), Some(below)) => {
            format!(", from {} and below {}", from.as_str(), below.as_str())
        }
        (Some(from), None) => format!(", from {} on", from.as_str()),
        (None, Some(below)) => format!(", below {}", below.as_str()),
        (None, None) => String::new(),
    }
}

/// What a row makes of `x`, its rate and amount divided by `denominator`: in words, such as `0.005 * notional - 50`, and
/// the exact number.
pub(super) fn line(
    row: &RowFile,
    denominator: Option<u32>,
    x: &Of<'_>,
) -> Option<(String, Fraction)> {
    let by = Fraction::of_units(&denominator.unwrap_or(1).into(), Unit::of_decimals(0));
    let rate = figure_of(&row.rate)?.over(&by)?;
    let amount = figure_of(&row.amount)?.over(&by)?;
    if rate.is_zero() {
        return Some((amount.to_string(), amount));
    }
    let mut words = format!("{rate} * {}", x.name);
    if amount.is_negative() {
        words += &format!(" - {}", amount.abs());
    } else if !amount.is_zero() {
        words += &format!(" + {amount}");
    }
    Some((words, rate.times(x.number).plus(&amount)))
}
