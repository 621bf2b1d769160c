//! The gadgets, each in isolation.

mod banks;
mod bracket;
mod compare;
mod divide;
mod groups;
mod keyed;
mod larger;
mod long;
mod path;
mod poseidon;
mod poseidon_chip;
mod quads;
mod range;
mod root;
mod settle;
mod sign;
mod sorted;
mod support;
mod utilities;
