//! What must be proven of the account: the requirement, its books, level and floor.

use super::desk::Desk;
use crate::pins::{BooksPin, IsolatedPin, SubjectPin};
use crate::refused::Refused;
use crate::verdict::NotChecked;
use zkmargin_model::claim::Claim;
use zkmargin_model::measure::{Measure, StressName};
use zkmargin_model::rule::{Books, Isolated};
use zkmargin_model::shown::quoted;
use zkmargin_model::subject::Subject;
use zkmargin_params::portfolio::PortfolioSchedule;
use zkmargin_params::{ClaimDemand, FileError, Schedule, ScheduleKind};

/// What the claim must be about of isolated positions.
fn isolated(demand: &ClaimDemand, schedule: &Schedule) -> Result<IsolatedPin, Refused> {
    let named = |text: &String| {
        let no_such = |e: FileError| Refused::NoSuchPosition(format!("{text}: {}", e.message));
        schedule.position_name(text).map_err(no_such)
    };
    Ok(match (&demand.only_isolated, &demand.all_but_isolated, demand.cross_alone) {
        (Some(text), ..) => IsolatedPin::Only(named(text)?),
        (None, Some(text), _) => IsolatedPin::AllBut(named(text)?),
        (None, None, true) => IsolatedPin::CrossAlone,
        (None, None, false) => IsolatedPin::All,
    })
}

impl Desk<'_> {
    /// What the claim must be about: all of the schedule's books, or the demanded requirement of a portfolio account,
    /// unless the policy says otherwise.
    pub(super) fn subject(&mut self) -> Result<SubjectPin, Refused> {
        match self.market.schedule().kind() {
            ScheduleKind::Linear(schedule) => match &self.demands.file().claim.stress {
                Some(demanded) => Err(Refused::NoSuchStress(demanded.clone())),
                None => self.books(schedule).map(SubjectPin::Books),
            },
            ScheduleKind::Portfolio(schedule) => self.measure(schedule).map(SubjectPin::Portfolio),
        }
    }

    /// The requirement or stress of a portfolio account.
    fn measure(&self, schedule: &PortfolioSchedule) -> Result<Measure, Refused> {
        let demand = &self.demands.file().claim;
        let position = demand.only_isolated.as_ref().or(demand.all_but_isolated.as_ref());
        if let Some(text) = position {
            return Err(Refused::NoSuchPosition(format!(
                "{text}: a portfolio account is one book"
            )));
        }
        if let Some(demanded) = demand.settlement_asset.clone() {
            let has = "a portfolio account is one book".to_owned();
            return Err(Refused::NoSuchBook { demanded, has });
        }
        let Some(name) = &demand.stress else { return Ok(self.demands.requirement().into()) };
        let no_such = || Refused::NoSuchStress(name.clone());
        if !schedule.file().stresses.iter().any(|stress| stress.name == *name) {
            return Err(no_such());
        }
        StressName::new(&**name).map(Measure::Stress).map_err(|_| no_such())
    }

    fn books(&mut self, schedule: &Schedule) -> Result<BooksPin, Refused> {
        let demand = &self.demands.file().claim;
        let isolated = isolated(demand, schedule)?;
        let demanded = demand.settlement_asset.as_ref();
        let no_such = |has: String| match demanded {
            Some(demanded) => Err(Refused::NoSuchBook { demanded: demanded.clone(), has }),
            None => Ok(None),
        };
        if schedule.has_other_books() {
            self.open.insert(NotChecked::OtherBooks);
        }
        let settlement_asset = if matches!(isolated, IsolatedPin::Only(_)) {
            // No cross book.
            Ok(None)
        } else if schedule.file().settlement_asset_books {
            let books: Vec<_> = schedule.assets().iter().filter(|a| a.settles).collect();
            let symbols = || {
                let symbols = books.iter().map(|a| quoted(&a.symbol).to_string());
                symbols.collect::<Vec<_>>().join(", ")
            };
            match demanded {
                Some(symbol) => match books.iter().find(|a| a.symbol == *symbol) {
                    Some(asset) => Ok(asset.book()),
                    None => Ok(no_such(format!("it has those of {}", symbols()))?),
                },
                None => match &books[..] {
                    [only] => Ok(only.book()),
                    _ => Err(symbols()),
                },
            }
        } else {
            Ok(no_such("it has one cross book of all assets".to_owned())?)
        };
        Ok(BooksPin { settlement_asset, isolated })
    }

    /// What a claim that a level is not met would be about.
    fn not_met(&self) -> Subject {
        match self.market.schedule().kind() {
            ScheduleKind::Linear(schedule) => {
                let claim = &self.demands.file().claim;
                let isolated = match (claim.cross_alone, &claim.only_isolated) {
                    _ if !schedule.file().isolated_books => Isolated::None,
                    (_, Some(_)) => Isolated::Only,
                    (true, None) => Isolated::LeftOut,
                    (false, None) => Isolated::Compared,
                };
                Subject::Books(Books { settlement_asset: None, isolated, position: None })
            }
            ScheduleKind::Portfolio(_) => Subject::Portfolio(self.demands.requirement().into()),
        }
    }

    pub(super) fn claim(&self) -> Result<Claim, Refused> {
        let schedule = self.market.schedule();
        let level = &self.demands.level;
        level.check(schedule, self.demands.requirement())?;
        if self.demands.file().claim.does_not_meet {
            schedule.decides_deficiency(&self.not_met())?;
            return Claim::deficiency(level.level_bps()).map_err(|_| Refused::Floor);
        }
        let floor = self.demands.floor.in_units(schedule.margin_decimals());
        let floor = floor.ok_or(Refused::Floor)?;
        Claim::with_floor(level.level_bps(), floor).map_err(|_| Refused::Floor)
    }
}
