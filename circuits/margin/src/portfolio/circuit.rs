//! The circuit: a portfolio account at a market, named by its public commitment or as one of a ledger.

use super::claim::{ClaimConstants, PortfolioClaimConfig};
use super::column::ColumnConfig;
use super::columns::PortfolioColumns;
use super::group::{self, GroupConfig, Losses, PageSums};
use super::hints::PortfolioWitness;
use super::linear::LinearConfig;
use super::magnitude::MagnitudeConfig;
use super::maximum::MaximumConfig;
use super::page::{self, LastCells, PageCells, PageConfig};
use super::plan::Plan;
use super::shape::{self, PortfolioShape, PortfolioSizeError};
use super::slot::{Above, SlotCells, SlotConfig};
use super::sums::SumsConfig;
use super::table::{Read, Row, TableConfig};
use super::tables::PortfolioTables;
use super::unit::{self, OfUnit};
use crate::anchor::{self, AccountPart, AnchorConfig, MarginCells};
use crate::asset::{AssetCells, AssetConfig, AssetConstants, Unit};
use crate::hints::Membership;
use crate::position::Gadgets;
use crate::slots::{DEGREE, balances, known, reversed_pairs};
use crate::valuation::{Valuation, ValuationConfig};
use crate::{asset, rows, settled};
use std::cell::RefCell;
use std::sync::Arc;
use zkmargin_gadgets::bracket::BracketConfig;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::long::LongConfig;
use zkmargin_gadgets::path::PathConfig;
use zkmargin_gadgets::poseidon::{PoseidonBlocks, PoseidonConfig};
use zkmargin_gadgets::range::RangeConfig;
use zkmargin_gadgets::sorted::SortedConfig;
use zkmargin_model::circuit::{Anchor, K};
use zkmargin_model::portfolio::{PAGE_SLOTS, pages_start};
use zkmargin_model::poseidon::{Tag, initial_state};
use zkmargin_model::rule::{Profile, Settlement};

/// A constant one, for masks and carries.
const ONE: At = aux("1", 0, 0);

/// Which columns and gates a circuit has: see [`crate::Form`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PortfolioForm {
    pub(crate) plan: Plan,
    pub(crate) anchor: Anchor,
    pub(crate) lanes: usize,
}

/// The smallest form.
impl Default for PortfolioForm {
    fn default() -> Self {
        Self { plan: Plan::default(), anchor: Anchor::Commitment, lanes: 0 }
    }
}

thread_local! {
    static FORM: RefCell<PortfolioForm> = RefCell::default();
}

/// Restores the previous form, also after a panic.
struct Before(PortfolioForm);

impl Drop for Before {
    fn drop(&mut self) {
        FORM.set(std::mem::take(&mut self.0));
    }
}

impl PortfolioForm {
    /// Runs `then`, which configures circuits of this form on this thread.
    pub(crate) fn configured<T>(&self, then: impl FnOnce() -> T) -> T {
        let _before = Before(FORM.replace(self.clone()));
        then()
    }
}

/// Columns and gates of the circuit.
#[derive(Clone, Debug)]
pub struct PortfolioConfig {
    form: PortfolioForm,
    pub(crate) columns: PortfolioColumns,
    range: RangeConfig,
    bracket: BracketConfig,
    slot: SlotConfig,
    sums: SumsConfig,
    pub(crate) table: TableConfig,
    page: PageConfig,
    group: GroupConfig,
    asset: AssetConfig,
    valuation: ValuationConfig,
    claim: PortfolioClaimConfig,
    poseidon: PoseidonConfig,
    /// Of an account in a ledger.
    path: Option<PathConfig>,
    instance: Column<Instance>,
}

