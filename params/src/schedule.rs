//! The checked schedule and what it answers.

use super::asked_books::{AskedBooks, split_position};
use super::blocks::LastIds;
use super::departures::{Departures, OTHER_BOOKS};
use super::elements;
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::policy_file::CoveredFile;
use super::requirement::Requirement;
use super::schedule_file::{KindFile, ScheduleFile};
use super::unit::Unit;
use std::collections::BTreeMap;
use std::num::NonZeroU16;
use zkmargin_model::claim::{Claim, Menu};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest};
use zkmargin_model::floor::{Floor, WrittenFloor};
use zkmargin_model::rule::{
    Books, BracketedLinear, Isolated, LinearStep, NamedBooks, PositionName, TierFamily,
};
use zkmargin_model::shown::quoted;
use zkmargin_model::unit::MarginUnit;

const CHECK: Checker = Checker(FileKind::Schedule);

/// An asset of a checked schedule.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Registry id.
    pub id: u32,
    /// Symbol.
    pub symbol: String,
    /// Digits after the point of an amount.
    pub decimals: u32,
    /// Unit of an amount.
    pub amount_unit: Unit,
    /// Unit of a balance in an account: that of an amount, unless there is interest.
    pub balance_unit: Unit,
    /// Digits after the point of an index price: valuation decimals less the asset's own, unless its value is rounded.
    pub index_decimals: u32,
    /// Whether figures take the place of its price, so that a snapshot has none: no requirement is converted with it.
    pub priced_by_figures: bool,
    /// Whether positions settle in it.
    pub settles: bool,
    /// Place in the file's list.
    pub at: usize,
}

impl Asset {
    /// Its id in [`Books`].
    pub fn book(&self) -> Option<NonZeroU16> {
        self.id.try_into().ok().and_then(NonZeroU16::new)
    }
}

/// An instrument of a checked schedule.
#[derive(Clone, Debug)]
pub struct Instrument {
    /// Registry id.
    pub id: u32,
    /// Symbol.
    pub symbol: String,
    /// Linear or inverse.
    pub kind: KindFile,
    /// Registry id of the settlement asset.
    pub settle: u32,
    /// Digits after the point of the settlement asset.
    pub settle_decimals: u32,
    /// Unit of the settlement asset.
    pub settle_unit: Unit,
    /// Unit of the notional.
    pub notional_unit: Unit,
    /// Digits after the point of a size.
    pub size_decimals: u32,
    /// Unit of a mark price.
    pub price_unit: Unit,
    /// Unit of an entry value: the settlement asset's, or a binary fraction of it.
    pub entry_unit: Unit,
    /// Contract multiplier, positive.
    pub multiplier: Decimal,
    /// Unit of the funding index, if it has one.
    pub funding_unit: Option<Unit>,
    /// Index into [`Schedule::tables`].
    pub table: usize,
    /// Place of its table in the file's list; several of that list can have one requirement table.
    pub tiers_at: usize,
    /// Digits after the point of what tiers by quantity go by: those of a size, or more in a family.
    pub counted_decimals: u32,
    /// The family by which its tiers go, if it has one.
    pub family: Option<TierFamily>,
    /// Whether its mark can be zero or below.
    pub negative_marks: bool,
    /// Rounding of its profit and loss, if it has one.
    pub pnl_rounding: Option<LinearStep>,
    /// Roundings of its requirement.
    pub requirement_rounding: Vec<LinearStep>,
    /// Place in the file's list.
    pub at: usize,
}

/// A requirement table in the unit of the instruments that use it.
#[derive(Clone, Debug)]
pub struct TierTable {
    /// The rows.
    pub brackets: BracketedLinear,
    /// Place of its first origin in the file's list.
    pub at: usize,
}

/// A checked schedule; only `schedule_check` makes it, from a file.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub(super) file: ScheduleFile,
    pub(super) assets: Vec<Asset>,
    pub(super) instruments: Vec<Instrument>,
    pub(super) tables: Vec<TierTable>,
    pub(super) asset_by_symbol: BTreeMap<String, usize>,
    pub(super) instrument_by_symbol: BTreeMap<String, usize>,
    pub(super) menu: Menu,
    pub(super) margin_unit: MarginUnit,
    pub(super) digest: ScheduleDigest,
    pub(super) registry_digest: RegistryDigest,
    pub(super) last_ids: LastIds,
}

impl Schedule {
    /// The schedule as written.
    pub fn file(&self) -> &ScheduleFile {
        &self.file
    }

