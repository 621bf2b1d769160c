//! Risk figures compared with the rule at every tick, and with figures computed by hand.

mod change;
mod cure;
mod draw;
mod joint;
mod price;
mod published;
mod speed;
