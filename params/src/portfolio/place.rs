//! Where in the files a refusal of the integer market has its cause.

use super::columns::Plan;
use super::schedule::PortfolioSchedule;
use super::snapshot::Figures;
use crate::error::{ErrorCode, FileError, FileKind};
use zkmargin_model::portfolio::MarketError;
use zkmargin_model::rule;

/// Which files a market was made of.
pub(super) struct Blame<'a> {
    pub(super) schedule: &'a PortfolioSchedule,
    pub(super) figures: &'a Figures,
    pub(super) plan: &'a Plan,
    /// Whether there is no snapshot yet.
    pub(super) is_least: bool,
}

impl Blame<'_> {
    fn column(&self, index: usize) -> usize {
        self.plan.places.get(index).copied().unwrap_or(0)
    }

    /// The instrument's place in the snapshot, or in the schedule if there is none yet.
    fn instrument(&self, id: u32) -> (FileKind, usize) {
        let at = self.schedule.instruments.binary_search_by_key(&id, |i| i.id).unwrap_or(0);
        if self.is_least {
            (FileKind::PortfolioSchedule, self.listed(id))
        } else {
            (FileKind::PortfolioSnapshot, self.figures.instruments.get(at).map_or(0, |i| i.at))
        }
    }

    fn listed(&self, id: u32) -> usize {
        self.schedule.instrument_of(id).map_or(0, |i| i.at)
    }

    fn group(&self, id: u32) -> usize {
        self.schedule.group_of(id).map_or(0, |g| g.at)
    }

    fn strike(&self, id: u32) -> usize {
        self.schedule.strike_of(id).map_or(0, |s| s.at)
    }

    /// The error in the words of the market with a code, a file and a place.
    pub(super) fn place(&self, error: &MarketError) -> FileError {
        let schedule = FileKind::PortfolioSchedule;
        let (code, file, pointer) = match error {
            // Of a checked schedule, ids follow from terms and order follows from ids.
            MarketError::Ids { .. }
            | MarketError::Contracts { .. }
            | MarketError::GroupsOverlap { .. }
            | MarketError::UnitsOverlap { .. }
            | MarketError::StrikeInTwoGroups { .. }
            | MarketError::StrikeApart { .. } => {
                (ErrorCode::BadId, schedule, "/instruments".to_owned())
            }
            MarketError::TooMany { list: "group scans", .. } => {
                (ErrorCode::ListTooLong, schedule, "/scans".to_owned())
            }
            MarketError::TooMany { list, .. } => {
                (ErrorCode::ListTooLong, schedule, format!("/{list}"))
            }
            MarketError::Cells { .. } => (ErrorCode::ListTooLong, schedule, "/columns".to_owned()),
            MarketError::Capacity { .. } => {
                (ErrorCode::OutOfRange, schedule, "/capacity".to_owned())
            }
            MarketError::Reference { list, .. } => {
                (ErrorCode::BadColumn, schedule, format!("/{list}s"))
            }
            MarketError::Length { list, id, .. } => {
                let at = if *list == "group" { self.group(*id) } else { self.listed(*id) };
                (ErrorCode::LoadingsLength, schedule, format!("/{list}s/{at}"))
            }
            MarketError::LoadingWidth { instrument, column, .. } => {
                let (file, at) = self.instrument(*instrument);
                let pointer = match file {
                    FileKind::PortfolioSnapshot if self.schedule.file.derived.is_none() => {
                        format!("/instruments/{at}/loadings/{}", self.column(*column))
                    }
                    _ => format!("/instruments/{at}"),
                };
                (ErrorCode::LoadingWidth, file, pointer)
            }
            MarketError::Figure { list: "instrument", id, .. } => {
                let (file, at) = self.instrument(*id);
                (ErrorCode::Width, file, format!("/instruments/{at}"))
            }
            MarketError::Figure { list: "strike", id, .. } => {
                (ErrorCode::Width, schedule, format!("/instruments/{}", self.strike(*id)))
            }
            MarketError::Figure { list: "group", id, .. } => {
                (ErrorCode::Width, schedule, format!("/groups/{}", self.group(*id)))
            }
            MarketError::Figure { list: "column", id, .. } => {
                let at = self.column(usize::try_from(*id).unwrap_or(usize::MAX));
                (ErrorCode::Width, schedule, format!("/columns/{at}"))
            }
            MarketError::Figure { .. } => {
                let name = self.plan.requirement.name();
                (ErrorCode::Width, schedule, format!("/requirements/{name}/factor"))
            }
            MarketError::Whole { .. } => (ErrorCode::Width, schedule, "/digits".to_owned()),
            MarketError::Packing { column, .. } => {
                (ErrorCode::Packing, schedule, format!("/columns/{}", self.column(*column)))
            }
            MarketError::SumWidth { .. } => (ErrorCode::Width, schedule, "/digits".to_owned()),
            MarketError::Line { column } => {
                (ErrorCode::BadColumn, schedule, format!("/columns/{}", self.column(*column)))
            }
            MarketError::AssetElements { .. } => (ErrorCode::Width, schedule, "/assets".to_owned()),
            MarketError::Assets(error) => {
                let (code, id) = match error {
                    rule::MarketError::CollateralAtZero { id } => {
                        (ErrorCode::CollateralAtZero, Some(*id))
                    }
                    rule::MarketError::Price { id, .. }
                    | rule::MarketError::RowWidth { id, .. } => (ErrorCode::Width, Some(*id)),
                    rule::MarketError::SettleGroup { .. } => (ErrorCode::TooManySettleAssets, None),
                    _ => (ErrorCode::Width, None),
                };
                let asset = id.and_then(|id| self.schedule.asset_of(id));
                let pointer = asset.map_or("/assets".to_owned(), |a| format!("/assets/{}", a.at));
                (code, schedule, pointer)
            }
        };
        FileError::new(code, file, pointer, error.to_string())
    }
}
