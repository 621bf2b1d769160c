//! Signed notes.

mod bodies;
mod c2sp;
mod docs;
mod flips;
mod keys;
mod sequence;
mod strict;
mod support;
