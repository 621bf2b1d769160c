//! A prover that keeps a circuit's configuration and overwrites cells of its witness.

use ff::Field;
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::plonk::{
    Advice, Any, Assigned, Assignment, Circuit, Column, ConstraintSystem, Error, Fixed,
    FloorPlanner, Instance, Selector,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;

use crate::record::{Cell, MAX_COLUMNS};
use pasta_curves::Fp;

/// Cells to overwrite: advice column, row, value. Rows are absolute.
pub type Overwrites = Vec<(Cell, Fp)>;

thread_local! {
    static OVERWRITES: RefCell<HashMap<(usize, usize), Fp>> = RefCell::default();
}

/// A circuit whose advice cells are overwritten after the honest witness generator.
#[derive(Clone, Debug)]
pub struct Tampered<C> {
    /// The honest circuit.
    pub honest: C,
    /// What is overwritten.
    pub overwrites: Overwrites,
}

impl<C: Circuit<Fp, FloorPlanner = SimpleFloorPlanner>> Circuit<Fp> for Tampered<C> {
    type Config = C::Config;
    type FloorPlanner = Overwriting<C>;

    fn without_witnesses(&self) -> Self {
        Self { honest: self.honest.without_witnesses(), overwrites: Vec::new() }
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> C::Config {
        C::configure(meta)
    }

    fn synthesize(&self, config: C::Config, layouter: impl Layouter<Fp>) -> Result<(), Error> {
        OVERWRITES.with_borrow_mut(|map| {
            *map = self.overwrites.iter().map(|(c, v)| ((c.column, c.row), *v)).collect();
        });
        self.honest.synthesize(config, layouter)
    }
}

/// The floor planner of a tampered circuit: the honest one over an assignment that overwrites.
#[derive(Debug)]
pub struct Overwriting<C>(PhantomData<C>);

impl<D: Circuit<Fp>> FloorPlanner for Overwriting<D> {
    fn synthesize<F: Field, CS: Assignment<F>, C: Circuit<F>>(
        cs: &mut CS,
        circuit: &C,
        config: C::Config,
        constants: Vec<Column<Fixed>>,
    ) -> Result<(), Error> {
        let mut meta = ConstraintSystem::<F>::default();
        let columns = (0..MAX_COLUMNS).map(|i| (meta.advice_column(), i)).collect();
        SimpleFloorPlanner::synthesize(
            &mut Layer { inner: cs, columns, field: PhantomData },
            circuit,
            config,
            constants,
        )
    }
}

struct Layer<'a, F: Field, CS: Assignment<F>> {
    inner: &'a mut CS,
    columns: HashMap<Column<Advice>, usize>,
    field: PhantomData<F>,
}

/// The same element in the generic field of the floor planner, which is always the same field.
fn convert<F: Field>(value: Fp) -> F {
    let bytes = crate::record::repr(&value);
    let radix = F::from_u64(256);
    bytes.iter().rev().fold(F::ZERO, |sum, byte| sum * radix + F::from_u64(u64::from(*byte)))
}

trait FromU64: Field {
    fn from_u64(value: u64) -> Self;
}

impl<F: Field> FromU64 for F {
    fn from_u64(value: u64) -> Self {
        (0..value).fold(F::ZERO, |sum, _| sum + F::ONE)
    }
}

impl<F: Field, CS: Assignment<F>> Assignment<F> for Layer<'_, F, CS> {
    fn enter_region<NR: Into<String>, N: FnOnce() -> NR>(&mut self, name: N) {
        self.inner.enter_region(name);
    }

    fn exit_region(&mut self) {
        self.inner.exit_region();
    }

    fn enable_selector<A: FnOnce() -> AR, AR: Into<String>>(
        &mut self,
        annotation: A,
        selector: &Selector,
        row: usize,
    ) -> Result<(), Error> {
        self.inner.enable_selector(annotation, selector, row)
    }

    fn query_instance(&self, column: Column<Instance>, row: usize) -> Result<Value<F>, Error> {
        self.inner.query_instance(column, row)
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
        VR: Into<Assigned<F>>,
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        let key = (self.columns[&column], row);
        let overwritten = OVERWRITES.with_borrow(|map| map.get(&key).copied());
        self.inner.assign_advice(annotation, column, row, || {
            let honest = to().map(Into::into);
            match overwritten {
                Some(value) => honest.map(|_| Assigned::Trivial(convert(value))),
                None => honest,
            }
        })
    }

    fn assign_fixed<V, VR, A, AR>(
        &mut self,
        annotation: A,
        column: Column<Fixed>,
        row: usize,
        to: V,
    ) -> Result<(), Error>
    where
        V: FnOnce() -> Value<VR>,
        VR: Into<Assigned<F>>,
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        self.inner.assign_fixed(annotation, column, row, to)
    }

    fn copy(
        &mut self,
        left: Column<Any>,
        left_row: usize,
        right: Column<Any>,
        right_row: usize,
    ) -> Result<(), Error> {
        self.inner.copy(left, left_row, right, right_row)
    }

    fn fill_from_row(
        &mut self,
        column: Column<Fixed>,
        row: usize,
        to: Value<Assigned<F>>,
    ) -> Result<(), Error> {
        self.inner.fill_from_row(column, row, to)
    }

    fn push_namespace<NR: Into<String>, N: FnOnce() -> NR>(&mut self, name: N) {
        self.inner.push_namespace(name);
    }

    fn pop_namespace(&mut self, gadget: Option<String>) {
        self.inner.pop_namespace(gadget);
    }
}
