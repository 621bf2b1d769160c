//! Prints the size of the constraint system by number of Poseidon lanes.

use zkmargin_circuit::MarginCircuit;
use zkmargin_circuit::halo2::{Circuit, ConstraintSystem, Fp};

fn stats<const LANES: usize>() {
    let mut meta = ConstraintSystem::<Fp>::default();
    MarginCircuit::<LANES>::configure(&mut meta);
    println!("lanes {LANES} degree {} blinding {}", meta.degree(), meta.blinding_factors());
    println!("{:#?}", meta.pinned());
}

fn main() {
    stats::<1>();
    stats::<2>();
}
