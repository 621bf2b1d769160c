//! A circuit's layout and witness, recorded from one synthesis.

use crate::expression::{Lookup, Query, System, Term};
use ff::Field;
use halo2_proofs::circuit::Value;
use halo2_proofs::dev::CircuitGates;
use halo2_proofs::plonk::{
    Advice, Any, Assigned, Assignment, Circuit, Column, ConstraintSystem, Error, Fixed,
    FloorPlanner, Instance, Selector,
};
use pasta_curves::Fp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Private.
    Advice,
    /// Part of the keys.
    Fixed,
    /// Public input.
    Instance,
}

/// A cell by absolute row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Kind of its column.
    pub kind: Kind,
    /// Index of its column within its kind.
    pub column: usize,
    /// Row.
    pub row: usize,
}

/// A set of cells that copy constraints hold equal; what the prover chooses once.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Value in the recorded witness.
    pub value: Fp,
    /// Its cells, smallest first.
    pub cells: Vec<Cell>,
    /// Names that the witness generator gave to these cells.
    pub names: Vec<String>,
    /// It contains a cell of a fixed column: the keys determine it.
    pub fixed: bool,
    /// It contains a public input.
    pub public: bool,
    /// Values that the witness generator gave to its cells, where they are not all the same.
    pub conflicts: Vec<Fp>,
}

impl Variable {
    /// Names and first cell, for messages.
    pub fn describe(&self) -> String {
        let names = if self.names.is_empty() { "unassigned".into() } else { self.names.join(", ") };
        match self.cells.first() {
            Some(cell) => format!("{names} ({:?} {} row {})", cell.kind, cell.column, cell.row),
            None => names,
        }
    }
}

/// Why a witness is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// A gate's constraint does not hold on a row.
    Gate {
        /// `gate: constraint`.
        name: String,
        /// Row of the gate.
        row: usize,
    },
    /// A tuple is not in the table.
    Lookup {
        /// Index of the lookup.
        index: usize,
        /// Row of the input.
        row: usize,
    },
    /// Cells that must be equal are not.
    Copy,
}

/// Size of a layout.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Statistics {
    /// Rows that a region or table touches.
    pub rows: usize,
    /// Copy constraints.
    pub copies: usize,
    /// Active constraints by gate name.
    pub constraints: BTreeMap<String, usize>,
    /// Active lookups, by lookup.
    pub lookups: Vec<usize>,
}

/// A recorded circuit.
#[derive(Clone, Debug)]
pub struct Recorded {
    // What does not depend on the witness is shared between recordings of one layout.
    pub(crate) system: Arc<System>,
    pub(crate) gate_names: Arc<Vec<String>>,
    pub(crate) tables: Arc<Vec<BTreeSet<Vec<Fp>>>>,
    pub(crate) rows: usize,
    fixed: Arc<Vec<Vec<Fp>>>,
    variables: Vec<Variable>,
    of_cell: Arc<HashMap<Cell, usize>>,
    copies: usize,
    used_rows: usize,
    /// Constraints that are not identically zero, by gate polynomial.
    pub(crate) active: Arc<Vec<Active>>,
}

/// A constraint that holds something on a row.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    pub source: Source,
    pub row: usize,
    pub support: Vec<usize>,
}

/// Gate polynomial or lookup, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Gate(usize),
    Lookup(usize),
}

/// Most columns of one kind; more is a mistake in the table below, not in the circuit.
pub(crate) const MAX_COLUMNS: usize = 256;

struct Indices {
    columns: HashMap<Column<Any>, (Kind, usize)>,
    selectors: HashMap<Selector, usize>,
}

impl Indices {
    /// Columns are numbered in the order of their creation, but do not tell their number: an empty
    /// constraint system creates the same ones.
    fn new() -> Self {
        let (mut columns, mut selectors) = (HashMap::new(), HashMap::new());
        let mut meta = ConstraintSystem::<Fp>::default();
        for i in 0..MAX_COLUMNS {
            columns.insert(meta.advice_column().into(), (Kind::Advice, i));
            columns.insert(meta.fixed_column().into(), (Kind::Fixed, i));
            columns.insert(meta.instance_column().into(), (Kind::Instance, i));
        }
        let (mut simple, mut complex) =
            (ConstraintSystem::<Fp>::default(), ConstraintSystem::<Fp>::default());
        for i in 0..MAX_COLUMNS {
            selectors.insert(simple.selector(), i);
            selectors.insert(complex.complex_selector(), i);
        }
        Self { columns, selectors }
    }

