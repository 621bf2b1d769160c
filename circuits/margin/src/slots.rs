//! The slots of an account at a market, with valuation, claim and commitments: the parts common to every circuit.

use crate::anchor::{AccountPart, MarginCells};
use crate::asset::{AssetCells, AssetConfig, AssetConstants, Unit};
use crate::book::{self, BookConfig};
use crate::claim::{ClaimCells, ClaimConfig};
use crate::form::Form;
use crate::general::GeneralConfig;
use crate::general::allocated::{self, AllocatedConfig};
use crate::hints::{CircuitWitness, Membership};
use crate::named::{self, NamedConfig, NamedHint};
use crate::only::OnlyConfig;
use crate::position::{Gadgets, PositionCells, PositionConfig};
use crate::rows;
use crate::settled;
use crate::tables::MarketTables;
use crate::valuation::Valuation;
use std::sync::Arc;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketConfig;
use zkmargin_gadgets::compare::CompareConfig;
use zkmargin_gadgets::divide::{DivideConfig, Forms};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::poseidon::{PoseidonBlocks, PoseidonConfig, Word};
use zkmargin_gadgets::range::RangeConfig;
use zkmargin_gadgets::sorted::SortedConfig;
use zkmargin_model::commitment::list_start;
use zkmargin_model::poseidon::{RATE, Tag};
use zkmargin_model::rule::{Isolated, Profile};
use zkmargin_model::widths::{MAX_ASSETS, MAX_POSITIONS};

/// Constraint degree that packs seven permutation columns into one product; the extended domain is the one the Poseidon
/// S-box needs anyway.
pub(crate) const DEGREE: usize = 9;

/// Configuration of the margin circuit.
#[derive(Clone, Debug)]
pub struct MarginConfig {
    pub(crate) columns: Columns,
    range: RangeConfig,
    bracket: BracketConfig,
    slots: SlotsConfig,
    settled: settled::AllConfig,
    claim: ClaimConfig,
    books: Option<IsolatedConfig>,
    /// Where a claim is about books of isolated positions with allocations.
    allocated: Option<AllocatedConfig>,
    pub(crate) poseidon: PoseidonConfig,
    pub(crate) instance: Column<Instance>,
}

/// What a claim is about of isolated positions.
#[derive(Clone, Debug)]
enum IsolatedConfig {
    /// Each is compared, or each but a named one.
    Compared { book: Box<BookConfig>, named: Option<NamedConfig> },
    /// A named one is what equity and requirement are of.
    Only(Box<OnlyConfig>),
}

impl IsolatedConfig {
    fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        compare: &CompareConfig,
    ) -> Option<Self> {
        match profile.isolated {
            Isolated::None | Isolated::LeftOut => None,
            Isolated::Only => {
                Some(Self::Only(Box::new(OnlyConfig::configure(meta, columns, profile))))
            }
            Isolated::Compared | Isolated::AllBut => {
                let book = Box::new(BookConfig::configure(meta, columns, profile, compare));
                let named = profile.names_position();
                let named = named.then(|| NamedConfig::configure(meta, columns, true));
                Some(Self::Compared { book, named })
            }
        }
    }
}

/// Slots of positions and assets.
#[derive(Clone, Debug)]
enum SlotsConfig {
    Plain { position: Box<PositionConfig>, asset: Box<AssetConfig> },
    General(Box<GeneralConfig>),
}

impl SlotsConfig {
    fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        gadgets: Gadgets<'_>,
    ) -> Self {
        match gadgets.divide.filter(|_| profile.general) {
            Some(divide) => {
                let config = GeneralConfig::configure(meta, columns, profile, gadgets, divide);
                Self::General(Box::new(config))
            }
            None => Self::Plain {
                position: Box::new(PositionConfig::configure(meta, columns, profile, gadgets)),
                asset: Box::new(AssetConfig::configure(
                    meta,
                    columns,
                    profile,
                    Unit::Settlement,
                    gadgets,
                )),
            },
        }
    }
}

