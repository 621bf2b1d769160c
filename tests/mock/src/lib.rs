//! The mock prover, in time that grows with a circuit's rows and not with their square.
//!
//! For each row of a gate, [`MockProver::verify`] looks through all cells of the gate's region for those that it queries.
//! A circuit of this project is one region of about a thousand rows, so that most of its time is spent there. Here each
//! row on which a selector is on is a region with the cells on the rows near it, and every check is still made: a gate
//! whose cell is farther away, or not assigned, fails with [`VerifyFailure::CellNotAssigned`].

mod near;
mod windowed;

use windowed::Windowed;
use zkmargin_gadgets::halo2::dev::{MockProver, VerifyFailure};
use zkmargin_gadgets::halo2::{Circuit, Fp};

/// Runs a circuit of 2^`k` rows with these instance columns, and checks all of it. Its gates query cells up to `REACH` rows
/// away.
///
/// # Errors
/// Every failure of [`MockProver::verify`].
///
/// # Panics
/// If synthesis fails: the circuit has more rows, or lacks a witness.
pub fn check<const REACH: usize>(
    k: u32,
    circuit: &impl Circuit<Fp>,
    instance: Vec<Vec<Fp>>,
) -> Result<(), Vec<VerifyFailure>> {
    let prover = MockProver::run(k, &Windowed::<_, REACH>::Of(circuit), instance);
    verify(&prover.expect("synthesis"))
}

/// Compiled once, for all that check circuits.
fn verify(prover: &MockProver<Fp>) -> Result<(), Vec<VerifyFailure>> {
    prover.verify()
}
