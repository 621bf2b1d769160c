//! Policies, evidence and verdicts.

mod bounds;
mod choices;
mod decide;
mod demands;
mod portfolio;
mod prices;
mod support;
mod times;
