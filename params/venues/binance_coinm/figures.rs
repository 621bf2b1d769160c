//! The venue's own figures: the answers of `GET /dapi/v1/account` and `/dapi/v1/positionRisk`, in the same form as those of
//! USD-M futures. Each coin is a book of its own.

use super::{BinanceCoinM, ImportError, Venue};
use crate::venue::{StatesFigures, VenueFigures};
use crate::venues::Binance;
use serde_json::Value;

impl StatesFigures for BinanceCoinM {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let mut stated = VenueFigures {
            venue: Self::NAME.to_owned(),
            separate_books: true,
            ..Binance::figures(source)?
        };
        for held in &mut stated.positions {
            // `ETHUSD_PERP` settles in ETH.
            let coin = held.instrument.split_once("USD").map(|(coin, _)| coin.to_owned());
            held.settle = coin.filter(|coin| !coin.is_empty());
        }
        Ok(stated)
    }
}
