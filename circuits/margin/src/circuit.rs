//! The whole circuit: slots, claim and commitments.

use crate::asset::{self, AssetCells, AssetConfig};
use crate::claim::{ClaimCells, ClaimConfig};
use crate::position::{self, PositionCells, PositionConfig};
use crate::public;
use crate::shape::{Shape, margin_rows};
use crate::tables::MarketTables;
use crate::witness::CircuitWitness;
use std::sync::Arc;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketConfig;
use zkmargin_gadgets::compare::CompareConfig;
use zkmargin_gadgets::groups::GroupsConfig;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::poseidon::{PoseidonBlocks, PoseidonConfig, Word};
use zkmargin_gadgets::range::RangeConfig;
use zkmargin_gadgets::sorted::SortedConfig;
use zkmargin_model::commitment::list_start;
use zkmargin_model::poseidon::{RATE, Tag, initial_state};
use zkmargin_model::widths::{MAX_ASSETS, MAX_POSITIONS};

/// Constraint degree that packs seven permutation columns into one product; the extended domain is
/// the one that the Poseidon S-box needs anyway.
const DEGREE: usize = 9;

/// Configuration of the margin circuit.
#[derive(Clone, Debug)]
pub struct MarginConfig<const LANES: usize> {
    pub(crate) columns: Columns,
    range: RangeConfig,
    bracket: BracketConfig,
    position: PositionConfig,
    asset: AssetConfig,
    claim: ClaimConfig,
    pub(crate) poseidon: PoseidonConfig<LANES>,
    pub(crate) instance: Column<Instance>,
}

impl<const LANES: usize> MarginConfig<LANES> {
    /// Creates columns, tables and gates.
    pub(crate) fn configure(meta: &mut ConstraintSystem<Fp>) -> Self {
        meta.set_minimum_degree(DEGREE);
        let instance = meta.instance_column();
        meta.enable_equality(instance);
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        let columns = Columns::configure(meta);
        let range = RangeConfig::configure(meta, &columns);
        let sorted = SortedConfig::configure(meta, &columns, &range);
        let bracket = BracketConfig::configure(meta, &columns, &range);
        let groups = GroupsConfig::configure(meta, &columns);
        let compare = CompareConfig::configure(meta, &columns, &range);
        let position =
            PositionConfig::configure(meta, &columns, &range, &sorted, &bracket, &groups);
        let asset = AssetConfig::configure(meta, &columns, &range, &sorted, &bracket, &groups);
        let claim = ClaimConfig::configure(meta, &columns, &compare);
        let poseidon = PoseidonConfig::configure(meta);
        Self { columns, range, bracket, position, asset, claim, poseidon, instance }
    }
}

/// The margin circuit of one shape and market, with or without a witness.
#[derive(Clone, Debug)]
pub struct MarginCircuit<const LANES: usize>(Slots);

impl<const LANES: usize> MarginCircuit<LANES> {
    /// The circuit without a witness: what keys are made of.
    pub fn keyed(shape: Shape, tables: Arc<MarketTables>) -> Self {
        Self::of_size(shape.positions(), shape.assets(), tables, Value::unknown())
    }

    /// The circuit with a witness of its shape.
    pub fn proving(shape: Shape, tables: Arc<MarketTables>, witness: CircuitWitness) -> Self {
        let witness = Value::known(Arc::new(witness));
        Self::of_size(shape.positions(), shape.assets(), tables, witness)
    }

    /// The circuit with any even number of slots of each list. Keys are only ever made of shapes;
    /// the soundness checks also run on sizes small enough to be exhaustive.
    pub fn of_size(
        positions: usize,
        assets: usize,
        tables: Arc<MarketTables>,
        witness: Value<Arc<CircuitWitness>>,
    ) -> Self {
        Self(Slots { positions, assets, tables, witness })
    }
}

/// What every circuit of the family has: the slots of an account at a market.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    pub positions: usize,
    pub assets: usize,
    pub tables: Arc<MarketTables>,
    pub witness: Value<Arc<CircuitWitness>>,
}

/// Cells of the margin region.
pub(crate) type MarginCells = (Vec<PositionCells>, Vec<AssetCells>, ClaimCells);

impl Slots {
    /// Rows of the margin region.
    pub(crate) fn margin_rows(&self) -> usize {
        margin_rows(self.positions, self.assets)
    }

