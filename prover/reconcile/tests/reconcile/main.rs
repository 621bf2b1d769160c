//! Venues' own figures against the rule's.

mod causes;
mod draw;
mod named;
mod portfolio;
mod prices;
mod sample_markets;
mod samples;
mod samples_by_currency;
mod support;
mod venues;
