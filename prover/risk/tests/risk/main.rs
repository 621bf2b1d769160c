//! Risk figures compared with the rule at every tick, and with figures computed by hand.

mod draw;
mod price;
