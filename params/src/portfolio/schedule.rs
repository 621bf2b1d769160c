//! The checked portfolio schedule and what it answers.

use super::columns::Plan;
use super::lookup::Lookup;
use super::numbering::LastNumbers;
use super::schedule_file::{ContractFile, PortfolioScheduleFile};
use crate::departures::Departures;
use crate::requirement::Requirement;
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest};
use zkmargin_model::floor::Floor;
use zkmargin_model::portfolio::{ContractId, GroupId, MarginError, Page, pages_of};
use zkmargin_model::rule::{Account, TooLarge};
use zkmargin_model::unit::MarginUnit;

/// A collateral asset of a checked schedule.
#[derive(Clone, Debug)]
pub struct PortfolioAsset {
    /// Registry id.
    pub id: u32,
    /// Symbol.
    pub symbol: String,
    /// Place in the file's list.
    pub at: usize,
}

/// A risk unit of a checked schedule.
#[derive(Clone, Debug)]
pub struct PortfolioUnit {
    /// Id.
    pub id: u32,
    /// Name.
    pub name: String,
    /// Place of its public price in the file's list of them.
    pub index: Option<usize>,
    /// Step of its options' strikes, in units of `10^-18`.
    pub strike_step: Option<u128>,
    /// Series of what expires in it, ascending by number.
    pub series: Vec<PortfolioSeries>,
    /// Place in the file's list.
    pub at: usize,
}

/// A series of a unit of a checked schedule.
#[derive(Clone, Debug)]
pub struct PortfolioSeries {
    /// Number.
    pub number: u32,
    /// Terms of its options.
    pub options: Option<PortfolioTerms>,
    /// Terms of what else expires.
    pub futures: Option<PortfolioTerms>,
    /// Place in the unit's list in the file.
    pub at: usize,
}

/// What a size of a contract is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortfolioTerms {
    /// Registry id of the settlement asset.
    pub settle: u32,
    /// Digits after the point of a size.
    pub size_decimals: u32,
    /// How much of the underlying a size of 1 is, in units of `10^-18`.
    pub multiplier: u128,
    /// Version of the contract, if it has one.
    pub contract_version: Option<u32>,
}

/// A group of a checked schedule.
#[derive(Clone, Debug)]
pub struct PortfolioGroup {
    /// Number in this schedule, in the order of ids.
    pub id: u32,
    /// Id, which follows from the unit and what sets the group apart there.
    pub contract_group: GroupId,
    /// Name.
    pub name: String,
    /// Place of its unit in [`PortfolioSchedule::units`].
    pub unit: usize,
    /// Place of its class in the file's list.
    pub class: usize,
    /// Expiry in milliseconds since 1970-01-01, if there is a time of it.
    pub expiry_ms: Option<u64>,
    /// Place in the file's list.
    pub at: usize,
}

/// A strike of a group of a checked schedule.
#[derive(Clone, Debug)]
pub struct PortfolioStrike {
    /// Number in this schedule, in the order of ids.
    pub id: u32,
    /// Price, in units of `10^-18`.
    pub price: u128,
    /// Digits after the point of its instruments' sizes.
    pub size_decimals: u32,
    /// Place of its unit in [`PortfolioSchedule::units`].
    pub unit: usize,
    /// Place of its first instrument in the file's list.
    pub at: usize,
}

/// An instrument of a checked schedule.
#[derive(Clone, Debug)]
pub struct PortfolioInstrument {
    /// Number in this schedule, in the order of ids: what a position of an account that was read under it names.
    pub id: u32,
    /// Registry id, which follows from the contract's terms.
    pub contract: ContractId,
    /// Symbol.
    pub symbol: String,
    /// Place of its group in [`PortfolioSchedule::groups`].
    pub group: usize,
    /// What it is.
    pub kind: ContractFile,
    /// Place of its strike in [`PortfolioSchedule::strikes`], if it is an option.
    pub strike: Option<usize>,
    /// Whether its price has a feed of its own.
    pub feed: bool,
    /// Registry id of the settlement asset. It and the three below are the terms of the series, of what expires.
    pub settle: u32,
    /// Digits after the point of a size.
    pub size_decimals: u32,
    /// How much of the underlying a size of 1 is, in units of `10^-18`.
    pub multiplier: u128,
    /// Version of the contract, if it has one.
    pub contract_version: Option<u32>,
    /// Digits after the point of a value and of a loading.
    pub value_decimals: u32,
    /// Place in the file's list.
    pub at: usize,
}

/// A checked portfolio schedule; only `schedule_check.rs` makes it, from a file.
#[derive(Clone, Debug)]
pub struct PortfolioSchedule {
    pub(super) file: PortfolioScheduleFile,
    pub(super) assets: Vec<PortfolioAsset>,
    pub(super) units: Vec<PortfolioUnit>,
    pub(super) groups: Vec<PortfolioGroup>,
    pub(super) strikes: Vec<PortfolioStrike>,
    pub(super) instruments: Vec<PortfolioInstrument>,
    /// For each place in the file's list of instruments, that in the order of ids.
    pub(super) instrument_order: Vec<usize>,
    pub(super) names: Names,
    pub(super) plans: Vec<Plan>,
    pub(super) floors: Vec<Floor>,
    pub(super) margin_unit: MarginUnit,
    pub(super) last: LastNumbers,
    pub(super) digest: ScheduleDigest,
    pub(super) registry_digest: RegistryDigest,
}

