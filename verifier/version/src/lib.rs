//! The name of this build, which audits record and the command prints.

#![forbid(unsafe_code)]

/// Version, the value of `ZKMARGIN_BUILD` at build time if it was set, and the first digits of a
/// digest of the sources, such as `0.1.0+49c36fb2a4d1`.
pub const VERSION: &str = env!("ZKMARGIN_VERSION");
