//! The markets of a portfolio schedule at a snapshot: one for each requirement.

use super::place::Blame;
use super::requirements_file::RequirementFile;
use super::schedule::PortfolioSchedule;
use super::snapshot::{CHECK, Figures, PortfolioSnapshot, least};
use super::snapshot_file::PortfolioSnapshotFile;
use super::terms::Building;
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::market::market_digest;
use crate::requirement::Requirement;
use crate::venue::nearest_quotient;
use std::sync::OnceLock;
use zkmargin_model::decimal::{Decimal, format_scaled};
use zkmargin_model::digest::{DigestTag, Encoder, MarketDigest, RegistryDigest};
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio::Market;
use zkmargin_model::portfolio::loadings::DIGITS;
use zkmargin_model::shown::quoted;

/// Digits after the point of the price of what a contract is of: as many more than those of a value as a multiplier can have.
const PRICE_DIGITS: u32 = 2 * DIGITS;

/// A portfolio schedule at a snapshot, with the integer markets they make up.
#[derive(Clone, Debug)]
pub struct PortfolioMarket {
    // Private, so that markets and their digests cannot be taken apart.
    schedule: PortfolioSchedule,
    snapshot: PortfolioSnapshot,
    markets: Vec<(Requirement, Result<Market, FileError>)>,
    // Made when they are asked for, in the order of the schedule's list.
    stresses: Vec<OnceLock<Option<Market>>>,
    digest: MarketDigest,
}

impl PortfolioMarket {
    /// Builds the integer markets of a schedule at a snapshot.
    ///
    /// # Errors
    /// [`FileError`] in either file. A requirement that the snapshot's confidences forbid is no error here, but of
    /// [`Self::market`].
    pub fn compile(
        schedule: &PortfolioSchedule,
        file: &PortfolioSnapshotFile,
    ) -> Result<Self, FileError> {
        let snapshot = PortfolioSnapshot::new(schedule, file)?;
        let mut markets = Vec::new();
        for (requirement, written) in schedule.file.requirements.all() {
            let market = build(schedule, requirement, written, &snapshot.figures, false)?;
            let doubt = doubt(requirement, written, &snapshot.figures)?;
            markets.push((requirement, doubt.map_or(Ok(market), Err)));
        }
        Ok(Self {
            schedule: schedule.clone(),
            digest: market_digest(&schedule.digest(), &snapshot.digest()),
            snapshot,
            markets,
            stresses: vec![OnceLock::new(); schedule.file.stresses.len()],
        })
    }

    /// The schedule.
    pub fn schedule(&self) -> &PortfolioSchedule {
        &self.schedule
    }

    /// The snapshot.
    pub fn snapshot(&self) -> &PortfolioSnapshot {
        &self.snapshot
    }

    /// The market of a requirement.
    ///
    /// # Errors
    /// [`ErrorCode::LowConfidence`] while a feed is below the least confidence of this requirement, and
    /// [`ErrorCode::NoRequirement`] when the schedule does not say what it is.
    pub fn market(&self, requirement: Requirement) -> Result<&Market, FileError> {
        match self.markets.iter().find(|(of, _)| *of == requirement) {
            Some((_, market)) => market.as_ref().map_err(Clone::clone),
            None => {
                let name = requirement.name();
                let message = format!("the schedule has no requirement `{name}`");
                let check = Checker(FileKind::PortfolioSchedule);
                Err(check.error(ErrorCode::NoRequirement, "/requirements", message))
            }
        }
    }

    /// The market at which a claim is decided: of a requirement, or of a stress, whose scenarios are those of maintenance.
    ///
    /// # Errors
    /// As for [`Self::market`]; [`ErrorCode::NoRequirement`] when the schedule has no such stress.
    pub fn of_measure(&self, measure: &Measure) -> Result<&Market, FileError> {
        if let Some(requirement) = Requirement::of_measure(measure) {
            return self.market(requirement);
        }
        let name = measure.stress().unwrap_or_default();
        let whole = self.market(Requirement::Maintenance)?;
        let at = self.schedule.file.stresses.iter().position(|stress| stress.name == name);
        let made = at.and_then(|at| self.stresses.get(at)).and_then(|stress| {
            // What is left of a checked market is one.
            stress.get_or_init(|| whole.of_stress(name)?.ok()).as_ref()
        });
        made.ok_or_else(|| {
            let message = format!("the schedule has no stress {}", quoted(name));
            let check = Checker(FileKind::PortfolioSchedule);
            check.error(ErrorCode::NoRequirement, "/stresses", message)
        })
    }

    /// The identity of the keys of a requirement or stress.
    pub fn digest_of(&self, measure: &Measure) -> MarketDigest {
        let mut out = Encoder::new();
        out.fixed(self.digest.bytes()).text(&measure.to_string());
        out.digest(DigestTag::Measure).into()
    }

