//! Portfolio margin by itself: figures that were computed by hand, and every refusal with its place.

#[path = "portfolio/by_hand.rs"]
mod by_hand;
#[path = "portfolio/definition.rs"]
mod definition;
#[path = "portfolio/refused.rs"]
mod refused;
#[path = "portfolio/support.rs"]
mod support;