impl MarginConfig {
    /// Creates columns, tables and gates.
    pub(crate) fn configure(meta: &mut ConstraintSystem<Fp>, form: Form) -> Self {
        let profile = form.profile;
        let rounds = !profile.is_exact();
        meta.set_minimum_degree(DEGREE);
        let instance = meta.instance_column();
        meta.enable_equality(instance);
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        let columns = Columns::configure(meta);
        let range = RangeConfig::configure(meta, &columns, profile.narrow);
        let sorted = SortedConfig::configure(meta, &columns, &range);
        let bracket = BracketConfig::configure(meta, &columns, &range, rounds, form.banks);
        let groups = settled::SlotConfig::configure(meta, &columns, profile.settlement);
        let compare = CompareConfig::configure(meta, &columns, &range);
        let divide = rounds.then(|| {
            let biased = profile.collateral || profile.pnl;
            let long = !profile.narrow || profile.rounded.rounds_values() || biased;
            let deep = profile.general;
            let forms = Forms { long: long && !deep, short: profile.narrow, deep };
            DivideConfig::configure(meta, &columns, &range, forms)
        });
        let gadgets = Gadgets {
            range: &range,
            sorted: &sorted,
            bracket: &bracket,
            groups: &groups,
            divide: divide.as_ref(),
        };
        let slots = SlotsConfig::configure(meta, &columns, profile, gadgets);
        let settled = settled::AllConfig::configure(meta, &columns, profile.settlement);
        let claim = ClaimConfig::configure(meta, &columns, profile, &compare);
        let books = IsolatedConfig::configure(meta, &columns, profile, &compare);
        let reads = profile.allocations && profile.reads_isolated();
        let allocated = divide.as_ref().filter(|_| reads);
        let allocated = allocated.map(|divide| AllocatedConfig::configure(meta, &columns, divide));
        let poseidon = PoseidonConfig::configure(meta, form.lanes);
        Self {
            columns,
            range,
            bracket,
            slots,
            settled,
            claim,
            books,
            allocated,
            poseidon,
            instance,
        }
    }
}

/// The part common to every circuit of the family: the slots of an account at a market.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    pub positions: usize,
    pub assets: usize,
    pub tables: Arc<MarketTables>,
    pub witness: Value<Arc<CircuitWitness>>,
}

/// Cells of the slots.
pub(crate) struct SlotCells {
    positions: Vec<PositionCells>,
    assets: Vec<AssetCells>,
}

impl Slots {
    /// Rows of the margin region.
    pub(crate) fn margin_rows(&self) -> usize {
        rows::margin(self.tables.profile(), self.positions, self.assets)
    }

    pub(crate) fn load(
        &self,
        config: &MarginConfig,
        layouter: &mut impl Layouter<Fp>,
    ) -> Result<(), Error> {
        config.range.load(layouter)?;
        config.bracket.load(layouter, self.tables.brackets())?;
        match &config.slots {
            SlotsConfig::Plain { position, .. } => {
                position.load(layouter, self.tables.instruments())
            }
            SlotsConfig::General(_) => Ok(()),
        }
    }

