//! A circuit whose regions are taken apart where it is laid out.

use crate::near::Near;
use std::marker::PhantomData;
use zkmargin_gadgets::halo2::plonk::{Assignment, FloorPlanner};
use zkmargin_gadgets::halo2::{
    Circuit, Column, ConstraintSystem, Error, Field, Fixed, Fp, Layouter,
};

/// A circuit, or one that was made of it.
pub(crate) enum Windowed<'a, C, const REACH: usize> {
    Of(&'a C),
    Made(C),
}

impl<C, const REACH: usize> Windowed<'_, C, REACH> {
    fn circuit(&self) -> &C {
        match self {
            Self::Of(circuit) => circuit,
            Self::Made(circuit) => circuit,
        }
    }
}

impl<C: Circuit<Fp>, const REACH: usize> Circuit<Fp> for Windowed<'_, C, REACH> {
    type Config = C::Config;
    type FloorPlanner = Planner<C::FloorPlanner, REACH>;

    fn without_witnesses(&self) -> Self {
        Self::Made(self.circuit().without_witnesses())
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Self::Config {
        C::configure(meta)
    }

    fn synthesize(&self, config: Self::Config, layouter: impl Layouter<Fp>) -> Result<(), Error> {
        self.circuit().synthesize(config, layouter)
    }
}

/// The circuit's own floor planner, of regions that are taken apart.
pub(crate) struct Planner<P, const REACH: usize>(PhantomData<P>);

impl<P: FloorPlanner, const REACH: usize> FloorPlanner for Planner<P, REACH> {
    fn synthesize<F: Field, CS: Assignment<F>, C: Circuit<F>>(
        cs: &mut CS,
        circuit: &C,
        config: C::Config,
        constants: Vec<Column<Fixed>>,
    ) -> Result<(), Error> {
        P::synthesize(&mut Near::<_, _, REACH>::new(cs), circuit, config, constants)
    }
}
