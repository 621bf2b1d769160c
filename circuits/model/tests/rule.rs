//! The rule by itself, one module per file of it: every comparison at its edge, every refusal.

#[path = "rule/account.rs"]
mod account;
#[path = "rule/bracket.rs"]
mod bracket;
#[path = "rule/elements/mod.rs"]
mod elements;
#[path = "rule/flat.rs"]
mod flat;
#[path = "rule/fractions.rs"]
mod fractions;
#[path = "rule/index.rs"]
mod index;
#[path = "rule/lines.rs"]
mod lines;
#[path = "rule/margin.rs"]
mod margin;
#[path = "rule/market.rs"]
mod market;
#[path = "rule/rounding.rs"]
mod rounding;
#[path = "rule/support.rs"]
mod support;
