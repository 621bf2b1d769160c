//! Cases that are made up.