    /// Digest of the rule by which ids follow from contracts, and of the record that an account relies on.
    pub fn registry_digest(&self) -> RegistryDigest {
        self.schedule.registry_digest()
    }

    /// The price of an asset in the valuation currency.
    pub fn asset_price(&self, symbol: &str) -> Option<Decimal> {
        let asset = self.schedule.asset(symbol)?;
        let at = self.schedule.assets().iter().position(|a| a.id == asset.id)?;
        let file = &self.schedule.file;
        let decimals = file.valuation.decimals - file.digits.product;
        Some(Decimal::from_scaled(self.snapshot.figures.assets.get(at)?, decimals))
    }

    /// Public prices by name, in the valuation currency.
    pub fn indices(&self) -> impl Iterator<Item = (&str, &Decimal)> {
        let names = self.schedule.file.indices.iter().map(String::as_str);
        names.zip(&self.snapshot.figures.indices)
    }

    /// Forwards by the name of their group, in the valuation currency.
    pub fn forwards(&self) -> impl Iterator<Item = (&str, Decimal)> {
        let groups = self.schedule.groups.iter().zip(&self.snapshot.figures.groups);
        groups.filter_map(|(group, figures)| {
            let [forward, _] = figures.forward?;
            Some((group.name.as_str(), Decimal::from_scaled(&forward.into(), DIGITS)))
        })
    }

    /// The price of what an instrument is of, from which all else that the snapshot says of it follows: of one that is no
    /// option and has not expired, where loadings are derived and the slopes of its group are in the schedule. It is the value
    /// of a size of 1 over the multiplier, to 36 digits.
    pub fn spot_price(&self, symbol: &str) -> Option<Decimal> {
        let place = self.schedule.instruments.iter().position(|i| i.symbol == symbol)?;
        let (instrument, figures) = (&self.schedule.instruments[place], &self.snapshot.figures);
        let has_expired = figures.groups[instrument.group].seconds == Some(0);
        let class = self.schedule.groups[instrument.group].class;
        let file = &self.schedule.file;
        let is_derived = file.derived.is_some() && file.classes[class].slopes.is_some();
        let follows = is_derived && instrument.strike.is_none() && !has_expired;
        let value = &figures.instruments.get(place).filter(|_| follows)?.unit_value;
        let multiplier = Decimal::from_scaled(&instrument.multiplier.into(), DIGITS);
        let price = nearest_quotient(&[value], &multiplier, PRICE_DIGITS)?;
        Some(Decimal::from_scaled(&price, PRICE_DIGITS))
    }

    /// Digest of schedule and snapshot: the identity of the market.
    pub fn digest(&self) -> MarketDigest {
        self.digest
    }
}

/// Checks the schedule's markets at the figures that need the least width: what does not fit then never does.
pub(super) fn check_least(schedule: &PortfolioSchedule) -> Result<(), FileError> {
    let figures = least(schedule);
    for (requirement, written) in schedule.file.requirements.all() {
        build(schedule, requirement, written, &figures, true)?;
    }
    Ok(())
}

fn build(
    schedule: &PortfolioSchedule,
    requirement: Requirement,
    file: &RequirementFile,
    figures: &Figures,
    is_least: bool,
) -> Result<Market, FileError> {
    let Some(plan) = schedule.plan(requirement) else {
        // Plans are made with the schedule, one for each requirement.
        let check = Checker(FileKind::PortfolioSchedule);
        return Err(check.error(ErrorCode::NoRequirement, "/requirements", "has no columns"));
    };
    let terms = Building { schedule, figures, plan, file }.terms()?;
    let blame = Blame { schedule, figures, plan, is_least };
    Market::new(terms).map_err(|error| blame.place(&error))
}

/// Why no claim of a requirement can be made: the first feed below its least confidence.
fn doubt(
    requirement: Requirement,
    file: &RequirementFile,
    figures: &Figures,
) -> Result<Option<FileError>, FileError> {
    let Some(text) = &file.least_confidence else { return Ok(None) };
    let place = format!("/requirements/{}/least_confidence", requirement.name());
    let least = Checker(FileKind::PortfolioSchedule).share(text, &place)?;
    let low = figures.feeds.iter().find(|feed| feed.confidence < least);
    Ok(low.map(|feed| {
        let confidence = format_scaled(&feed.confidence.into(), DIGITS);
        let message = format!(
            "no claim of {} while a feed is below its threshold: the confidence is {confidence}, below {}",
            requirement.margin(),
            text.as_str()
        );
        CHECK.error(ErrorCode::LowConfidence, feed.pointer.clone(), message)
    }))
}
