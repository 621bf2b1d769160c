//! A circuit that holds one gadget and lets a cheating prover overwrite any of its cells.

#![allow(dead_code, missing_docs)] // Each test file uses its part.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketConfig;
use zkmargin_gadgets::compare::CompareConfig;
use zkmargin_gadgets::divide::{DivideConfig, Forms};
use zkmargin_gadgets::groups::GroupsConfig;
use zkmargin_gadgets::halo2::dev::MockProver;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::KeyedConfig;
use zkmargin_gadgets::larger::LargerConfig;
use zkmargin_gadgets::long::LongConfig;
use zkmargin_gadgets::path::PathConfig;
use zkmargin_gadgets::quads::QuadsConfig;
use zkmargin_gadgets::range::RangeConfig;
use zkmargin_gadgets::root::RootConfig;
use zkmargin_gadgets::settle::SettleConfig;
use zkmargin_gadgets::sign::SignConfig;
use zkmargin_gadgets::sorted::SortedConfig;

const K: u32 = 10;
const FORMS: Forms = Forms { long: true, short: true, deep: true };

#[derive(Clone, Debug)]
pub struct Gadgets {
    pub columns: Columns,
    /// A copyable column for inputs.
    pub input: Column<Advice>,
    pub range: RangeConfig,
    pub sorted: SortedConfig,
    pub bracket: BracketConfig,
    pub groups: GroupsConfig,
    /// Of two quads, and of four.
    pub quads: [QuadsConfig; 2],
    pub settle: SettleConfig,
    pub compare: CompareConfig,
    pub divide: DivideConfig,
    pub keyed: KeyedConfig,
    pub root: RootConfig,
    pub larger: LargerConfig,
    pub sign: SignConfig,
    pub long: LongConfig,
    pub path: PathConfig,
}

impl Gadgets {
    /// An input cell on a row of the input column.
    pub fn input(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        value: Fp,
    ) -> Result<FieldCell, Error> {
        region.assign_advice(|| "input", self.input, row, || Value::known(value))
    }
}

/// A cell that the cheating prover overwrites after the gadget's own assignment.
#[derive(Clone, Copy, Debug)]
pub enum At {
    Limb(usize),
    Aux(usize),
    Input,
    /// The share of a bank after the first.
    Share(usize),
}

pub type Assign = fn(&Gadgets, &mut Region<'_, Fp>) -> Result<(), Error>;

#[derive(Clone, Debug)]
pub struct Isolated {
    pub assign: Assign,
    pub tamper: Vec<(At, usize, Fp)>,
    pub brackets: Vec<[Fp; 6]>,
}

impl Circuit<Fp> for Isolated {
    type Config = Gadgets;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Gadgets {
        Gadgets::configure(meta, 1)
    }

    fn synthesize(&self, config: Gadgets, mut layouter: impl Layouter<Fp>) -> Result<(), Error> {
        self.assigned(&config, &mut layouter)
    }
}

/// The same with a bracket table in [`BANKS`].
#[derive(Clone, Debug)]
pub struct Banked(pub Isolated);

/// Banks of [`Banked`].
pub const BANKS: usize = 3;

impl Circuit<Fp> for Banked {
    type Config = Gadgets;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Gadgets {
        Gadgets::configure(meta, BANKS)
    }

    fn synthesize(&self, config: Gadgets, mut layouter: impl Layouter<Fp>) -> Result<(), Error> {
        self.0.assigned(&config, &mut layouter)
    }
}

impl Gadgets {
    fn configure(meta: &mut ConstraintSystem<Fp>, banks: usize) -> Self {
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        let columns = Columns::configure(meta);
        let input = meta.advice_column();
        meta.enable_equality(input);
        let range = RangeConfig::configure(meta, &columns, true);
        let sorted = SortedConfig::configure(meta, &columns, &range);
        let bracket = BracketConfig::configure(meta, &columns, &range, true, banks);
        let groups = GroupsConfig::configure(meta, &columns);
        let quads = [2, 4].map(|quads| QuadsConfig::configure(meta, &columns, quads));
        let settle = SettleConfig::configure(meta, &columns);
        let compare = CompareConfig::configure(meta, &columns, &range);
        let divide = DivideConfig::configure(meta, &columns, &range, FORMS);
        let keyed = KeyedConfig::configure(meta, &columns, &bracket);
        let root = RootConfig::configure(meta, &columns, &range);
        let larger = LargerConfig::configure(meta, &columns, &range);
        let sign = SignConfig::configure(meta, &columns, &range);
        let long = LongConfig::configure(meta, &columns, &range);
        let path = PathConfig::configure(meta, &columns);
        Self {
            columns,
            input,
            range,
            sorted,
            bracket,
            groups,
            quads,
            settle,
            compare,
            divide,
            keyed,
            root,
            larger,
            sign,
            long,
            path,
        }
    }
}

impl Isolated {
    fn assigned(&self, config: &Gadgets, layouter: &mut impl Layouter<Fp>) -> Result<(), Error> {
        config.range.load(layouter)?;
        config.bracket.load(layouter, &self.brackets)?;
        layouter.assign_region(
            || "gadget",
            |mut region| {
                (self.assign)(config, &mut region)?;
                for (at, row, value) in &self.tamper {
                    let column = match at {
                        At::Limb(i) => config.columns.limbs[*i],
                        At::Aux(i) => config.columns.aux[*i],
                        At::Input => config.input,
                        At::Share(bank) => config.bracket.banks().share(*bank).expect("bank"),
                    };
                    region.assign_advice(|| "tampered", column, *row, || Value::known(*value))?;
                }
                Ok(())
            },
        )
    }
}

/// Runs the gadget, with cells overwritten, and returns what the mock prover says.
pub fn run(assign: Assign, tamper: &[(At, usize, Fp)]) -> Result<(), String> {
    run_with(assign, tamper, vec![[Fp::ZERO; 6]])
}

/// As [`run`], with a bracket table.
pub fn run_with(
    assign: Assign,
    tamper: &[(At, usize, Fp)],
    brackets: Vec<[Fp; 6]>,
) -> Result<(), String> {
    verified(&Isolated { assign, tamper: tamper.to_vec(), brackets })
}

/// What the mock prover says of a circuit without public inputs.
pub fn verified(circuit: &impl Circuit<Fp>) -> Result<(), String> {
    let prover = MockProver::run(K, circuit, vec![]).expect("synthesis");
    prover.verify().map_err(|failures| format!("{failures:#?}"))
}

/// Asserts that the tampered gadget is refused by something of this name.
#[track_caller]
pub fn refused(outcome: Result<(), String>, by: &str) {
    let failures = outcome.expect_err("the lie was accepted");
    assert!(failures.contains(by), "not refused by {by:?}: {failures}");
}

pub fn two_to(exponent: u64) -> Fp {
    Fp::from(2).pow_vartime([exponent])
}
