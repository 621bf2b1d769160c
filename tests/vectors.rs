//! The native rule against margin vectors of other systems and against the golden cases.
//!
//! The vectors of other systems are not part of the repository. They are read from the folder that
//! `ZKMARGIN_VECTORS` names, or from `shared/vectors` next to the repository; without either, only
//! the golden cases run. A clearing house's file is read from the folder that `ZKMARGIN_SPAN` names, or from
//! `shared/data/span`. Each file's test says how many cases it ran and what it left out, also
//! when it passes.

#[path = "vectors/adapters.rs"]
mod adapters;
#[path = "vectors/adapters_by_side.rs"]
mod adapters_by_side;
#[path = "vectors/adapters_portfolio.rs"]
mod adapters_portfolio;
#[path = "vectors/coverage.rs"]
mod coverage;
#[path = "vectors/derive_files.rs"]
mod derive_files;
#[path = "vectors/derived_loadings.rs"]
mod derived_loadings;
#[path = "vectors/golden.rs"]
mod golden;
#[path = "vectors/peers.rs"]
mod peers;
#[path = "vectors/report.rs"]
mod report;
#[path = "vectors/span_files.rs"]
mod span_files;
#[path = "vectors/takasbank.rs"]
mod takasbank;
