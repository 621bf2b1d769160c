//! Proofs by the real prover, and what is decided about them.

mod batch;
mod books;
mod capacity;
mod equal_integers;
mod ledger;
mod library;
mod named;
mod portfolio;
mod requirements;
mod settlement;
mod support;
mod zero_knowledge;
