//! One contract and its brackets.

use super::{DECIMALS, ImportError, Member};
use crate::venue::{decimal, linear_instrument, negated};
use crate::venues::binance::tiers::NO_CAP;
use crate::{InstrumentFile, KindFile, RowFile};
use num_traits::Signed;

/// Why no schedule of contracts that settle in these coins lists it.
pub(super) fn not_taken(
    contract: &Member<'_>,
    brackets: Option<&Member<'_>>,
    settle: &[String],
) -> Result<Option<&'static str>, ImportError> {
    let coin = contract.member("marginAsset").text()?;
    Ok(if !settle.iter().any(|asset| asset == coin) {
        Some("settles in another coin")
    } else if contract.member("contractStatus").text()? != "TRADING" {
        Some("not trading")
    } else if brackets.is_none() {
        Some("has no brackets in the answer")
    } else if brackets.is_some_and(|listed| listed.member("notionalCoef").is_present()) {
        Some("the account that asked has brackets of its own")
    } else {
        None
    })
}

/// A contract of its size in US dollars.
pub(super) fn instrument(
    id: u32,
    contract: &Member<'_>,
    tiers: String,
) -> Result<InstrumentFile, ImportError> {
    let place = contract.member("contractSize");
    let size = place.figure()?;
    if !size.coefficient().is_positive() {
        return Err(place.wrong("is not above zero"));
    }
    let symbol = contract.member("symbol").text()?;
    let settle = contract.member("marginAsset").text()?;
    Ok(InstrumentFile {
        kind: KindFile::Inverse,
        multiplier: decimal(size.to_string()),
        ..linear_instrument(id, symbol, settle, 0, DECIMALS, tiers)
    })
}

/// Rows of the requirement table, by value in the coin.
pub(super) fn rows(listed: &Member<'_>) -> Result<Vec<RowFile>, ImportError> {
    let mut rows = Vec::new();
    let brackets = listed.member("brackets").list()?;
    for (at, bracket) in brackets.iter().enumerate() {
        let figure = |name: &str| {
            let figure = bracket.member(name).figure()?;
            Ok::<_, ImportError>(decimal(figure.to_string()))
        };
        let cap = bracket.member("qtyCap");
        let open = cap.natural().is_ok_and(|cap| cap.to_string() == NO_CAP);
        let last = at + 1 == brackets.len();
        rows.push(RowFile {
            // The venue's own spelling.
            from: Some(figure("qtylFloor")?),
            below: if open && last { None } else { Some(figure("qtyCap")?) },
            rate: figure("maintMarginRatio")?,
            amount: negated(&figure("cum")?),
        });
    }
    Ok(rows)
}