impl PortfolioConfig {
    fn configure(meta: &mut ConstraintSystem<Fp>, form: PortfolioForm) -> Self {
        meta.set_minimum_degree(DEGREE);
        let instance = meta.instance_column();
        meta.enable_equality(instance);
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        let columns = PortfolioColumns::configure(meta);
        let shared = &columns.shared;
        let range = RangeConfig::configure(meta, shared, false);
        let long = LongConfig::configure(meta, shared, &range);
        let sorted = SortedConfig::configure(meta, shared, &range);
        let bracket = BracketConfig::without_table(meta, shared, &range);
        let groups = settled::SlotConfig::configure(meta, shared, Settlement::Four);
        let slot = SlotConfig::configure(meta, &columns, &range, &long, form.plan.slot_rows());
        let sums = SumsConfig::configure(meta, &columns, &form.plan);
        let page = PageConfig::configure(meta, &columns, &range);
        let table = TableConfig::configure(meta, form.plan.cells().count(), |meta| {
            let (q, tuple) = bracket.read(meta);
            let of_bracket = Read { kind: Row::Bracket, q, tuple };
            vec![sums.read(meta, &slot), page.read(meta), of_bracket]
        });
        let group = GroupConfig {
            column: ColumnConfig::configure(meta, &columns, &long),
            magnitude: MagnitudeConfig::configure(meta, &columns, &long),
            maximum: MaximumConfig::configure(meta, &columns, &long),
            linear: LinearConfig::configure(meta, &columns),
        };
        let gadgets = Gadgets {
            range: &range,
            sorted: &sorted,
            bracket: &bracket,
            groups: &groups,
            divide: None,
        };
        let asset = AssetConfig::configure(meta, shared, Profile::EXACT, Unit::Constant, gadgets);
        let valuation = ValuationConfig::configure(meta, shared);
        let claim = PortfolioClaimConfig::configure(meta, &columns, &long);
        let poseidon = PoseidonConfig::configure(meta, form.lanes);
        let path = match form.anchor {
            Anchor::Commitment => None,
            Anchor::Ledger => Some(PathConfig::configure(meta, &columns.of_membership())),
        };
        Self {
            form,
            columns,
            range,
            bracket,
            slot,
            sums,
            table,
            page,
            group,
            asset,
            valuation,
            claim,
            poseidon,
            path,
            instance,
        }
    }
}

/// The circuit of a shape at a market, with or without a witness.
#[derive(Clone, Debug)]
pub struct PortfolioCircuit {
    tables: Arc<PortfolioTables>,
    shape: PortfolioShape,
    form: PortfolioForm,
    k: K,
    witness: Value<Arc<PortfolioWitness>>,
}

/// Cells of the slots that the commitment is of.
struct PortfolioSlots {
    pages: Vec<Vec<SlotCells>>,
    assets: Vec<AssetCells>,
}

/// Slots of one page, and the packed sums of its last.
struct PageSlots {
    slots: Vec<SlotCells>,
    packed: Vec<FieldCell>,
}

impl PortfolioCircuit {
    /// The circuit without a witness, from which keys are generated.
    ///
    /// # Errors
    /// [`PortfolioSizeError`].
    pub fn keyed(
        tables: Arc<PortfolioTables>,
        shape: PortfolioShape,
    ) -> Result<Self, PortfolioSizeError> {
        let (lanes, k) = shape::smallest(&tables, shape)?;
        let form = PortfolioForm { plan: tables.plan.clone(), anchor: shape.anchor(), lanes };
        Ok(Self { tables, shape, form, k, witness: Value::unknown() })
    }

    /// The circuit with a witness of its shape.
    ///
    /// # Errors
    /// [`PortfolioSizeError`].
    pub fn proving(
        tables: Arc<PortfolioTables>,
        shape: PortfolioShape,
        witness: PortfolioWitness,
    ) -> Result<Self, PortfolioSizeError> {
        let keyed = Self::keyed(tables, shape)?;
        Ok(Self { witness: Value::known(Arc::new(witness)), ..keyed })
    }

    /// Runs what configures and synthesizes this circuit.
    pub fn configured<T>(&self, then: impl FnOnce(&Self) -> T) -> T {
        self.form.configured(|| then(self))
    }

    /// log2 of the number of rows.
    pub fn k(&self) -> K {
        self.k
    }

    /// Rows of slots, pages, units, assets, claim and Merkle path.
    pub fn rows(&self) -> usize {
        shape::region_rows(&self.tables, self.shape)
    }

    /// Headers of all pages, which are below the slots.
    fn headers(
        &self,
        region: &mut Region<'_, Fp>,
        config: &PortfolioConfig,
        offset: usize,
    ) -> Result<(Vec<PageCells>, Vec<LastCells>), Error> {
        let witness = self.witness.as_ref();
        let mut headers: Vec<PageCells> = Vec::with_capacity(self.shape.pages());
        for p in 0..self.shape.pages() {
            let (row, hint) = (offset + p * page::ROWS, witness.map(|w| &w.pages[p]));
            let header = config.page.assign(region, row, headers.last(), hint)?;
            headers.push(header);
        }
        let last = headers.iter().enumerate().map(|(p, header)| {
            let row = offset + p * page::ROWS;
            config.page.last(region, row, header, headers.get(p + 1))
        });
        let last = last.collect::<Result<_, _>>()?;
        Ok((headers, last))
    }

