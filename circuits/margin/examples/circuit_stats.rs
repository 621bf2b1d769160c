//! Prints the size of the constraint system by number of Poseidon lanes.

use zkmargin_circuit::halo2::{Circuit, ConstraintSystem, Fp};
use zkmargin_circuit::{Form, MarginCircuit};
use zkmargin_model::circuit::Anchor;
use zkmargin_model::rule::Profile;

fn main() {
    for lanes in 1..=2 {
        let mut meta = ConstraintSystem::<Fp>::default();
        let form = Form { profile: Profile::EXACT, anchor: Anchor::Commitment, lanes, banks: 1 };
        form.configured(|| MarginCircuit::configure(&mut meta));
        println!("lanes {lanes} degree {} blinding {}", meta.degree(), meta.blinding_factors());
        println!("{:#?}", meta.pinned());
    }
}
