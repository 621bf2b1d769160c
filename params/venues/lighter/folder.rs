//! The files of Lighter that a folder can have.

use super::{Lighter, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Endpoint, Folder, ImportError};

impl Folder for Lighter {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::new(
        "block.json",
        "the market list of one block, as the venue's prover has it",
        &[FileKind::Schedule, FileKind::Snapshot],
        &["/block", "/created_at_ms", "/markets/*/mm"],
        "margin fractions, marks and funding sums of all markets",
    )
    .leaving_out("initial and close-out margin fractions, index prices")
    .timed("/created_at_ms")];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone() })
    }
}
