//! Optional elements: each against its definition, its widths, and what has no proof.

mod allocations;
mod by_hand;
mod drift;
mod entry;
mod families;
mod mango;
mod orders;
mod random;
mod unproven;
mod widths;