/// Places of names in the file's lists.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) assets: Lookup,
    pub(super) indices: Lookup,
    pub(super) units: Lookup,
    pub(super) groups: Lookup,
    pub(super) instruments: Lookup,
}

impl PortfolioSchedule {
    /// The schedule as written.
    pub fn file(&self) -> &PortfolioScheduleFile {
        &self.file
    }

    /// Assets, ascending by id.
    pub fn assets(&self) -> &[PortfolioAsset] {
        &self.assets
    }

    /// Risk units, ascending by id.
    pub fn units(&self) -> &[PortfolioUnit] {
        &self.units
    }

    /// Groups, ascending by id.
    pub fn groups(&self) -> &[PortfolioGroup] {
        &self.groups
    }

    /// Strikes, ascending by id.
    pub fn strikes(&self) -> &[PortfolioStrike] {
        &self.strikes
    }

    /// Instruments, ascending by id.
    pub fn instruments(&self) -> &[PortfolioInstrument] {
        &self.instruments
    }

    /// The asset with this symbol.
    pub fn asset(&self, symbol: &str) -> Option<&PortfolioAsset> {
        let at = self.names.assets.get(symbol)?;
        self.assets.iter().find(|a| a.at == at)
    }

    /// The asset with this id.
    pub fn asset_of(&self, id: u32) -> Option<&PortfolioAsset> {
        self.assets.get(self.assets.binary_search_by_key(&id, |a| a.id).ok()?)
    }

    /// The instrument with this symbol.
    pub fn instrument(&self, symbol: &str) -> Option<&PortfolioInstrument> {
        let at = self.names.instruments.get(symbol)?;
        self.instruments.get(*self.instrument_order.get(at)?)
    }

    /// The instrument with this id.
    pub fn instrument_of(&self, id: u32) -> Option<&PortfolioInstrument> {
        self.instruments.get(self.instruments.binary_search_by_key(&id, |i| i.id).ok()?)
    }

    /// The strike with this id.
    pub fn strike_of(&self, id: u32) -> Option<&PortfolioStrike> {
        self.strikes.get(self.strikes.binary_search_by_key(&id, |s| s.id).ok()?)
    }

    /// The unit with this id.
    pub fn unit_of(&self, id: u32) -> Option<&PortfolioUnit> {
        self.units.get(self.units.binary_search_by_key(&id, |u| u.id).ok()?)
    }

    /// The group with this id.
    pub fn group_of(&self, id: u32) -> Option<&PortfolioGroup> {
        self.groups.get(self.groups.binary_search_by_key(&id, |g| g.id).ok()?)
    }

    /// What equity, requirements and floors are counted in.
    pub fn margin_unit(&self) -> &MarginUnit {
        &self.margin_unit
    }

    /// Digits after the point of equity and floors.
    pub fn margin_decimals(&self) -> u32 {
        self.margin_unit.decimals().into()
    }

    /// Digits after the point of a loss.
    pub fn loss_decimals(&self) -> u32 {
        let digits = self.file.digits;
        digits.product + digits.slope + digits.group_slope
    }

    /// The pages of an account that was read under this schedule.
    ///
    /// # Errors
    /// [`MarginError`] for an instrument that is not listed, and for too many pages.
    pub fn pages<'a>(&self, account: &'a Account) -> Result<Vec<Page<'a>>, MarginError> {
        let most = usize::try_from(self.file.capacity.positions).unwrap_or(usize::MAX);
        TooLarge::check("positions", account.positions().len(), most)?;
        pages_of(account, |id| {
            let instrument = self.instrument_of(id)?;
            Some((self.groups.get(instrument.group)?.id, instrument.contract))
        })
    }

    /// An account that was read under another schedule of the same numbering, which agrees on ids: the same contracts by their
    /// numbers here.
    ///
    /// # Errors
    /// [`MarginError::UnknownInstrument`], with the number there, for a position in what is not listed here.
    pub fn restated(&self, account: &Account, read_under: &Self) -> Result<Account, MarginError> {
        account.renumbered(|instrument| {
            let contract = read_under.instrument_of(instrument).map(|i| i.contract);
            let place = |c| self.instruments.binary_search_by_key(&c, |i| i.contract).ok();
            let here = contract.and_then(place).and_then(|at| self.instruments.get(at));
            here.map(|i| i.id).ok_or(MarginError::UnknownInstrument { instrument })
        })
    }

    /// Requirements that it computes.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> {
        self.file.requirements.all().map(|(requirement, _)| requirement)
    }

    /// Digest of the schedule.
    pub fn digest(&self) -> ScheduleDigest {
        self.digest
    }

    /// Digest of the rule by which ids follow from contracts, and of the record that an account relies on.
    pub fn registry_digest(&self) -> RegistryDigest {
        self.registry_digest
    }

    /// In what the schedule differs from its venue's own rule, as it says itself.
    pub fn departures(&self) -> Option<Departures<'_>> {
        Departures::new(None, &self.file.leaves_out)
    }
}