    fn cell(&self, column: impl Into<Column<Any>>, row: usize) -> Cell {
        let (kind, column) = self.columns[&column.into()];
        Cell { kind, column, row }
    }
}

struct Recorder {
    indices: Indices,
    usable_rows: usize,
    selectors: Vec<(usize, usize)>,
    fixed: Vec<(Cell, Fp)>,
    fills: Vec<(Cell, Fp)>,
    advice: HashMap<Cell, (Fp, String)>,
    copies: Vec<(Cell, Cell)>,
    instance: Vec<Vec<Fp>>,
}

impl Recorder {
    fn run<C: Circuit<Fp>>(
        n: usize,
        circuit: &C,
        instance: &[Vec<Fp>],
    ) -> (ConstraintSystem<Fp>, Self) {
        let mut meta = ConstraintSystem::<Fp>::default();
        let config = C::configure(&mut meta);
        let mut recorder = Self {
            indices: Indices::new(),
            usable_rows: n - (meta.blinding_factors() + 1),
            selectors: Vec::new(),
            fixed: Vec::new(),
            fills: Vec::new(),
            advice: HashMap::new(),
            copies: Vec::new(),
            instance: instance.to_vec(),
        };
        let constants = meta.lean_dump_constants();
        C::FloorPlanner::synthesize(&mut recorder, circuit, config, constants).expect("synthesis");
        (meta, recorder)
    }

    /// Value of a cell that is not fixed; what is not assigned is zero.
    fn value(&self, cell: Cell) -> Fp {
        let value = match cell.kind {
            Kind::Instance => self.instance.get(cell.column).and_then(|c| c.get(cell.row)).copied(),
            _ => self.advice.get(&cell).map(|(value, _)| *value),
        };
        value.unwrap_or(Fp::ZERO)
    }
}

fn known<V: Into<Assigned<Fp>>>(value: Value<V>) -> Fp {
    let mut known = Fp::ZERO;
    value.map(|v| known = v.into().evaluate());
    known
}

impl Assignment<Fp> for Recorder {
    fn enter_region<NR: Into<String>, N: FnOnce() -> NR>(&mut self, _: N) {}

    fn exit_region(&mut self) {}

    fn enable_selector<A: FnOnce() -> AR, AR: Into<String>>(
        &mut self,
        _: A,
        selector: &Selector,
        row: usize,
    ) -> Result<(), Error> {
        self.selectors.push((self.indices.selectors[selector], row));
        Ok(())
    }

    fn query_instance(&self, column: Column<Instance>, row: usize) -> Result<Value<Fp>, Error> {
        let column = self.indices.cell(column, row).column;
        let value = self.instance.get(column).and_then(|c| c.get(row)).copied();
        Ok(Value::known(value.unwrap_or(Fp::ZERO)))
    }

    fn assign_advice<V, VR, A, AR>(
        &mut self,
        annotation: A,
        column: Column<Advice>,
        row: usize,
        to: V,
    ) -> Result<(), Error>
    where
        V: FnOnce() -> Value<VR>,
        VR: Into<Assigned<Fp>>,
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        let cell = self.indices.cell(column, row);
        assert!(row < self.usable_rows, "row {row} is past the usable rows");
        self.advice.insert(cell, (known(to()), annotation().into()));
        Ok(())
    }

    fn assign_fixed<V, VR, A, AR>(
        &mut self,
        _: A,
        column: Column<Fixed>,
        row: usize,
        to: V,
    ) -> Result<(), Error>
    where
        V: FnOnce() -> Value<VR>,
        VR: Into<Assigned<Fp>>,
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        self.fixed.push((self.indices.cell(column, row), known(to())));
        Ok(())
    }

    fn copy(
        &mut self,
        left: Column<Any>,
        left_row: usize,
        right: Column<Any>,
        right_row: usize,
    ) -> Result<(), Error> {
        let pair = (self.indices.cell(left, left_row), self.indices.cell(right, right_row));
        self.copies.push(pair);
        Ok(())
    }

    fn fill_from_row(
        &mut self,
        column: Column<Fixed>,
        row: usize,
        to: Value<Assigned<Fp>>,
    ) -> Result<(), Error> {
        self.fills.push((self.indices.cell(column, row), known(to)));
        Ok(())
    }

    fn push_namespace<NR: Into<String>, N: FnOnce() -> NR>(&mut self, _: N) {}

    fn pop_namespace(&mut self, _: Option<String>) {}
}

