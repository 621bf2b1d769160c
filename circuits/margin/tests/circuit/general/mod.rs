//! The general profile.

mod agreement;
mod draw;
mod gates;
mod leverage;
mod lies;
