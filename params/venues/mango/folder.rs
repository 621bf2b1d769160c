//! The answers of Mango v4 that a folder can have.

use super::{Mango, Options, REQUIREMENTS};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Mango {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::new(
        "accounts.json",
        "accounts of the program, decoded",
        &[FileKind::Schedule, FileKind::Snapshot, FileKind::Account],
        &["/tokens", "/perps"],
        "weights, prices and interest of all banks and markets; positions and balances of the account",
    )];

    const CHOICES: &'static [Choosable] = &[Choosable::Requirement(&REQUIREMENTS)];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let requirement = choice.requirement.unwrap_or_default();
        Ok(Options { name: choice.name.clone(), requirement })
    }
}
