//! Audits of a small pool of real proofs: every kind of finding, the store, its log, runs and merges.

mod findings;
mod golden;
mod merge;
mod parquet;
mod registries;
mod store;
mod strangers;
mod support;
