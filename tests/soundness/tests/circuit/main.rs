//! The margin circuit under the machine checks: exhaustive at two positions and two assets, and
//! shape S.

#[path = "../../../../circuits/margin/tests/support/mod.rs"]
mod support;

mod cases;
mod determined;
mod hints;
mod layout;
mod membership;
mod needed;
mod real_prover;
mod widths;
