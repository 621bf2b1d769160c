//! Policies, evidence and verdicts.

mod bounds;
mod choices;
mod decide;
mod demands;
mod prices;
mod support;
mod times;
