//! The answers of Binance's COIN-M API that a folder can have.

use super::{BinanceCoinM, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for BinanceCoinM {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new("exchangeInfo.json", "GET /dapi/v1/exchangeInfo", &[FileKind::Schedule], &["/symbols/*/contractSize"], "contract sizes and settlement coins, and whether a contract is trading").leaving_out("order filters"),
        Endpoint::new("leverageBracket.json", "GET /dapi/v2/leverageBracket", &[FileKind::Schedule], &["/*/brackets/*/qtyCap"], "brackets of each contract, by the value in its coin").leaving_out("contracts whose brackets are the account's own").with_exponents(),
        Endpoint::new("premiumIndex.json", "GET /dapi/v1/premiumIndex", &[FileKind::Snapshot], &["/*/pair", "/*/markPrice"], "marks; index prices where there are several coins").leaving_out("funding rates: funding is paid into the wallet").timed("/*/time"),
        Endpoint::new("account.json", "GET /dapi/v1/account", &[FileKind::Account], &["/assets/*/crossWalletBalance", "/positions"], "wallets of the cross books, sizes, entry prices, and wallets of isolated positions").leaving_out("other coins, which are books of their own; open orders; profit and margins as Binance computes them"),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::SeveralSettle];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let default = Options::default().settle;
        let settle = if choice.settle.is_empty() { default } else { choice.settle.clone() };
        Ok(Options { settle, name: choice.name.clone() })
    }
}
