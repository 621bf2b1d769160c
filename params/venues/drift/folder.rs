//! The answers of Drift v2 that a folder can have.

use super::{Drift, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Drift {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::new(
        "accounts.json",
        "accounts of the program, decoded",
        &[FileKind::Schedule, FileKind::Snapshot, FileKind::Account],
        &["/spot_markets", "/perp_markets"],
        "weights, ratios, prices and interest of all markets; positions and balances of the user",
    )
    .timed("/time")];

    const CHOICES: &'static [Choosable] = &[Choosable::Requirement];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let requirement = choice.requirement.unwrap_or_default();
        Ok(Options { name: choice.name.clone(), requirement, ..Options::default() })
    }
}
