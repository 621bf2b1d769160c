//! Risk figures compared with the rule at every tick, and with figures computed by hand.

mod allocations;
mod by_asset;
mod change;
mod cure;
mod draw;
mod elements;
mod joint;
mod portfolio;
mod price;
mod published;
mod speed;
