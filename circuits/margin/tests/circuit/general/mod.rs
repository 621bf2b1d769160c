//! The general profile.

mod agreement;
mod allocations;
mod draw;
mod gates;
mod leverage;
mod lies;
