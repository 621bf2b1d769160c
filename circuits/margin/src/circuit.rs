//! The circuit: an account at a market, named by its public commitment or as one of a ledger.

use crate::form::Form;
use crate::hints::CircuitWitness;
use crate::membership::Ledger;
use crate::public;
use crate::size::banks;
use crate::slots::{MarginConfig, Slots};
use crate::tables::MarketTables;
use std::sync::Arc;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::path::PathConfig;
use zkmargin_gadgets::poseidon::PoseidonBlocks;
use zkmargin_model::circuit::{Anchor, CircuitId};

/// Columns and gates of a circuit.
#[derive(Clone, Debug)]
pub struct CircuitConfig {
    form: Form,
    pub(crate) margin: MarginConfig,
    /// Of an account in a ledger.
    path: Option<PathConfig>,
}

/// The circuit of one kind and market, with or without a witness.
#[derive(Clone, Debug)]
pub struct MarginCircuit {
    form: Form,
    slots: Slots,
}

impl MarginCircuit {
    /// The circuit without a witness, from which keys are generated.
    pub fn keyed(id: CircuitId, tables: Arc<MarketTables>) -> Self {
        Self::of_id(id, tables, Value::unknown())
    }

    /// The circuit with a witness of its shape, whose rows are looked up in the banks that have them.
    pub fn proving(id: CircuitId, tables: Arc<MarketTables>, mut witness: CircuitWitness) -> Self {
        tables.place(&mut witness, banks(id.k, &tables));
        Self::of_id(id, tables, Value::known(Arc::new(witness)))
    }

    fn of_id(
        id: CircuitId,
        tables: Arc<MarketTables>,
        witness: Value<Arc<CircuitWitness>>,
    ) -> Self {
        let size = [id.kind.shape.positions(), id.kind.shape.assets()];
        Self::of_size(Form::of(id, &tables), size, tables, witness)
    }

    /// The circuit with any even number of position and asset slots. Keys are generated only for shapes; the soundness
    /// checks also run on sizes small enough to be exhaustive.
    pub fn of_size(
        form: Form,
        [positions, assets]: [usize; 2],
        tables: Arc<MarketTables>,
        witness: Value<Arc<CircuitWitness>>,
    ) -> Self {
        Self { form, slots: Slots { positions, assets, tables, witness } }
    }

    /// Runs what configures and synthesizes this circuit.
    pub fn configured<T>(&self, then: impl FnOnce(&Self) -> T) -> T {
        self.form.configured(|| then(self))
    }

    /// Slots and commitments of a committed account, and the public inputs.
    fn committed(
        &self,
        config: &MarginConfig,
        layouter: &mut impl Layouter<Fp>,
    ) -> Result<(), Error> {
        let slots = &self.slots;
        let cells = layouter
            .assign_region(|| "margin", |mut region| slots.margin_region(&mut region, config))?;
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

impl Circuit<Fp> for MarginCircuit {
    type Config = CircuitConfig;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        let slots = Slots { witness: Value::unknown(), ..self.slots.clone() };
        Self { form: self.form, slots }
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Self::Config {
        let form = Form::current();
        let margin = MarginConfig::configure(meta, form);
        let path = match form.anchor {
            Anchor::Commitment => None,
            Anchor::Ledger => Some(PathConfig::configure(meta, &margin.columns)),
        };
        CircuitConfig { form, margin, path }
    }

    fn synthesize(
        &self,
        config: Self::Config,
        mut layouter: impl Layouter<Fp>,
    ) -> Result<(), Error> {
        if config.form != self.form || self.form.profile != self.slots.tables.profile() {
            return Err(Error::Synthesis);
        }
        self.slots.load(&config.margin, &mut layouter)?;
        match &config.path {
            None => self.committed(&config.margin, &mut layouter),
            Some(path) => {
                let ledger = Ledger { slots: &self.slots, config: &config.margin, path };
                ledger.synthesize(&mut layouter)
            }
        }
    }
}