/// `gate: constraint` for every polynomial, in order.
fn gate_names<C: Circuit<Fp>>() -> Vec<String> {
    let text = CircuitGates::collect::<Fp, C>().to_string();
    let (mut names, mut gate) = (Vec::new(), "");
    for line in text.lines() {
        if let Some(constraint) = line.strip_prefix("- ") {
            names.push(match constraint.strip_suffix(':') {
                Some(name) => format!("{gate}: {name}"),
                None => gate.to_owned(),
            });
        } else if let Some(name) = line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            gate = name;
        }
    }
    names
}

/// Disjoint sets of cells.
#[derive(Default)]
struct Classes {
    parent: HashMap<Cell, Cell>,
}

impl Classes {
    fn root(&mut self, cell: Cell) -> Cell {
        let parent = *self.parent.entry(cell).or_insert(cell);
        if parent == cell {
            return cell;
        }
        let root = self.root(parent);
        self.parent.insert(cell, root);
        root
    }

    fn join(&mut self, a: Cell, b: Cell) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent.insert(a.max(b), a.min(b));
    }
}

impl Recorded {
    /// Synthesizes a circuit with its witness and public inputs on `2^k` rows.
    ///
    /// # Panics
    /// When the circuit does not synthesize.
    pub fn new<C: Circuit<Fp>>(k: u32, circuit: &C, instance: &[Vec<Fp>]) -> Self {
        let n = 1 << k;
        let (meta, recorder) = Recorder::run(n, circuit, instance);
        let usable_rows = recorder.usable_rows;

        let mut activations = vec![vec![false; n]; meta.lean_dump_num_selectors()];
        for (selector, row) in &recorder.selectors {
            activations[*selector][*row] = true;
        }
        let (unpacked, packed) = meta.lean_dump_compress_selectors(activations.clone());
        let mut fixed = vec![vec![Fp::ZERO; n]; unpacked];
        for (cell, value) in &recorder.fixed {
            fixed[cell.column][cell.row] = *value;
        }
        for (cell, value) in &recorder.fills {
            fixed[cell.column][cell.row..usable_rows].fill(*value);
        }
        fixed.extend(packed);
        let compressed = meta.lean_dump_compressed(activations);
        let decimal = |value: &Fp| num_bigint::BigUint::from_bytes_le(&repr(value)).to_string();
        let system = System::from_json(&compressed.lean_dump_cs_fixture_json(&decimal));
        let mut recorded = Self {
            gate_names: Arc::new(gate_names::<C>()),
            tables: Arc::default(),
            rows: usable_rows,
            fixed: Arc::new(fixed),
            variables: Vec::new(),
            of_cell: Arc::default(),
            copies: recorder.copies.len(),
            used_rows: 0,
            active: Arc::default(),
            system: Arc::new(system),
        };
        recorded.read_tables();
        recorded.read_variables(recorder);
        recorded.read_active();
        recorded
    }

    fn read_tables(&mut self) {
        let table = |lookup: &Lookup| {
            (0..self.rows)
                .map(|row| {
                    let at = |q: Query| self.fixed_value(q, row);
                    lookup.tables.iter().map(|table| table.value(&at)).collect()
                })
                .collect()
        };
        self.tables = Arc::new(self.system.lookups.iter().map(table).collect());
    }

    fn read_variables(&mut self, recorder: Recorder) {
        let mut classes = Classes::default();
        for (a, b) in &recorder.copies {
            classes.join(*a, *b);
        }
        let mut cells: Vec<Cell> = classes.parent.keys().copied().collect();
        cells.extend(recorder.advice.keys().filter(|c| !classes.parent.contains_key(c)));
        // By row first: elimination then meets a circuit's values in about the order it makes them.
        cells.sort_unstable_by_key(|c| (c.row, *c));
        let mut of_root: HashMap<Cell, usize> = HashMap::new();
        let mut of_cell = HashMap::new();
        for cell in cells {
            let root = classes.root(cell);
            let index = *of_root.entry(root).or_insert_with(|| {
                self.variables.push(Variable {
                    value: Fp::ZERO,
                    cells: Vec::new(),
                    names: Vec::new(),
                    fixed: false,
                    public: false,
                    conflicts: Vec::new(),
                });
                self.variables.len() - 1
            });
            let name = recorder.advice.get(&cell).map(|(_, name)| name.clone());
            let variable = &mut self.variables[index];
            variable.cells.push(cell);
            variable.fixed |= cell.kind == Kind::Fixed;
            variable.public |= cell.kind == Kind::Instance;
            if let Some(name) = name.filter(|name| !variable.names.contains(name)) {
                variable.names.push(name);
            }
            of_cell.insert(cell, index);
            self.used_rows = self.used_rows.max(cell.row + 1);
        }
        self.of_cell = Arc::new(of_cell);
        self.read_values(&recorder);
    }

