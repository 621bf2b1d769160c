//! Regions of one row of gates each.

use std::collections::{BTreeMap, HashMap};
use zkmargin_gadgets::halo2::plonk::{Assigned, Assignment};
use zkmargin_gadgets::halo2::{
    Advice, Any, Column, Error, Field, Fixed, Instance, Selector, Value,
};

/// The cells of a row, with their values.
type Row<F> = HashMap<Column<Any>, (Cell, Value<Assigned<F>>)>;

/// What was assigned in a region of the circuit.
struct Open<F: Field> {
    name: String,
    /// Of each row, the last value of each column.
    rows: BTreeMap<usize, Row<F>>,
    enabled: BTreeMap<usize, Vec<Selector>>,
}

#[derive(Clone, Copy)]
enum Cell {
    Advice(Column<Advice>),
    Fixed(Column<Fixed>),
}

/// Assigns cells outside of any region, and enables the selectors of each row in a region that has the cells near
/// it, up to `REACH` rows away.
pub(crate) struct Near<'a, F: Field, CS, const REACH: usize> {
    cs: &'a mut CS,
    open: Option<Open<F>>,
}

impl<'a, F: Field, CS, const REACH: usize> Near<'a, F, CS, REACH> {
    pub(crate) fn new(cs: &'a mut CS) -> Self {
        Self { cs, open: None }
    }
}

impl<F: Field, CS: Assignment<F>, const REACH: usize> Near<'_, F, CS, REACH> {
    fn keep(&mut self, cell: Cell, row: usize, value: Value<Assigned<F>>) {
        let column = match cell {
            Cell::Advice(column) => column.into(),
            Cell::Fixed(column) => column.into(),
        };
        if let Some(open) = &mut self.open {
            open.rows.entry(row).or_default().insert(column, (cell, value));
        }
    }

    fn assign(&mut self, cell: Cell, row: usize, value: Value<Assigned<F>>) -> Result<(), Error> {
        match cell {
            Cell::Advice(column) => self.cs.assign_advice(String::new, column, row, || value),
            Cell::Fixed(column) => self.cs.assign_fixed(String::new, column, row, || value),
        }
    }

    /// A region for each row of gates; what was assigned is assigned once more.
    fn close(&mut self, open: Open<F>) -> Result<(), Error> {
        for (row, selectors) in &open.enabled {
            self.cs.enter_region(|| open.name.clone());
            for selector in selectors {
                self.cs.enable_selector(String::new, selector, *row)?;
            }
            for (at, cells) in open.rows.range(row.saturating_sub(REACH)..=row + REACH) {
                for (cell, value) in cells.values() {
                    self.assign(*cell, *at, *value)?;
                }
            }
            self.cs.exit_region();
        }
        Ok(())
    }
}

/// A value without a division.
fn evaluated<F: Field, V: Into<Assigned<F>>>(value: Value<V>) -> Value<Assigned<F>> {
    value.map(|value| Assigned::Trivial(value.into().evaluate()))
}

impl<F: Field, CS: Assignment<F>, const REACH: usize> Assignment<F> for Near<'_, F, CS, REACH> {
    fn enter_region<NR: Into<String>, N: FnOnce() -> NR>(&mut self, name: N) {
        let name = name().into();
        self.open = Some(Open { name, rows: BTreeMap::new(), enabled: BTreeMap::new() });
    }

    fn exit_region(&mut self) {
        let open = self.open.take().expect("a region was entered");
        self.close(open).expect("rows that were assigned before");
    }

    fn enable_selector<A: FnOnce() -> AR, AR: Into<String>>(
        &mut self,
        _: A,
        selector: &Selector,
        row: usize,
    ) -> Result<(), Error> {
        let open = self.open.as_mut().expect("selectors are enabled in regions");
        open.enabled.entry(row).or_default().push(*selector);
        Ok(())
    }

    fn query_instance(&self, column: Column<Instance>, row: usize) -> Result<Value<F>, Error> {
        self.cs.query_instance(column, row)
    }

    fn assign_advice<V, VR, A, AR>(
        &mut self,
        _: A,
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
        let value = evaluated(to());
        self.keep(Cell::Advice(column), row, value);
        self.assign(Cell::Advice(column), row, value)
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
        VR: Into<Assigned<F>>,
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        let value = evaluated(to());
        self.keep(Cell::Fixed(column), row, value);
        self.assign(Cell::Fixed(column), row, value)
    }

    fn copy(
        &mut self,
        left: Column<Any>,
        left_row: usize,
        right: Column<Any>,
        right_row: usize,
    ) -> Result<(), Error> {
        self.cs.copy(left, left_row, right, right_row)
    }

    fn fill_from_row(
        &mut self,
        column: Column<Fixed>,
        row: usize,
        to: Value<Assigned<F>>,
    ) -> Result<(), Error> {
        self.cs.fill_from_row(column, row, to)
    }

    fn push_namespace<NR: Into<String>, N: FnOnce() -> NR>(&mut self, name: N) {
        self.cs.push_namespace(name);
    }

    fn pop_namespace(&mut self, name: Option<String>) {
        self.cs.pop_namespace(name);
    }
}
