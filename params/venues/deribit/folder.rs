//! The answers of Deribit that a folder can have.

use super::{ANSWERED, Deribit, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Endpoint, Folder, ImportError};

impl Folder for Deribit {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "get_instruments.json",
            "public/get_instruments?currency=USDC",
            &[FileKind::Schedule],
            &["/result/*/instrument_name"],
            "which linear perpetuals are active, and their sizes",
        )
        .assuming("margin rates are those of the venue's page, because no answer has them")
        .timed_in_microseconds(ANSWERED)
        .computed(),
        Endpoint::new(
            "ticker.json",
            "public/ticker of each contract, a list of the answers",
            &[FileKind::Snapshot],
            &["/result/instrument_name", "/result/mark_price"],
            "marks and index prices; the snapshot is of the earliest time",
        )
        .or_list()
        .timed("/*/result/timestamp")
        .computed(),
        Endpoint::new(
            "get_account_summaries.json",
            "private/get_account_summaries",
            &[FileKind::Account],
            &["/result/summaries"],
            "equity in USDC without the results of this session, and the margin model",
        )
        .leaving_out("other currencies; margins as Deribit computes them")
        .timed_in_microseconds(ANSWERED)
        .computed(),
        Endpoint::new(
            "get_positions.json",
            "private/get_positions?currency=USDC",
            &[FileKind::Account],
            &["/result/*/instrument_name"],
            "sizes in what is traded, which `size` confirms, and values at entry from the mark and the result of this session",
        )
        .leaving_out("margins and liquidation prices as Deribit computes them")
        .timed_in_microseconds(ANSWERED)
        .computed(),
    ];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone() })
    }
}
