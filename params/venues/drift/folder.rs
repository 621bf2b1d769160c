//! The answers of Drift v2 that a folder can have.

use super::{Drift, Options, RATE_DECIMALS, REQUIREMENTS};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError, RuleChoice};

/// Parts of the rule that are chosen: the worse of two prices, a least ratio, and what is added during a liquidation.
const STRICT: &str = "strict";
const LEAST_RATIO: &str = "least-ratio";
const BUFFER: &str = "liquidation-buffer";

impl Folder for Drift {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::new(
        "accounts.json",
        "accounts of the program, decoded",
        &[FileKind::Schedule, FileKind::Snapshot, FileKind::Account],
        &["/spot_markets", "/perp_markets"],
        "weights, ratios, prices and interest of all markets; positions and balances of the user",
    )
    .timed("/time")];

    const CHOICES: &'static [Choosable] = &[
        Choosable::Requirement(&REQUIREMENTS),
        Choosable::Rule(&[
            RuleChoice { name: STRICT, has_figure: false },
            RuleChoice { name: LEAST_RATIO, has_figure: true },
            RuleChoice { name: BUFFER, has_figure: true },
        ]),
    ];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let one = 10u32.pow(RATE_DECIMALS);
        let figure = |name, most| choice.rule_figure(name, RATE_DECIMALS, most);
        Ok(Options {
            name: choice.name.clone(),
            requirement: choice.requirement.unwrap_or_default(),
            strict: choice.has_rule(STRICT),
            liquidation_buffer: figure(BUFFER, one)?,
            least_ratio: figure(LEAST_RATIO, 10 * one)?,
        })
    }
}
