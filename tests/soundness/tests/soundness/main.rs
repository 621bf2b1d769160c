//! The soundness machine over every gadget and the margin circuit, invalid statements clause by clause, and
//! holes of other systems, rebuilt.

mod circuit;
mod clauses;
mod gadgets;
mod portfolio;
mod rebuilt_bugs;

#[path = "../../../../circuits/gadgets/tests/gadgets/support/mod.rs"]
mod gadget_support;
#[path = "../../../../circuits/margin/tests/circuit/support/mod.rs"]
mod margin_support;
#[path = "../../../../circuits/model/tests/portfolio/support.rs"]
#[allow(dead_code)] // Each test crate uses its part.
mod model_support;
#[path = "../../../../circuits/margin/tests/portfolio/markets.rs"]
#[allow(dead_code)]
mod portfolio_markets;
#[path = "../../../../circuits/margin/tests/portfolio/support.rs"]
#[allow(dead_code)]
mod portfolio_support;