    /// A word of the witness that nothing but a hash reads.
    pub(crate) fn private(&self, word: fn(&CircuitWitness) -> Fp) -> Word<'static> {
        Word::Private(self.witness.as_ref().map(|witness| word(witness)))
    }

    pub(crate) fn load<const LANES: usize>(
        &self,
        config: &MarginConfig<LANES>,
        layouter: &mut impl Layouter<Fp>,
    ) -> Result<(), Error> {
        config.range.load(layouter)?;
        config.bracket.load(layouter, self.tables.brackets())?;
        config.position.load(layouter, self.tables.instruments())
    }

    pub(crate) fn margin_region<const LANES: usize>(
        &self,
        region: &mut Region<'_, Fp>,
        config: &MarginConfig<LANES>,
    ) -> Result<MarginCells, Error> {
        let witness = self.witness.as_ref();
        let mut positions: Vec<PositionCells> = Vec::with_capacity(self.positions);
        let mut offset = 0;
        for i in 0..self.positions {
            let hint = witness.map(|w| &w.positions[i]);
            let cells = config.position.assign(region, offset, positions.last(), hint)?;
            positions.push(cells);
            offset += position::ROWS;
        }
        let last_position = positions.last().ok_or(Error::Synthesis)?;
        let mut assets: Vec<AssetCells> = Vec::with_capacity(self.assets);
        for i in 0..self.assets {
            let hint = witness.map(|w| &w.assets[i]);
            let cells = config.asset.assign(region, offset, assets.last(), last_position, hint)?;
            assets.push(cells);
            offset += asset::ROWS;
        }
        let last_asset = assets.last().ok_or(Error::Synthesis)?;
        let claim = config.claim.assign(
            region,
            offset,
            last_position,
            last_asset,
            self.tables.equality_is_healthy(),
            witness.map(|w| w.level),
            witness.map(|w| w.floor),
            witness.map(|w| w.leaf[0]),
        )?;
        Ok((positions, assets, claim))
    }

    /// Account commitment; holder key and serial are the caller's.
    pub(crate) fn account<const LANES: usize>(
        &self,
        region: &mut Region<'_, Fp>,
        blocks: &mut PoseidonBlocks<'_, LANES>,
        (positions, assets, claim): &MarginCells,
        holder_key: Word<'_>,
        serial: Word<'_>,
    ) -> Result<FieldCell, Error> {
        let packed: Vec<_> = positions.iter().map(|p| &p.packed).collect();
        let start = list_start(Tag::Positions, MAX_POSITIONS, packed.len());
        let positions_digest = blocks.hash(region, start, &reversed_pairs(&packed))?;

        let packed: Vec<_> = assets.iter().map(|a| &a.packed).collect();
        let start = list_start(Tag::Balances, MAX_ASSETS, packed.len());
        let balances_digest = blocks.hash(region, start, &reversed_pairs(&packed))?;

        let leaf = [
            [Word::Cell(&positions_digest), Word::Cell(&balances_digest)],
            [Word::Cell(&claim.registry), holder_key],
            [serial, self.private(|w| w.leaf[3])],
        ];
        let start = initial_state(Tag::Account, leaf.len() * RATE);
        blocks.hash(region, start, &leaf)
    }

    /// Hiding commitment to equity and maintenance margin.
    pub(crate) fn margin<const LANES: usize>(
        &self,
        region: &mut Region<'_, Fp>,
        blocks: &mut PoseidonBlocks<'_, LANES>,
        (positions, assets, _): &MarginCells,
    ) -> Result<FieldCell, Error> {
        let (last_position, last_asset) = match (positions.last(), assets.last()) {
            (Some(position), Some(asset)) => (position, asset),
            _ => return Err(Error::Synthesis),
        };
        let figures = [
            [Word::Cell(&last_asset.equity), Word::Cell(&last_position.maintenance)],
            [self.private(|w| w.margin_blinding), Word::Constant(Fp::ZERO)],
        ];
        let start = initial_state(Tag::Margin, figures.len() * RATE);
        blocks.hash(region, start, &figures)
    }
}

/// Slots in the order they are absorbed: last slot first.
fn reversed_pairs<'a>(packed: &[&'a FieldCell]) -> Vec<[Word<'a>; RATE]> {
    let words: Vec<_> = packed.iter().rev().map(|cell| Word::Cell(cell)).collect();
    words.chunks_exact(RATE).map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
}

impl<const LANES: usize> Circuit<Fp> for MarginCircuit<LANES> {
    type Config = MarginConfig<LANES>;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        Self(Slots { witness: Value::unknown(), ..self.0.clone() })
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Self::Config {
        MarginConfig::configure(meta)
    }

    fn synthesize(
        &self,
        config: Self::Config,
        mut layouter: impl Layouter<Fp>,
    ) -> Result<(), Error> {
        let slots = &self.0;
        slots.load(&config, &mut layouter)?;
        let cells = layouter
            .assign_region(|| "margin", |mut region| slots.margin_region(&mut region, &config))?;
        let (account, margin) = layouter.assign_region(
            || "commitments",
            |mut region| {
                let mut blocks = PoseidonBlocks::new(&config.poseidon);
                let holder_key = slots.private(|w| w.leaf[1]);
                let serial = slots.private(|w| w.leaf[2]);
                let account =
                    slots.account(&mut region, &mut blocks, &cells, holder_key, serial)?;
                let margin = slots.margin(&mut region, &mut blocks, &cells)?;
                blocks.finish(&mut region)?;
                Ok((account, margin))
            },
        )?;
        let (_, _, claim) = &cells;
        for (cell, row) in [
            (account.cell(), public::ACCOUNT),
            (claim.zero.cell(), public::PSEUDONYM),
            (claim.zero.cell(), public::NULLIFIER),
            (claim.level.cell(), public::LEVEL),
            (claim.floor.cell(), public::FLOOR),
            (margin.cell(), public::MARGIN),
            (claim.registry.cell(), public::REGISTRY),
        ] {
            layouter.constrain_instance(cell, config.instance, row)?;
        }
        Ok(())
    }
}
