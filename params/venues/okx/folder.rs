//! The answers of OKX that a folder can have.

use super::{Okx, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Okx {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new("instruments.json", "GET /api/v5/public/instruments?instType=SWAP", &[FileKind::Schedule], &["/data/*/ctVal", "/data/*/settleCcy"], "face values and lot sizes of swaps"),
        Endpoint::new("position-tiers.json", "GET /api/v5/public/position-tiers?instType=SWAP&tdMode=cross&instFamily=..", &[FileKind::Schedule], &["/data/*/instFamily", "/data/*/mmr"], "rates by contracts, one answer or a list of them, as families are asked for").or_list(),
        Endpoint::new("trade-fee.json", "GET /api/v5/account/trade-fee?instType=SWAP", &[FileKind::Schedule], &["/data/*/takerU"], "the fee of a taker, which is the fee to close").leaving_out("without it, the fee to close"),
        Endpoint::new("mark-price.json", "GET /api/v5/public/mark-price?instType=SWAP", &[FileKind::Snapshot], &["/data/*/markPx"], "marks; the snapshot is of the earliest time of those that are taken").timed("/data/*/ts"),
        Endpoint::new("config.json", "GET /api/v5/account/config", &[FileKind::Account], &["/data/*/acctLv"], "the account mode, which must be futures mode"),
        Endpoint::new("balance.json", "GET /api/v5/account/balance", &[FileKind::Account], &["/data/*/details"], "cash of the settlement asset, and that nothing is owed").leaving_out("other currencies, which are books of their own; equity and margins as OKX computes them"),
        Endpoint::new("positions.json", "GET /api/v5/account/positions", &[FileKind::Account], &["/data/*/posSide", "/data/*/mgnMode"], "sizes, average entry prices, and margins of isolated positions").leaving_out("profit, margins and liquidation prices as OKX computes them"),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::Settle];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options::chosen(choice))
    }
}
