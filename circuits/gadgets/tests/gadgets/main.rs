//! The gadgets, each in isolation.

mod bracket;
mod compare;
mod divide;
mod groups;
mod path;
mod poseidon;
mod poseidon_chip;
mod range;
mod sorted;
mod support;
