//! The answers of BitMEX that a folder can have.

use super::{Bitmex, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Endpoint, Folder, ImportError};

impl Folder for Bitmex {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::new(
        "instrument.json",
        "GET /api/v1/instrument",
        &[FileKind::Schedule, FileKind::Snapshot],
        &[],
        "maintenance rates, risk limits and marks of inverse contracts that settle in XBT",
    )
    .with_exponents()];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone() })
    }
}
