//! The answers of Kraken Futures that a folder can have.

use super::{Kraken, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Kraken {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::new(
        "instruments.json",
        "GET /derivatives/api/v3/instruments",
        &[FileKind::Schedule],
        &["/instruments/*/symbol", "/instruments/*/type"],
        "margin levels, units and limits of all perpetuals",
    )
    .with_exponents()];

    const CHOICES: &'static [Choosable] = &[Choosable::Settle];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let default = Options::default();
        let settle = choice.settle.first().cloned().unwrap_or(default.settle);
        Ok(Options { settle, name: choice.name.clone() })
    }
}
