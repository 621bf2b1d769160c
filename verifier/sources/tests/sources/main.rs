//! Messages of price sources.

mod any_bytes;
mod pyth_hermes;
mod pyth_lazer;
mod redstone;
mod support;