    fn read_values(&mut self, recorder: &Recorder) {
        for variable in &mut self.variables {
            let value = |cell: &Cell| match cell.kind {
                Kind::Fixed => self.fixed[cell.column][cell.row],
                _ => recorder.value(*cell),
            };
            let values: BTreeSet<Fp> = variable.cells.iter().map(value).collect();
            variable.value = variable.cells.first().map_or(Fp::ZERO, value);
            variable.conflicts =
                if values.len() > 1 { values.into_iter().collect() } else { Vec::new() };
        }
    }

    /// Another witness, and public inputs, of the same layout. The circuit must be of the size and
    /// tables of the recorded one.
    ///
    /// # Panics
    /// When the circuit does not synthesize.
    pub fn with_witness<C: Circuit<Fp>>(&self, circuit: &C, instance: &[Vec<Fp>]) -> Self {
        let n = self.fixed.first().map_or(1, Vec::len);
        let (_, recorder) = Recorder::run(n, circuit, instance);
        let mut recorded = self.clone();
        recorded.read_values(&recorder);
        recorded
    }

    /// Constraints that hold something, with cells that the witness generator left unassigned.
    fn read_active(&mut self) {
        let mut active = Vec::new();
        for row in 0..self.rows {
            let gates = (0..self.system.gates.len()).map(Source::Gate);
            let lookups = (0..self.system.lookups.len()).map(Source::Lookup);
            for source in gates.chain(lookups) {
                for cell in self.unassigned(source, row) {
                    Arc::make_mut(&mut self.of_cell).insert(cell, self.variables.len());
                    self.variables.push(Variable {
                        value: Fp::ZERO,
                        cells: vec![cell],
                        names: Vec::new(),
                        fixed: false,
                        public: false,
                        conflicts: Vec::new(),
                    });
                }
                let support = self.support(source, row);
                if !support.is_empty() {
                    active.push(Active { source, row, support });
                }
            }
        }
        self.active = Arc::new(active);
    }

    fn expressions(&self, source: Source) -> &[crate::expression::Expr] {
        match source {
            Source::Gate(gate) => std::slice::from_ref(&self.system.gates[gate]),
            Source::Lookup(lookup) => &self.system.lookups[lookup].inputs,
        }
    }

    fn unassigned(&self, source: Source, row: usize) -> BTreeSet<Cell> {
        // Cells are numbered from here on so that a support can name them.
        let missing = std::cell::RefCell::new(Vec::<Cell>::new());
        let at = |q: Query| {
            let cell = self.cell(q, row);
            match (cell.kind, self.of_cell.get(&cell)) {
                (Kind::Fixed, _) => Term::Known(self.fixed_value(q, row)),
                (_, Some(known)) => Term::Unknown(*known),
                (_, None) => {
                    let mut missing = missing.borrow_mut();
                    missing.push(cell);
                    Term::Unknown(self.variables.len() + missing.len() - 1)
                }
            }
        };
        let mut support = Vec::new();
        for expression in self.expressions(source) {
            expression.support(&at, &mut support);
        }
        let first = self.variables.len();
        let missing = missing.borrow();
        support.iter().filter(|v| **v >= first).map(|v| missing[v - first]).collect()
    }

    fn support(&self, source: Source, row: usize) -> Vec<usize> {
        let mut support = Vec::new();
        let at = |q: Query| match self.variable_at(q, row) {
            Some(variable) => Term::Unknown(variable),
            None => Term::Known(self.fixed_value(q, row)),
        };
        for expression in self.expressions(source) {
            expression.support(&at, &mut support);
        }
        support.sort_unstable();
        support.dedup();
        support
    }

    /// The cell of a query, with rows modulo the usable rows' domain left out: gates stay inside.
    pub(crate) fn cell(&self, q: Query, row: usize) -> Cell {
        let row = row as i64 + q.rotation;
        let n = self.fixed.first().map_or(1, Vec::len) as i64;
        Cell { kind: q.kind, column: q.column, row: row.rem_euclid(n) as usize }
    }

    pub(crate) fn fixed_value(&self, q: Query, row: usize) -> Fp {
        let cell = self.cell(q, row);
        match cell.kind {
            Kind::Fixed => self.fixed[cell.column][cell.row],
            _ => Fp::ZERO,
        }
    }