    /// Slots of all pages, below the origin, which starts on row `offset`.
    fn slots(
        &self,
        region: &mut Region<'_, Fp>,
        config: &PortfolioConfig,
        offset: usize,
        headers: &[PageCells],
        one: &FieldCell,
    ) -> Result<Vec<PageSlots>, Error> {
        let witness = self.witness.as_ref();
        let (rows, constants) = (self.tables.plan.slot_rows(), &self.tables.constants);
        config.slot.origin(region, offset)?;
        config.sums.origin(region, offset)?;
        let mut above = Above::origin();
        let mut sums = vec![Value::known(Fp::ZERO); config.sums.cells()];
        let mut row = offset + rows;
        let mut pages = Vec::with_capacity(headers.len());
        for (p, header) in headers.iter().enumerate() {
            let (mut slots, mut packed) = (Vec::with_capacity(PAGE_SLOTS), Vec::new());
            for s in 0..PAGE_SLOTS {
                let hint = witness.map(|w| &w.pages[p].slots[s]);
                let carry = if s == 0 { &header.continues } else { one };
                let of_page = [&header.group, carry];
                let (cells, next) =
                    config.slot.assign(region, row, &above, of_page, s > 0, constants, hint)?;
                packed = config.sums.assign(region, row, &sums, carry, &cells, hint)?;
                sums = packed.iter().map(|sum| sum.value().copied()).collect();
                above = next;
                slots.push(cells);
                row += rows;
            }
            let (first, last) = (&slots[0], &slots[PAGE_SLOTS - 1]);
            region.constrain_equal(header.used.cell(), first.used.cell())?;
            region.constrain_equal(header.full.cell(), last.used.cell())?;
            pages.push(PageSlots { slots, packed });
        }
        Ok(pages)
    }

    /// The requirement, in loss units over the denominator.
    fn requirement(
        &self,
        region: &mut Region<'_, Fp>,
        config: &PortfolioConfig,
        offset: usize,
        (headers, last): (&[PageCells], &[LastCells]),
        pages: &[PageSlots],
        one: &FieldCell,
    ) -> Result<FieldCell, Error> {
        let (tables, witness) = (&*self.tables, self.witness.as_ref());
        let is_only = tables.constants.only_unit.is_some();
        let (page_rows, unit_rows) = (group::rows(tables), unit::rows(tables));
        let mut losses = Losses {
            columns: vec![None; tables.columns.len()],
            scans: vec![None; tables.constants.scans],
        };
        let mut row = offset;
        let mut required: Option<FieldCell> = None;
        for (p, page) in pages.iter().enumerate() {
            let hint = witness.map(|w| &w.pages[p]);
            let entries = &page.slots[PAGE_SLOTS - 1].entries;
            let keep = if is_only { one } else { &headers[p].same_unit };
            let of =
                PageSums { page: &headers[p], last: &last[p], packed: &page.packed, entries, keep };
            config.group.assign(region, row, of, &mut losses, tables, hint)?;
            row += page_rows;
            if !is_only || p + 1 == pages.len() {
                // Of a market of one unit nothing counts while nothing is held.
                let mask = if is_only { &headers[0].used } else { &last[p].of_unit };
                let of = OfUnit { losses: &losses, mask, factor: &headers[p].factor, one };
                let (before, hint) = (required.as_ref(), hint.map(|h| &h.unit));
                let bracket = &config.bracket;
                let sum =
                    config.group.requirement(region, row, bracket, of, before, tables, hint)?;
                required = Some(sum);
                row += unit_rows;
            }
        }
        let charges = pages.last().and_then(|p| p.slots.last()).map(|s| &s.charges);
        let charges = charges.ok_or(Error::Synthesis)?;
        let k = tables.constants.scale * tables.constants.denominator;
        config.group.linear.multiple(region, row, required.as_ref(), charges, k)
    }

