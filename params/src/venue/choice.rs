//! What the caller chooses where a venue has several rules or assets.

use super::ImportError;
use super::folder_error::{FolderError, FolderErrorCode as Code};
use crate::Requirement;
use zkmargin_model::decimal::{Decimal, format_scaled};
use zkmargin_model::shown::quoted;

/// What the caller chooses, for venues that have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Name of the schedule; each venue has its own if there is none.
    pub name: Option<String>,
    /// Settlement assets of the instruments that are read.
    pub settle: Vec<String>,
    /// Other assets that are collateral.
    pub collateral: Vec<String>,
    /// The requirement that the schedule computes.
    pub requirement: Option<Requirement>,
    /// Parts of the venue's rule that it has in some cases only.
    pub rule: Vec<RulePart>,
    /// The account that is meant, as the venue's answers name it.
    pub account: Option<String>,
}

/// A part of a venue's rule: its name, and its figure if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePart {
    /// Name.
    pub name: String,
    /// Figure, as written.
    pub figure: Option<String>,
}

impl RulePart {
    /// Reads `NAME` or `NAME=FIGURE`.
    pub fn parse(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, figure)) => Self { name: name.to_owned(), figure: Some(figure.to_owned()) },
            None => Self { name: text.to_owned(), figure: None },
        }
    }
}

/// A choice that not every venue has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choosable {
    /// One settlement asset: [`Choice::settle`].
    Settle,
    /// Several settlement assets.
    SeveralSettle,
    /// [`Choice::collateral`].
    Collateral,
    /// [`Choice::requirement`], of these.
    Requirement(&'static [Requirement]),
    /// [`Choice::rule`], of these.
    Rule(&'static [RuleChoice]),
    /// [`Choice::account`].
    Account,
}

/// A part of a venue's rule that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleChoice {
    /// Its name.
    pub name: &'static str,
    /// Whether it has a figure.
    pub has_figure: bool,
}

impl Choice {
    /// Whether this part of the rule is chosen.
    pub fn has_rule(&self, name: &str) -> bool {
        self.rule.iter().any(|part| part.name == name)
    }

    /// The figure of a part of the rule, in units of `10^-decimals`; 0 if the part is not chosen.
    ///
    /// # Errors
    /// [`ImportError`] for a figure that is not positive, or has more digits or more than `most` units.
    pub fn rule_figure(&self, name: &str, decimals: u32, most: u32) -> Result<u32, ImportError> {
        let Some(part) = self.rule.iter().find(|part| part.name == name) else { return Ok(0) };
        let figure = Decimal::parse(part.figure.as_deref().unwrap_or_default()).ok();
        let figure = figure.and_then(|figure| figure.to_scaled(decimals));
        let figure = figure.and_then(|units| u32::try_from(units).ok());
        figure.filter(|units| (1..=most).contains(units)).ok_or_else(|| ImportError::Choice {
            message: format!(
                "{name} is above 0 and at most {}, with up to {decimals} digits",
                format_scaled(&most.into(), decimals)
            ),
        })
    }
}

/// Refuses choices that would have no effect.
pub(super) fn check(venue: &str, has: &[Choosable], choice: &Choice) -> Result<(), FolderError> {
    let settles = has.contains(&Choosable::Settle) || has.contains(&Choosable::SeveralSettle);
    let wrong = |what: &str, why: &str| {
        let message = format!("{venue} has no choice of {what}: {why}");
        Err(FolderError::new(Code::Choice, "", message))
    };
    if !choice.settle.is_empty() && !settles {
        return wrong("a settlement asset", "its contracts have one");
    }
    if choice.settle.len() > 1 && !has.contains(&Choosable::SeveralSettle) {
        return wrong("several settlement assets", "one is read at a time");
    }
    if !choice.collateral.is_empty() && !has.contains(&Choosable::Collateral) {
        return wrong("collateral", "it is in its rule");
    }
    if let Some(requirement) = choice.requirement {
        let read = has.iter().find_map(|of| match of {
            Choosable::Requirement(read) => Some(*read),
            _ => None,
        });
        match read {
            None => return wrong("a requirement", "only its maintenance margin is read"),
            Some(read) if !read.contains(&requirement) => {
                let names: Vec<_> = read.iter().map(|of| of.name()).collect();
                let why = format!("its requirements are {}", names.join(", "));
                return wrong(&format!("the requirement `{}`", requirement.name()), &why);
            }
            Some(_) => {}
        }
    }
    check_rule(venue, has, &choice.rule)?;
    if choice.account.is_some() && !has.contains(&Choosable::Account) {
        return wrong("an account", "its answers do not say whose they are");
    }
    Ok(())
}

fn check_rule(venue: &str, has: &[Choosable], parts: &[RulePart]) -> Result<(), FolderError> {
    let of_venue = has.iter().find_map(|of| match of {
        Choosable::Rule(choices) => Some(*choices),
        _ => None,
    });
    let of_venue = of_venue.unwrap_or_default();
    let wrong = |message: String| Err(FolderError::new(Code::Choice, "", message));
    for (at, part) in parts.iter().enumerate() {
        let name = quoted(&part.name);
        let Some(choice) = of_venue.iter().find(|choice| choice.name == part.name) else {
            let names: Vec<_> = of_venue.iter().map(|choice| choice.name).collect();
            let there = match names.as_slice() {
                [] => "none of its rule is chosen".to_owned(),
                names => format!("there is {}", names.join(", ")),
            };
            return wrong(format!("{venue} has no part of its rule {name}: {there}"));
        };
        match (choice.has_figure, &part.figure) {
            (true, None) => {
                let message = format!("{name} needs a figure: {}=FIGURE", choice.name);
                return wrong(message);
            }
            (false, Some(_)) => return wrong(format!("{name} has no figure")),
            _ => {}
        }
        if parts[..at].iter().any(|before| before.name == part.name) {
            return wrong(format!("{name} is given twice"));
        }
    }
    Ok(())
}