    /// The variable of a query; `None` for a fixed column.
    pub(crate) fn variable_at(&self, q: Query, row: usize) -> Option<usize> {
        match q.kind {
            Kind::Fixed => None,
            _ => self.of_cell.get(&self.cell(q, row)).copied(),
        }
    }

    /// Value of a query in the recorded witness, or with variables changed.
    pub(crate) fn value_at(&self, q: Query, row: usize, changed: &[(usize, Fp)]) -> Fp {
        let Some(variable) = self.variable_at(q, row) else { return self.fixed_value(q, row) };
        let change = changed.iter().find(|(this, _)| *this == variable);
        change.map_or(self.variables[variable].value, |(_, value)| *value)
    }

    /// What the prover chooses, copy class by copy class.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// For every variable, whether it is loose: a cell that the witness generator leaves alone and
    /// that nothing but the range lookup of its column reads. Such cells lie beside the gadgets.
    pub fn loose(&self) -> Vec<bool> {
        let mut ranged = vec![false; self.variables.len()];
        let mut read = vec![false; self.variables.len()];
        for active in self.active.iter() {
            let range_lookup = match active.source {
                Source::Lookup(lookup) => self.system.lookups[lookup].inputs.len() == 1,
                Source::Gate(_) => false,
            };
            let list = if range_lookup { &mut ranged } else { &mut read };
            active.support.iter().for_each(|v| list[*v] = true);
        }
        let alone = |v: &Variable| v.cells.len() == 1 && v.names.is_empty();
        (0..read.len()).map(|i| ranged[i] && !read[i] && alone(&self.variables[i])).collect()
    }

    /// The same layout with one gate polynomial left out: what a forgotten constraint looks like.
    pub fn without_constraint(&self, polynomial: usize) -> Self {
        let mut less = self.clone();
        Arc::make_mut(&mut less.active).retain(|active| active.source != Source::Gate(polynomial));
        less
    }

    /// The same layout with one lookup left out.
    pub fn without_lookup(&self, lookup: usize) -> Self {
        let mut less = self.clone();
        Arc::make_mut(&mut less.active).retain(|active| active.source != Source::Lookup(lookup));
        less
    }

    /// Number of lookups.
    pub fn lookups(&self) -> usize {
        self.system.lookups.len()
    }

    /// `gate: constraint` of every gate polynomial.
    pub fn constraint_names(&self) -> &[String] {
        &self.gate_names
    }

    /// The variable of a cell.
    pub fn variable_of(&self, cell: Cell) -> Option<usize> {
        self.of_cell.get(&cell).copied()
    }

    /// Whether a constraint is met, with variables changed.
    pub(crate) fn holds(&self, active: &Active, changed: &[(usize, Fp)]) -> bool {
        let at = |q: Query| self.value_at(q, active.row, changed);
        match active.source {
            Source::Gate(gate) => self.system.gates[gate].value(&at).is_zero_vartime(),
            Source::Lookup(lookup) => {
                let inputs = &self.system.lookups[lookup].inputs;
                let tuple: Vec<Fp> = inputs.iter().map(|input| input.value(&at)).collect();
                self.tables[lookup].contains(&tuple)
            }
        }
    }

    pub(crate) fn failure(&self, active: &Active) -> Failure {
        match active.source {
            Source::Gate(gate) => {
                Failure::Gate { name: self.gate_names[gate].clone(), row: active.row }
            }
            Source::Lookup(index) => Failure::Lookup { index, row: active.row },
        }
    }

    /// Everything that refuses the recorded witness; empty when it satisfies the circuit.
    pub fn failures(&self) -> Vec<Failure> {
        let mut failures: Vec<_> = self
            .active
            .iter()
            .filter(|active| !self.holds(active, &[]))
            .map(|active| self.failure(active))
            .collect();
        let broken = self.variables.iter().filter(|v| !v.conflicts.is_empty());
        failures.extend(broken.map(|_| Failure::Copy));
        failures
    }

    /// Size of the layout.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics {
            rows: self.used_rows,
            copies: self.copies,
            constraints: BTreeMap::new(),
            lookups: vec![0; self.system.lookups.len()],
        };
        for active in self.active.iter() {
            match active.source {
                Source::Gate(gate) => {
                    let name = self.gate_names[gate].split(':').next().unwrap_or_default();
                    *statistics.constraints.entry(name.to_owned()).or_default() += 1;
                }
                Source::Lookup(lookup) => statistics.lookups[lookup] += 1,
            }
        }
        statistics
    }
}

pub(crate) fn repr(value: &Fp) -> [u8; 32] {
    ff::PrimeField::to_repr(value)
}
