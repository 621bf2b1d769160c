//! The answers of Bybit that a folder can have.

use super::{Bybit, Options};
use crate::FileKind;
use crate::venue::{Answers, BY_LEVERAGE, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Bybit {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "instruments-info.json",
            "GET /v5/market/instruments-info?category=linear",
            &[FileKind::Schedule],
            &["/result/list/*/symbol", "/result/list/*/contractType"],
            "contracts and their size steps, one answer or a list of its pages",
        )
        .or_list(),
        Endpoint::new(
            "risk-limit.json",
            "GET /v5/market/risk-limit?category=linear",
            &[FileKind::Schedule],
            &["/result/list/*/symbol", "/result/list/*/riskLimitValue"],
            "rates, deductions, highest leverages and values of all risk limits, and their initial rates, which must be those of the leverages; one answer or a list of its pages",
        )
        .or_list(),
        Endpoint::new(
            "tickers.json",
            "GET /v5/market/tickers?category=linear",
            &[FileKind::Snapshot],
            &["/result/list/*/markPrice"],
            "marks",
        )
        .leaving_out("index prices and funding rates: funding is paid into the wallet")
        .timed("/time"),
        Endpoint::new(
            "account-info.json",
            "GET /v5/account/info",
            &[FileKind::Account],
            &["/result/marginMode"],
            "the margin mode, which must be the regular one",
        )
        .timed("/time"),
        Endpoint::new(
            "wallet-balance.json",
            "GET /v5/account/wallet-balance?accountType=UNIFIED",
            &[FileKind::Account],
            &["/result/list/*/coin", "/result/list/*/totalEquity"],
            "the balance of the settlement asset, that nothing is owed, and that no coin is missing",
        )
        .leaving_out("coins that are no collateral; margins and equity as Bybit computes them")
        .timed("/time"),
        Endpoint::new(
            "position-list.json",
            "GET /v5/position/list?category=linear&settleCoin=..",
            &[FileKind::Account],
            &["/result/list/*/symbol", "/result/list/*/positionIdx"],
            "sizes, average entry prices, and leverages for initial margin, one answer or a list of its pages",
        )
        .or_list()
        .leaving_out("profit, margins and liquidation prices as Bybit computes them")
        .timed("/time"),
    ];

    const CHOICES: &'static [Choosable] =
        &[Choosable::Settle, Choosable::Requirement(&BY_LEVERAGE)];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options::chosen(choice))
    }
}
