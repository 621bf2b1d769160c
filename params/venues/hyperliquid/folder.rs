//! The responses of Hyperliquid's info endpoint that a folder can have.

use super::{Hyperliquid, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Endpoint, Folder, ImportError};

/// The answer that says which mode the account is in.
const MODE: &str = "userAbstraction.json";

impl Folder for Hyperliquid {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "metaAndAssetCtxs.json",
            r#"POST /info {"type": "metaAndAssetCtxs"}"#,
            &[FileKind::Schedule, FileKind::Snapshot],
            &["/0/universe", "/1/*/markPx"],
            "maximum leverages, margin tables and size digits; marks of all perpetuals",
        )
        .assuming("without fetched.json the marks are of the time of clearinghouseState.json, and those of positions held are within 1 % of the ones there")
        .leaving_out("oracle and mid prices; funding rates: funding is paid into the account"),
        Endpoint::new(
            "meta.json",
            r#"POST /info {"type": "meta"}"#,
            &[FileKind::Schedule],
            &["/universe/*/szDecimals"],
            "maximum leverages, margin tables and size digits, where metaAndAssetCtxs.json is not there",
        ),
        Endpoint::new(
            "clearinghouseState.json",
            r#"POST /info {"type": "clearinghouseState", "user": ADDRESS}"#,
            &[FileKind::Account, FileKind::Snapshot],
            &["/assetPositions", "/crossMarginSummary/totalRawUsd"],
            "positions, their value at entry, margins of isolated ones, and cash of the cross book; marks of what is held, where metaAndAssetCtxs.json is not there",
        )
        .leaving_out("open orders, spot balances and vaults, of which no perpetual margin depends; liquidation prices")
        .timed("/time"),
        Endpoint::new(
            MODE,
            r#"POST /info {"type": "userAbstraction", "user": ADDRESS}"#,
            &[],
            &[],
            "that the account is neither a unified one nor of portfolio margin",
        )
        .assuming("without it, that the account is neither"),
    ];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone() })
    }

    /// That the account is of the mode that the schedule is of.
    fn check_account(answers: &Answers, _: &Choice) -> Result<(), ImportError> {
        let Some(answer) = answers.get(MODE) else { return Ok(()) };
        let mode = answer.root().within("userAbstraction");
        match mode.text()? {
            "default" | "disabled" => Ok(()),
            _ => Err(mode.wrong("is neither \"default\" nor \"disabled\": the account has collateral which the schedule leaves out")),
        }
    }
}