    /// Assets, ascending by id.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// Instruments, ascending by id.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// Distinct requirement tables that instruments use.
    pub fn tables(&self) -> &[TierTable] {
        &self.tables
    }

    /// The asset with this symbol.
    pub fn asset(&self, symbol: &str) -> Option<&Asset> {
        self.assets.get(*self.asset_by_symbol.get(symbol)?)
    }

    /// The instrument with this symbol.
    pub fn instrument(&self, symbol: &str) -> Option<&Instrument> {
        self.instruments.get(*self.instrument_by_symbol.get(symbol)?)
    }

    /// The instrument with this registry id.
    pub fn instrument_of_id(&self, id: u32) -> Option<&Instrument> {
        self.instruments.get(self.instruments.binary_search_by_key(&id, |i| i.id).ok()?)
    }

    /// The asset with this registry id.
    pub fn asset_of_id(&self, id: u32) -> Option<&Asset> {
        self.assets.get(self.assets.binary_search_by_key(&id, |a| a.id).ok()?)
    }

    /// The selections of books that a claim can be about without naming a position: with isolated positions before without
    /// them, and settlement assets by their ids. The first leaves out least.
    pub fn selections(&self) -> Vec<Books> {
        let isolated: &[Isolated] = match self.file.isolated_books {
            true => &[Isolated::Compared, Isolated::LeftOut],
            false => &[Isolated::None],
        };
        isolated.iter().copied().flat_map(|isolated| self.with_each_book(isolated)).collect()
    }

    /// Those of claims that name an isolated position, whichever it is.
    pub(crate) fn naming_selections(&self) -> Vec<Books> {
        if !self.file.isolated_books {
            return Vec::new();
        }
        let only = Books { settlement_asset: None, isolated: Isolated::Only, position: None };
        self.with_each_book(Isolated::AllBut).into_iter().chain([only]).collect()
    }

    /// The selections with each cross book.
    fn with_each_book(&self, isolated: Isolated) -> Vec<Books> {
        let assets: Vec<_> = match self.file.settlement_asset_books {
            true => self.assets.iter().filter(|a| a.settles).map(Asset::book).collect(),
            false => vec![None],
        };
        let books = move |settlement_asset| Books { settlement_asset, isolated, position: None };
        assets.into_iter().map(books).collect()
    }

    /// The name of an isolated position from its text, `SYMBOL:long` or `SYMBOL:short`.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownInstrument`] for an instrument that is not listed, and under a schedule without isolated
    /// positions; [`ErrorCode::BadText`] for text of another form.
    pub fn position_name(&self, text: &str) -> Result<PositionName, FileError> {
        let refuse = |code, message: String| CHECK.error(code, "/instruments", message);
        let unknown = |message| refuse(ErrorCode::UnknownInstrument, message);
        if !self.file.isolated_books {
            return Err(unknown(
                "no position is isolated under this schedule; name none".to_owned(),
            ));
        }
        let (symbol, side) = split_position(text).ok_or_else(|| {
            let message = format!("{}: write SYMBOL:long or SYMBOL:short", quoted(text));
            refuse(ErrorCode::BadText, message)
        })?;
        let id = self.instrument(symbol).and_then(|i| u16::try_from(i.id).ok());
        let name = id.and_then(NonZeroU16::new).map(|instrument| PositionName { instrument, side });
        name.ok_or_else(|| unknown(format!("no instrument is named {}", quoted(symbol))))
    }

    /// [`Schedule::position_name`] back as text, with a number for an instrument that is not listed.
    pub fn position_text(&self, name: PositionName) -> String {
        let id = name.instrument.get();
        match self.instrument_of_id(id.into()) {
            Some(instrument) => format!("{}:{}", instrument.symbol, name.side),
            None => format!("#{id}:{}", name.side),
        }
    }

