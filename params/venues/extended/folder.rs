//! What views of the Extended contract answer, in the files that a folder can have.

use super::{Extended, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Extended {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "views.json",
            "views get_asset_config, get_risk_factor_tiers and get_timely_data of each asset, decoded",
            &[FileKind::Schedule, FileKind::Snapshot],
            &["/time", "/assets/*/asset_id", "/assets/*/risk_factor_tiers"],
            "risk factors, units, prices and funding indices of all assets",
        )
        .leaving_out("quorums and signers of prices")
        .timed("/time"),
        Endpoint::new(
            "position.json",
            "view get_position_assets of the position, decoded",
            &[FileKind::Account],
            &["/position_id", "/collateral_balance", "/asset_entries"],
            "the collateral balance, sizes and funding indices of positions",
        )
        .assuming("what was paid for a position is in the collateral balance, as in the contract")
        .leaving_out("spot and vault share collateral")
        .timed("/time"),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::Account];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone() })
    }

    fn check_account(answers: &Answers, choice: &Choice) -> Result<(), ImportError> {
        let (Some(wanted), Some(answer)) = (&choice.account, answers.get("position.json")) else {
            return Ok(());
        };
        let place = answer.root().within("position").member("position_id");
        match place.text()? == wanted {
            true => Ok(()),
            false => Err(place.other_account("is not that of the account that is asked for")),
        }
    }
}