    pub(crate) fn margin_region(
        &self,
        region: &mut Region<'_, Fp>,
        config: &MarginConfig,
    ) -> Result<MarginCells<SlotCells>, Error> {
        let witness = self.witness.as_ref();
        let (profile, constants) = (self.tables.profile(), self.tables.constants());
        let mut positions: Vec<PositionCells> = Vec::with_capacity(self.positions);
        let mut offset = 0;
        for i in 0..self.positions {
            let hint = witness.map(|w| &w.positions[i]);
            let last = positions.last();
            let cells = match &config.slots {
                SlotsConfig::Plain { position, .. } => {
                    position.assign(region, offset, last, constants, hint)?
                }
                SlotsConfig::General(slots) => slots.position.assign(region, offset, last, hint)?,
            };
            positions.push(cells);
            offset += rows::position(profile);
        }
        let last_position = positions.last().ok_or(Error::Synthesis)?;
        if let Some(family) = &last_position.family {
            // The last run ends with the last slot.
            region.constrain_equal(family.total.cell(), family.running.cell())?;
        }
        let profits = &last_position.settled;
        let mut assets: Vec<AssetCells> = Vec::with_capacity(self.assets);
        for i in 0..self.assets {
            let hint = witness.map(|w| &w.assets[i]);
            let last = assets.last();
            let cells = match &config.slots {
                SlotsConfig::Plain { asset, .. } => {
                    let scale = self.tables.collateral_scale();
                    let constants = AssetConstants { unit: Fp::ONE, scale };
                    asset.assign(region, offset, last, profits, constants, hint)?
                }
                SlotsConfig::General(slots) => {
                    let required = &last_position.maintenance;
                    slots.asset.assign(region, offset, last, profits, required, hint)?
                }
            };
            assets.push(cells);
            offset += rows::asset(profile);
        }
        let last_asset = assets.last().ok_or(Error::Synthesis)?;
        config.settled.assign(region, offset, &positions, &assets)?;
        offset += settled::rows(profile, self.positions, self.assets);
        let mut valuation = Valuation {
            equity: last_asset.equity.clone(),
            maintenance: last_asset
                .maintenance
                .as_ref()
                .unwrap_or(&last_position.maintenance)
                .clone(),
        };
        let books = offset + rows::claim(profile);
        self.allocated(
            region,
            config,
            books + rows::books(profile, self.positions),
            &mut positions,
        )?;
        let mut only = None;
        if let Some(IsolatedConfig::Only(config)) = &config.books {
            let constants = self.tables.constants().book.ok_or(Error::Synthesis)?;
            let slots = positions.iter().enumerate().map(|(at, position)| {
                let book = position.book.as_ref().ok_or(Error::Synthesis)?;
                Ok((&position.slot.key, book, self.named_hint(at)))
            });
            let slots = slots.collect::<Result<Vec<_>, Error>>()?;
            let (of_book, name) = config.assign(region, books, slots.into_iter(), constants)?;
            valuation = of_book;
            only = Some(name);
        }
        let mut claim = config.claim.assign(
            region,
            offset,
            &valuation,
            self.tables.equality_is_healthy(),
            [witness.map(|w| w.level), witness.map(|w| w.floor), witness.map(|w| w.deficient)],
            witness.map(|w| w.leaf[0]),
        )?;
        let name = self.books(region, config, books, &positions, &claim)?;
        claim.name = only.or(name);
        Ok(MarginCells { slots: SlotCells { positions, assets }, valuation, claim })
    }

    /// Has the books of isolated positions with allocations, which are in the first slots, be compared with their equity
    /// in the place of profit and loss.
    fn allocated(
        &self,
        region: &mut Region<'_, Fp>,
        config: &MarginConfig,
        offset: usize,
        positions: &mut [PositionCells],
    ) -> Result<(), Error> {
        let Some(config) = &config.allocated else { return Ok(()) };
        let constants = self.tables.allocation().ok_or(Error::Synthesis)?;
        let count = allocated::slots(self.tables.profile(), positions.len());
        for (at, position) in positions.iter_mut().take(count).enumerate() {
            let book = position.book.as_mut().ok_or(Error::Synthesis)?;
            let assigned = book.assigned.as_ref().ok_or(Error::Synthesis)?;
            let row = offset + at * allocated::ROWS;
            book.pnl = config.assign(region, row, assigned, &book.pnl, constants)?;
        }
        Ok(())
    }

    /// What is known of the named position in a slot.
    fn named_hint(&self, slot: usize) -> NamedHint {
        let witness = self.witness.as_ref();
        NamedHint { name: witness.map(|w| w.name), named: witness.map(|w| w.positions[slot].named) }
    }