    /// The books that a claim is about: all that the schedule has, unless less is asked for.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownAsset`] for an asset that has no book of its own, and where several have one and none is named;
    /// those of [`Schedule::position_name`]; [`ErrorCode::BadText`] for more than one selection of isolated positions.
    pub fn books(&self, asked: &AskedBooks<'_>) -> Result<Books, FileError> {
        let settlement_asset = asked.settlement_asset;
        let name = |text: &str| self.position_name(text);
        let (isolated, position) = match (
            asked.cross_alone,
            asked.only_isolated,
            asked.all_but_isolated,
        ) {
            (false, None, None) | (true, None, None) if !self.file.isolated_books => {
                (Isolated::None, None)
            }
            (false, None, None) => (Isolated::Compared, None),
            (true, None, None) => (Isolated::LeftOut, None),
            (false, None, Some(text)) => (Isolated::AllBut, Some(name(text)?)),
            (false, Some(text), None) if settlement_asset.is_none() => {
                let (isolated, position) = (Isolated::Only, Some(name(text)?));
                return Ok(Books { settlement_asset: None, isolated, position });
            }
            _ => {
                let message = "a claim about one isolated position only is about no other book, and there is one selection of isolated positions; ask for one";
                return Err(CHECK.error(ErrorCode::BadText, "/instruments", message));
            }
        };
        let refuse =
            |message: String| Err(CHECK.error(ErrorCode::UnknownAsset, "/assets", message));
        if !self.file.settlement_asset_books {
            return match settlement_asset {
                Some(_) => refuse("all assets share one cross book; name none".to_owned()),
                None => Ok(Books { settlement_asset: None, isolated, position }),
            };
        }
        let named = |asset: &&Asset| settlement_asset.is_none_or(|symbol| asset.symbol == symbol);
        match &self.assets.iter().filter(named).collect::<Vec<_>>()[..] {
            [asset] => Ok(Books { settlement_asset: asset.book(), isolated, position }),
            _ => {
                let symbols: Vec<_> = self.assets.iter().map(|a| quoted(&a.symbol)).collect();
                let symbols = symbols.iter().map(ToString::to_string).collect::<Vec<_>>();
                refuse(format!(
                    "each settlement asset has a book of its own, and a claim is about one; name it: {}",
                    symbols.join(", ")
                ))
            }
        }
    }

    /// The books in words, with the symbols of their settlement asset and of the instrument that a claim names.
    pub fn named(&self, books: Books) -> NamedBooks {
        let asset = self.assets.iter().find(|a| Some(a.id) == books.asset_id());
        let id = books.position.map(|name| u32::from(name.instrument.get()));
        let instrument = id.and_then(|id| self.instrument_of_id(id));
        books.named(asset.map(|a| a.symbol.as_str()), instrument.map(|i| i.symbol.as_str()))
    }

    /// What equity, requirements and floors are counted in.
    pub fn margin_unit(&self) -> &MarginUnit {
        &self.margin_unit
    }

    /// Digits after the point of equity, requirements and floors.
    pub fn margin_decimals(&self) -> u32 {
        self.margin_unit.decimals().into()
    }

    /// Whether a listed instrument or asset is valued with figures of the snapshot beside its prices.
    pub fn names_figures(&self, of: &CoveredFile) -> bool {
        match of {
            CoveredFile::Instrument(symbol) => self.instrument(symbol).is_some_and(|i| {
                !elements::made_up(&self.file.instruments[i.at].elements).is_empty()
            }),
            CoveredFile::Asset(symbol) => self
                .asset(symbol)
                .is_some_and(|a| !elements::made_up(&self.file.assets[a.at].elements).is_empty()),
            CoveredFile::Index(_) | CoveredFile::Forward(_) => false,
        }
    }

    /// Digits that requirements have beyond those of their settlement asset.
    pub fn extra_decimals(&self) -> u32 {
        self.margin_decimals() - self.file.valuation.decimals
    }

    /// Unit of equity and requirements as a number of the valuation currency: with the binary digits of amounts.
    pub fn margin_amount_unit(&self) -> Unit {
        Unit { decimals: self.margin_decimals(), bits: self.amount_bits() }
    }

    /// Unit of values before a collateral function.
    pub fn value_unit(&self) -> Unit {
        Unit { decimals: self.file.valuation.decimals, bits: self.amount_bits() }
    }

    /// Unit of an instrument's requirement before it is converted.
    pub fn requirement_unit(&self, instrument: &Instrument) -> Unit {
        let decimals = instrument.settle_decimals + self.extra_decimals();
        Unit { decimals, bits: self.amount_bits() }
    }

    /// The asset in which isolated positions have what is assigned to them, where accounts have allocations.
    pub fn allocation_asset(&self) -> Option<&Asset> {
        self.asset(self.file.allocation_asset.as_deref()?)
    }

