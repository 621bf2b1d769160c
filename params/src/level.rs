//! Levels as demanded: the figure is the demand, whatever a schedule calls it.

use super::any::AnySchedule;
use super::requirement::Requirement;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::widths::LEVEL_BITS;

/// A level that a verifier demands, or that a prover answers: basis points of the required margin.
///
/// Written as digits, as the requirement's name (`maintenance` or `initial`), which is 10000, or as a name on the
/// schedule's menu with its figure, such as `buffer-10=11000`. A name alone would leave the figure to whoever wrote the
/// schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelDemand {
    name: Option<String>,
    level_bps: u32,
}

/// Why a text is not a level that can be demanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// A name without its figure.
    #[error(
        "a level is written in basis points, from 10000, as `maintenance` or `initial`, or as a name with its figure such as `buffer-10=11000`: what a name alone means is up to the schedule"
    )]
    NoFigure,
    /// A figure that is not below the width of a level.
    #[error("a level is at most {} basis points", (1u32 << LEVEL_BITS) - 1)]
    TooHigh,
    /// Less than the required margin.
    #[error(
        "{0} basis points are less than the required margin, which is 10000: that would not demand health"
    )]
    BelowMargin(u32),
    /// A requirement's name with another figure.
    #[error("`{}` is 10000 basis points", .0.name())]
    Whole(Requirement),
    /// The name of a requirement other than the demanded one.
    #[error("`{}` is the {}; the {} is demanded: write `{}`, or basis points", .named.name(), .named.margin(), .demanded.margin(), .demanded.name())]
    OtherRequirement {
        /// The one named.
        named: Requirement,
        /// The one demanded.
        demanded: Requirement,
    },
    /// The schedule's menu has the name with another figure, or not at all.
    #[error("the schedule's menu has {}; {name:?} is demanded as {demanded} basis points",
        .found.map_or_else(|| "no level of this name".to_owned(), |found| format!("it at {found} basis points")))]
    OtherFigure {
        /// The name.
        name: String,
        /// Basis points that are demanded.
        demanded: u32,
        /// Basis points on the menu.
        found: Option<u32>,
    },
}

fn figure(text: &str) -> Result<u32, LevelError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(LevelError::NoFigure);
    }
    text.parse().ok().filter(|bps| *bps < 1 << LEVEL_BITS).ok_or(LevelError::TooHigh)
}

impl LevelDemand {
    /// Reads a level that a verifier demands.
    ///
    /// # Errors
    /// [`LevelError`].
    pub fn parse(text: &str) -> Result<Self, LevelError> {
        let (name, level_bps) = match text.split_once('=') {
            Some((name, bps)) => (Some(name), figure(bps)?),
            None if Requirement::of_name(text).is_some() => (Some(text), MARGIN_BPS),
            None => (None, figure(text)?),
        };
        if let Some(requirement) = name.and_then(Requirement::of_name)
            && level_bps != MARGIN_BPS
        {
            return Err(LevelError::Whole(requirement));
        }
        if name.is_some_and(|name| name.is_empty() || name.bytes().all(|b| b.is_ascii_digit())) {
            return Err(LevelError::NoFigure);
        }
        if level_bps < MARGIN_BPS {
            return Err(LevelError::BelowMargin(level_bps));
        }
        Ok(Self { name: name.map(str::to_owned), level_bps })
    }

    /// Basis points of the required margin.
    pub fn level_bps(&self) -> u32 {
        self.level_bps
    }

    /// Checks that the level does not name a requirement other than the demanded one.
    ///
    /// # Errors
    /// [`LevelError::OtherRequirement`].
    pub fn check_requirement(&self, demanded: Requirement) -> Result<(), LevelError> {
        let named = self.name.as_deref().and_then(Requirement::of_name);
        match named.filter(|named| *named != demanded) {
            Some(named) => Err(LevelError::OtherRequirement { named, demanded }),
            None => Ok(()),
        }
    }

    /// Checks that the schedule's menu gives the figure the same name as the demand does, among the levels of a
    /// requirement that the schedule computes.
    ///
    /// # Errors
    /// [`LevelError::OtherFigure`], and [`LevelError::OtherRequirement`] for the name of another requirement.
    pub fn check(
        &self,
        schedule: &dyn AnySchedule,
        requirement: Requirement,
    ) -> Result<(), LevelError> {
        self.check_requirement(requirement)?;
        let name = self.name.as_deref().filter(|name| Requirement::of_name(name).is_none());
        let Some(name) = name else { return Ok(()) };
        match schedule.level(name, requirement) {
            Some(found) if found == self.level_bps => Ok(()),
            found => {
                let name = name.to_owned();
                Err(LevelError::OtherFigure { name, demanded: self.level_bps, found })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_a_figure_and_a_name_has_one() {
        let bps = |text: &str| LevelDemand::parse(text).map(|level| level.level_bps());
        assert_eq!(bps("10000"), Ok(10_000));
        assert_eq!(bps("buffer-10=11000"), Ok(11_000));
        for text in ["", "buffer-10", "=11000", "12=11000", "buffer=", "+10000", "10000.0", "1e5"] {
            assert_eq!(bps(text), Err(LevelError::NoFigure), "{text}");
        }
        for (text, found) in [("0", 0), ("1", 1), ("9999", 9_999), ("lax=9999", 9_999)] {
            assert_eq!(bps(text), Err(LevelError::BelowMargin(found)));
        }
        for requirement in Requirement::ALL {
            let name = requirement.name();
            assert_eq!(bps(name), Ok(10_000));
            assert_eq!(bps(&format!("{name}=10000")), Ok(10_000));
            assert_eq!(bps(&format!("{name}=20000")), Err(LevelError::Whole(requirement)));
        }
        assert_eq!(bps("99999999999"), Err(LevelError::TooHigh));
        assert_eq!(bps("131072"), Err(LevelError::TooHigh));
    }

    #[test]
    fn a_requirements_name_is_of_no_other() {
        let [maintenance, initial, ..] = Requirement::ALL;
        let of =
            |text: &str, demanded| LevelDemand::parse(text).unwrap().check_requirement(demanded);
        for (named, demanded) in [(maintenance, initial), (initial, maintenance)] {
            let error = LevelError::OtherRequirement { named, demanded };
            assert_eq!(of(named.name(), demanded), Err(error));
            assert_eq!(of(named.name(), named), Ok(()));
            assert_eq!(of("10000", demanded), Ok(()));
            assert_eq!(of("buffer-10=11000", demanded), Ok(()));
        }
    }
}
