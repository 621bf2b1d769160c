//! The circuit for an account behind a public commitment.

use crate::hints::CircuitWitness;
use crate::public;
use crate::slots::{MarginConfig, Slots};
use crate::tables::MarketTables;
use std::sync::Arc;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::poseidon::PoseidonBlocks;
use zkmargin_model::circuit::Shape;

/// The margin circuit of one shape and market, with or without a witness.
#[derive(Clone, Debug)]
pub struct MarginCircuit<const LANES: usize>(Slots);

impl<const LANES: usize> MarginCircuit<LANES> {
    /// The circuit without a witness, from which keys are generated.
    pub fn keyed(shape: Shape, tables: Arc<MarketTables>) -> Self {
        Self::of_size(shape.positions(), shape.assets(), tables, Value::unknown())
    }

    /// The circuit with a witness of its shape.
    pub fn proving(shape: Shape, tables: Arc<MarketTables>, witness: CircuitWitness) -> Self {
        let witness = Value::known(Arc::new(witness));
        Self::of_size(shape.positions(), shape.assets(), tables, witness)
    }

    /// The circuit with any even number of slots in each list. Keys are only ever generated for shapes; the soundness
    /// checks also run on sizes small enough to be exhaustive.
    pub fn of_size(
        positions: usize,
        assets: usize,
        tables: Arc<MarketTables>,
        witness: Value<Arc<CircuitWitness>>,
    ) -> Self {
        Self(Slots { positions, assets, tables, witness })
    }
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
        let claim = &cells.claim;
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