    /// Compares isolated positions, which are in the first slots, from `offset` on; returns the name of the one that is
    /// not compared, where there is one.
    fn books(
        &self,
        region: &mut Region<'_, Fp>,
        config: &MarginConfig,
        offset: usize,
        positions: &[PositionCells],
        claim: &ClaimCells,
    ) -> Result<Option<FieldCell>, Error> {
        let Some(IsolatedConfig::Compared { book: books, named }) = &config.books else {
            return Ok(None);
        };
        // Isolated positions are compared with the level alone, so no claim of deficiency is about them.
        region.constrain_equal(claim.deficient.cell(), claim.zero.cell())?;
        let constants = self.tables.constants().book.ok_or(Error::Synthesis)?;
        let compared = book::compared(self.tables.profile(), positions.len());
        let mut last = None;
        for (at, position) in positions.iter().enumerate() {
            let of = position.book.as_ref().ok_or(Error::Synthesis)?;
            if at >= compared {
                // No position here is isolated.
                region.constrain_equal(of.cross.cell(), of.used.cell())?;
                continue;
            }
            let row = offset + at * book::ROWS;
            let mut of = of.clone();
            if let Some(named) = named {
                let (key, hint) = (&position.slot.key, self.named_hint(at));
                let row = row + named::ROW;
                let cells = named.assign(region, row, last.as_ref(), key, hint)?;
                of.used = named.other(region, row, &cells, &of.used)?;
                last = Some(cells);
            }
            books.assign(region, row, &of, constants, &claim.level)?;
        }
        let Some(last) = last else { return Ok(None) };
        named::is_found(region, &last)?;
        Ok(Some(last.name))
    }
}

/// The linear family's part of a circuit.
pub(crate) struct LinearPart<'a> {
    pub slots: &'a Slots,
    pub config: &'a MarginConfig,
}

impl AccountPart for LinearPart<'_> {
    type Slots = SlotCells;
    const LEAF: Tag = Tag::Account;

    fn margin_region(&self, region: &mut Region<'_, Fp>) -> Result<MarginCells<SlotCells>, Error> {
        self.slots.margin_region(region, self.config)
    }

    fn membership_row(&self) -> usize {
        self.slots.margin_rows()
    }

    fn lists(
        &self,
        region: &mut Region<'_, Fp>,
        blocks: &mut PoseidonBlocks<'_>,
        SlotCells { positions, assets }: &SlotCells,
    ) -> Result<[FieldCell; 2], Error> {
        // As the account commitment has them: a second word is before the first.
        let words = positions.iter().flat_map(|p| p.orders.iter().chain([&p.packed]));
        let packed: Vec<_> = words.collect();
        let profile = self.slots.tables.profile();
        let (tag, most) = match (profile.orders, profile.allocations) {
            (false, _) => (Tag::Positions, MAX_POSITIONS),
            (true, false) => (Tag::PositionsWithOrders, RATE * MAX_POSITIONS),
            (true, true) => (Tag::PositionsWithAllocations, RATE * MAX_POSITIONS),
        };
        let start = list_start(tag, most, packed.len());
        let positions = blocks.hash(region, start, &reversed_pairs(&packed))?;
        Ok([positions, balances(region, blocks, assets)?])
    }

    fn leaf(&self) -> Value<[Fp; 4]> {
        self.slots.witness.as_ref().map(|witness| witness.leaf)
    }

    fn margin_blinding(&self) -> Value<Fp> {
        self.slots.witness.as_ref().map(|witness| witness.margin_blinding)
    }

    fn membership(&self) -> Value<&Membership> {
        known(self.slots.witness.as_ref().map(|witness| witness.membership.as_ref()))
    }
}

/// A value that a witness may lack.
pub(crate) fn known<T>(value: Value<Option<T>>) -> Value<T> {
    value.and_then(|value| value.map_or_else(Value::unknown, Value::known))
}

/// Digest of the list of balances.
pub(crate) fn balances(
    region: &mut Region<'_, Fp>,
    blocks: &mut PoseidonBlocks<'_>,
    assets: &[AssetCells],
) -> Result<FieldCell, Error> {
    let packed: Vec<_> = assets.iter().map(|a| &a.packed).collect();
    let start = list_start(Tag::Balances, MAX_ASSETS, packed.len());
    blocks.hash(region, start, &reversed_pairs(&packed))
}

/// Slots in the order they are absorbed: last slot first.
pub(crate) fn reversed_pairs<'a>(packed: &[&'a FieldCell]) -> Vec<[Word<'a>; RATE]> {
    let words: Vec<_> = packed.iter().rev().map(|cell| Word::Cell(cell)).collect();
    words.chunks_exact(RATE).map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
}
