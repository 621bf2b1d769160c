//! Sums of many points: below keys, because a key carries tables of multiples.

mod multiples;
mod public_tables;

pub(crate) use multiples::{Multiple, sum};
pub(crate) use public_tables::PublicTables;
