//! The margin circuit under the machine checks: exhaustive at two positions and two assets, and
//! shape S.

pub mod cases;
mod determined;
mod hints;
mod layout;
mod membership;
mod needed;
mod real_prover;
pub mod rounded;
mod widths;
