//! Faults that were found in use, one module for each kind, at the outermost door that had the fault.

#[path = "../cli/support.rs"]
#[allow(dead_code)]
mod support;

mod answers;
mod audit;
mod bounds;
mod cases;
mod files;
mod overwritten;
mod screen;
