//! Finds missing constraints in halo2 circuits by machine.
//!
//! A circuit is synthesized once into a [`Recorded`] layout: the compressed constraint system that
//! keys are made of, fixed values, copy constraints, and the witness of every advice cell. Three
//! checks run on it, none of which trusts the witness generator's honesty:
//!
//! - [`determinism`]: with the inputs pinned, every other cell is determined. The Jacobian of the
//!   active gates at the witness has nullity zero; a lookup counts for what it fixes only: a row
//!   that the known words of a tuple and the proven ranges leave as the only one.
//! - [`mutation`]: a changed copy class is refused by some gate, lookup or public input.
//! - [`wrapping`]: no gate over range-checked cells holds modulo the field's order without holding
//!   over the integers.
//!
//! What the checks show is local: a solution that differs from the honest one in many cells at
//! once and lies far from it is outside of the first two. The tests of every named constraint and
//! the invalid statements clause by clause are there for these.

pub mod determinism;
mod expression;
mod linear;
pub mod mutation;
mod ranges;
pub use ranges::Interval;
mod record;
pub mod tamper;
pub mod wrapping;

pub use record::{Cell, Failure, Kind, Recorded, Statistics, Variable};
