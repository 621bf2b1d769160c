//! The portfolio circuit on small markets with every part of the rule: it says what the rule says, and a lie in any hint is
//! refused.

mod agreement;
mod attacks;
mod deficiency;
mod forger;
mod lies;
mod markets;
mod membership;
mod proof;
mod random;
mod review;
mod stress;
mod support;

#[path = "../../../model/tests/portfolio/support.rs"]
#[allow(dead_code)] // Each test crate uses its part.
mod model_support;
