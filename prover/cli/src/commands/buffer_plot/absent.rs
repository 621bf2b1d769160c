//! Pictures in a build that draws none.

use super::Chart;
use crate::failure::Result;
use crate::unbuilt;

/// Reports that this build draws nothing.
pub fn draw(_: &[Chart]) -> Result<String> {
    Err(unbuilt::failure("plots"))
}
