//! The answers of a dYdX v4 indexer that a folder can have.

use super::{Dydx, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Dydx {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::new(
        "perpetualMarkets.json",
        "GET /v4/perpetualMarkets",
        &[FileKind::Schedule],
        &["/markets/*/clobPairId", "/markets/*/initialMarginFraction"],
        "margin fractions, units and open interest of all markets",
    )
    .leaving_out("oracle prices as marks, because the answer has no funding indices")];

    const CHOICES: &'static [Choosable] = &[Choosable::Requirement];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let requirement = choice.requirement.unwrap_or_default();
        Ok(Options { name: choice.name.clone(), requirement })
    }
}
