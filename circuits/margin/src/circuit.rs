//! The circuit: an account at a market, named by its public commitment or as one of a ledger.

use crate::anchor::{self, AnchorConfig};
use crate::form::Form;
use crate::hints::CircuitWitness;
use crate::size::banks;
use crate::slots::{LinearPart, MarginConfig, Slots};
use crate::tables::MarketTables;
use std::sync::Arc;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::path::PathConfig;
use zkmargin_model::circuit::{Anchor, K, LinearKind};

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
    pub fn keyed(kind: LinearKind, k: K, tables: Arc<MarketTables>) -> Self {
        Self::of_kind(kind, k, tables, Value::unknown())
    }

    /// The circuit with a witness of its shape, whose rows are looked up in the banks that have them.
    pub fn proving(
        kind: LinearKind,
        k: K,
        tables: Arc<MarketTables>,
        mut witness: CircuitWitness,
    ) -> Self {
        tables.place(&mut witness, banks(k, &tables));
        Self::of_kind(kind, k, tables, Value::known(Arc::new(witness)))
    }

    fn of_kind(
        kind: LinearKind,
        k: K,
        tables: Arc<MarketTables>,
        witness: Value<Arc<CircuitWitness>>,
    ) -> Self {
        let size = [kind.shape.positions(), kind.shape.assets()];
        Self::of_size(Form::of(kind, k, &tables), size, tables, witness)
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
        let CircuitConfig { margin, path, .. } = &config;
        self.slots.load(margin, &mut layouter)?;
        let part = LinearPart { slots: &self.slots, config: margin };
        let config = AnchorConfig {
            columns: &margin.columns,
            poseidon: &margin.poseidon,
            path: path.as_ref(),
            instance: margin.instance,
        };
        anchor::synthesize(&part, &config, &mut layouter)
    }
}