    fn margin_region(
        &self,
        region: &mut Region<'_, Fp>,
        config: &PortfolioConfig,
    ) -> Result<MarginCells<PortfolioSlots>, Error> {
        let (tables, shape, witness) = (&*self.tables, self.shape, self.witness.as_ref());
        let constants = &tables.constants;
        let one = config.columns.shared.constant(region, 0, ONE, Fp::ONE)?;
        let first_header = shape::first_slot(tables) + shape.slots() * tables.plan.slot_rows();
        let (headers, last) = self.headers(region, config, first_header)?;
        let origin = shape::CONSTANT_ROWS;
        let pages = self.slots(region, config, origin, &headers, &one)?;
        let mut row = first_header + shape.pages() * page::ROWS;
        let maintenance = self.requirement(region, config, row, (&headers, &last), &pages, &one)?;
        row += shape.pages() * group::rows(tables)
            + shape::units(tables, shape) * unit::rows(tables)
            + 1;

        let last_slot = pages.last().and_then(|p| p.slots.last()).ok_or(Error::Synthesis)?;
        let profits = &settled::SlotCells::Sums(last_slot.settled.clone());
        let mut assets: Vec<AssetCells> = Vec::with_capacity(shape.assets());
        for i in 0..shape.assets() {
            let hint = witness.map(|w| &w.assets[i]);
            let of_market = AssetConstants { unit: constants.entry_unit, scale: Fp::ONE };
            let above = assets.last();
            let cells = config.asset.assign(region, row, above, profits, of_market, hint)?;
            assets.push(cells);
            row += asset::rows(Profile::EXACT);
        }
        let last_asset = assets.last().ok_or(Error::Synthesis)?;
        config.valuation.assign(region, row, last_asset.included.sums()?, profits.sums()?)?;
        row += rows::VALUATION;
        let valuation = Valuation { equity: last_asset.equity.clone(), maintenance };
        let per_unit = constants.scale * constants.denominator;
        let inputs = [
            witness.map(|w| w.level),
            witness.map(|w| w.floor),
            witness.map(|w| w.deficient),
            witness.map(|w| w.leaf[0]),
        ];
        let of_market =
            ClaimConstants { per_unit, strict: constants.strict, is_stress: constants.is_stress };
        let claim = config.claim.assign(region, row, &valuation, of_market, inputs)?;
        let pages = pages.into_iter().map(|page| page.slots).collect();
        Ok(MarginCells { slots: PortfolioSlots { pages, assets }, valuation, claim })
    }
}

/// The portfolio family's part of a circuit.
struct PortfolioPart<'a> {
    circuit: &'a PortfolioCircuit,
    config: &'a PortfolioConfig,
}

impl AccountPart for PortfolioPart<'_> {
    type Slots = PortfolioSlots;
    const LEAF: Tag = Tag::PortfolioAccount;

    fn margin_region(
        &self,
        region: &mut Region<'_, Fp>,
    ) -> Result<MarginCells<PortfolioSlots>, Error> {
        self.circuit.margin_region(region, self.config)
    }

    fn membership_row(&self) -> usize {
        shape::membership_row(&self.circuit.tables, self.circuit.shape)
    }

    fn lists(
        &self,
        region: &mut Region<'_, Fp>,
        blocks: &mut PoseidonBlocks<'_>,
        PortfolioSlots { pages, assets }: &PortfolioSlots,
    ) -> Result<[FieldCell; 2], Error> {
        let mut digests = Vec::with_capacity(pages.len());
        for page in pages {
            let packed: Vec<_> = page.iter().map(|slot| &slot.packed).collect();
            let start = initial_state(Tag::Page, PAGE_SLOTS);
            digests.push(blocks.hash(region, start, &reversed_pairs(&packed))?);
        }
        let digests: Vec<_> = digests.iter().collect();
        let start = pages_start(digests.len());
        let pages = blocks.hash(region, start, &reversed_pairs(&digests))?;
        Ok([pages, balances(region, blocks, assets)?])
    }

    fn leaf(&self) -> Value<[Fp; 4]> {
        self.circuit.witness.as_ref().map(|witness| witness.leaf)
    }

    fn margin_blinding(&self) -> Value<Fp> {
        self.circuit.witness.as_ref().map(|witness| witness.margin_blinding)
    }

    fn membership(&self) -> Value<&Membership> {
        known(self.circuit.witness.as_ref().map(|witness| witness.membership.as_ref()))
    }
}

impl Circuit<Fp> for PortfolioCircuit {
    type Config = PortfolioConfig;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        Self { witness: Value::unknown(), ..self.clone() }
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Self::Config {
        PortfolioConfig::configure(meta, FORM.with_borrow(PortfolioForm::clone))
    }

    fn synthesize(
        &self,
        config: Self::Config,
        mut layouter: impl Layouter<Fp>,
    ) -> Result<(), Error> {
        if config.form != self.form {
            return Err(Error::Synthesis);
        }
        config.range.load(&mut layouter)?;
        config.table.load(&mut layouter, &self.tables)?;
        let part = PortfolioPart { circuit: self, config: &config };
        let config = AnchorConfig {
            columns: &config.columns.of_membership(),
            poseidon: &config.poseidon,
            path: config.path.as_ref(),
            instance: config.instance,
        };
        anchor::synthesize(&part, &config, &mut layouter)
    }
}
