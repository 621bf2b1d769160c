//! The soundness machine over every gadget and the margin circuit, invalid statements clause by clause, and
//! holes of other systems, rebuilt.

mod circuit;
mod clauses;
mod gadgets;
mod rebuilt_bugs;

#[path = "../../../../circuits/gadgets/tests/gadgets/support/mod.rs"]
mod gadget_support;
#[path = "../../../../circuits/margin/tests/circuit/support/mod.rs"]
mod margin_support;
