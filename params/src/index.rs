//! Index prices of an asset in a snapshot: one, or a bid and an ask.

use super::error::{ErrorCode, FileError};
use super::schedule::{Asset, Schedule};
use super::snapshot::CHECK;
use super::snapshot_file::AssetPriceFile;
use super::text::DecimalText;
use super::unit::Unit;
use num_bigint::BigInt;
use num_traits::One;
use zkmargin_model::rule::IndexPrices;

/// What the file says about an asset of the schedule.
pub(super) struct Written<'a> {
    pub(super) schedule: &'a Schedule,
    pub(super) asset: &'a Asset,
    pub(super) price: &'a AssetPriceFile,
    /// JSON pointer of the asset's prices.
    pub(super) here: &'a str,
}

impl Written<'_> {
    /// The prices that value balances, and the one that converts requirements.
    pub(super) fn prices(&self) -> Result<(IndexPrices, BigInt), FileError> {
        let AssetPriceFile { index, bid, ask, requirement_index, .. } = self.price;
        if self.schedule.file().bid_and_ask && !self.asset.priced_by_figures {
            let why = "balances under this schedule have a bid and an ask";
            self.absent("index", index, why)?;
            self.absent("requirement_index", requirement_index, "the ask converts requirements")?;
            let (bid, ask) = (self.present("bid", bid)?, self.present("ask", ask)?);
            if ask < bid {
                let message = "the ask is below the bid; the ask values debts, the bid deposits";
                return Err(self.error(ErrorCode::AskBelowBid, "ask", message));
            }
            return Ok((IndexPrices { bid, ask: ask.clone() }, ask));
        }
        if self.asset.priced_by_figures {
            let why = "the schedule names figures in place of this asset's price";
            let written = [("index", index), ("bid", bid), ("ask", ask)];
            written.into_iter().try_for_each(|(field, text)| self.absent(field, text, why))?;
            return Ok((BigInt::one().into(), BigInt::one()));
        }
        let why = "balances under this schedule have one price, their index";
        self.absent("bid", bid, why)?;
        self.absent("ask", ask, why)?;
        let index = self.present("index", index)?;
        if !self.asset.settles {
            let why = "no position settles in this asset, so no requirement is converted with it";
            self.absent("requirement_index", requirement_index, why)?;
        }
        if self.schedule.file().settlement_asset_books {
            let why = "requirements and balance of a book are in one asset";
            self.absent("requirement_index", requirement_index, why)?;
        }
        let requirement = match requirement_index {
            Some(text) => self.price("requirement_index", text)?,
            None => index.clone(),
        };
        Ok((index.into(), requirement))
    }

    fn error(&self, code: ErrorCode, field: &str, message: impl Into<String>) -> FileError {
        CHECK.error(code, format!("{}/{field}", self.here), message)
    }

    fn price(&self, field: &str, text: &DecimalText) -> Result<BigInt, FileError> {
        CHECK.price(
            text,
            Unit::of_decimals(self.asset.index_decimals),
            &format!("{}/{field}", self.here),
        )
    }

    fn present(&self, field: &str, text: &Option<DecimalText>) -> Result<BigInt, FileError> {
        match text {
            Some(text) => self.price(field, text),
            None => {
                let message = format!("is missing; add \"{field}\", the asset's price");
                Err(self.error(ErrorCode::MissingPrice, field, message))
            }
        }
    }

    fn absent(&self, field: &str, text: &Option<DecimalText>, why: &str) -> Result<(), FileError> {
        match text {
            None => Ok(()),
            Some(_) => {
                Err(self.error(ErrorCode::UnexpectedPrice, field, format!("{why}; remove it")))
            }
        }
    }
}
