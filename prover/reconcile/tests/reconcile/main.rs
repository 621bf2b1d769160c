//! Venues' own figures against the rule's.

mod causes;
mod draw;
mod prices;
mod samples;
mod support;
