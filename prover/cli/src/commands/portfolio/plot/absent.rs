//! Pictures in a build that draws none.

use super::super::requirement::Computed;
use crate::failure::Result;
use crate::unbuilt;

/// Reports that this build draws nothing.
pub fn draw(_: &Computed, _: &str) -> Result<String> {
    Err(unbuilt::failure("plots"))
}