    /// Unit of equity and requirement of an isolated position's book in an instrument, and the symbol of what they are
    /// in: its settlement asset, or the currency of margins where accounts have allocations.
    pub fn isolated_unit(&self, instrument: &Instrument) -> (Unit, &str) {
        if self.file.allocation_asset.is_some() {
            return (self.margin_amount_unit(), self.margin_unit().currency());
        }
        let settle = self.file.instruments.get(instrument.at);
        (self.requirement_unit(instrument), settle.map_or("", |i| i.settle.as_str()))
    }

    /// Binary digits of every amount.
    pub fn amount_bits(&self) -> u32 {
        self.file.valuation.bits.unwrap_or(0)
    }

    /// Digest of the schedule.
    pub fn digest(&self) -> ScheduleDigest {
        self.digest
    }

    /// Digest of the rule by which the ids of an account get their meaning.
    pub fn registry_digest(&self) -> RegistryDigest {
        self.registry_digest
    }

    /// Which of its venue's margin requirements it computes.
    pub fn requirement(&self) -> Requirement {
        self.file.requirement
    }

    /// Whether records of positions have own parameters, rates or leverages, whether or not the rule reads them.
    pub fn has_own_parameters(&self) -> bool {
        self.file.own_rates || self.file.own_leverage_decimals.is_some()
    }

    /// What equity is compared with, in words: the requirement's, with the books that it asks nothing of.
    pub fn margin(&self) -> &'static str {
        match self.file.no_requirement_is_healthy {
            false => self.requirement().margin(),
            true => self.requirement().margin_if_any(),
        }
    }

    /// The claims it publishes; levels and floors ascend.
    pub fn menu(&self) -> &Menu {
        &self.menu
    }

    /// A level on the menu by name, in basis points.
    pub fn level(&self, name: &str) -> Option<u32> {
        self.file.menu.levels.iter().find(|l| l.name == name).map(|l| l.level_bps)
    }

    /// Whether a holder's account at the venue has books besides that which an account under this schedule is proven in: of
    /// other settlement assets, or what the schedule says that it leaves out ([`OTHER_BOOKS`]).
    pub fn has_other_books(&self) -> bool {
        let settling = self.assets.iter().filter(|asset| asset.settles).count();
        let says = |what: &String| OTHER_BOOKS.iter().any(|words| what.starts_with(words));
        self.file.settlement_asset_books && settling > 1 || self.file.leaves_out.iter().any(says)
    }

    /// In what the schedule may differ from its venue's own rule to the last unit, as it says itself; `None` if in
    /// nothing.
    pub fn departures(&self) -> Option<Departures<'_>> {
        Departures::new(self.file.rounding_assumed.as_deref(), &self.file.leaves_out)
    }

    fn check_level(&self, level_bps: u32) -> Result<(), FileError> {
        if self.menu.levels_bps.contains(&level_bps) {
            return Ok(());
        }
        let levels: Vec<_> =
            self.file.menu.levels.iter().map(|l| l.level_bps.to_string()).collect();
        let message =
            format!("level {level_bps} is not on the menu; choose from {}", levels.join(", "));
        Err(CHECK.error(ErrorCode::OffMenu, "/menu/levels", message))
    }

    /// A claim about one isolated position only, at a level of the menu in basis points. It has no floor: those of the menu are
    /// of cross books.
    ///
    /// # Errors
    /// [`ErrorCode::OffMenu`] when the level is not on the menu.
    pub fn position_claim(&self, level_bps: u32) -> Result<Claim, FileError> {
        self.check_level(level_bps)?;
        let claim = Claim::with_floor(level_bps, Floor::none());
        claim.map_err(|e| CHECK.error(ErrorCode::OffMenu, "/menu/levels", e.to_string()))
    }

    /// A claim from the menu: a level in basis points and a floor in the valuation currency.
    ///
    /// # Errors
    /// [`ErrorCode::OffMenu`] when either is not on the menu.
    pub fn claim(&self, level_bps: u32, floor: &WrittenFloor) -> Result<Claim, FileError> {
        self.check_level(level_bps)?;
        let floor = floor.in_units(self.margin_decimals());
        match floor
            .filter(|f| self.menu.floors.contains(f))
            .map(|f| Claim::with_floor(level_bps, f))
        {
            Some(Ok(claim)) => Ok(claim),
            _ => {
                let floors: Vec<_> = self.file.menu.floors.iter().map(|f| f.as_str()).collect();
                let message =
                    format!("the floor is not on the menu; choose from {}", floors.join(", "));
                Err(CHECK.error(ErrorCode::OffMenu, "/menu/floors", message))
            }
        }
    }
}
