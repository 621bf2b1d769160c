//! The message of one price: kind 0, feed id (32 bytes), price (8), confidence (8), exponent (4),
//! time and previous time in seconds (8 each), average price and its confidence (8 each).
//!
//! Pyth allows fields to be added at the end of a message. Such a message is refused until its
//! format is known here.

use crate::message::check_exponent;
use crate::reader::Reader;
use crate::{Problem, SourceError, SourcePrice};

const PRICE_FEED: u8 = 0;
const MILLISECONDS_PER_SECOND: u64 = 1000;

pub(super) fn read(mut reader: Reader<'_>) -> Result<SourcePrice, SourceError> {
    reader.version("kind of price message", PRICE_FEED)?;
    let feed: [u8; 32] = reader.array("feed id")?;
    let price = i64::from_be_bytes(reader.array("price")?);
    reader.skip("confidence", 8)?;
    let place = reader.place("exponent");
    let exponent = check_exponent(i32::from_be_bytes(reader.array("exponent")?), place)?;
    let place = reader.place("time");
    let time_s = u64::try_from(i64::from_be_bytes(reader.array("time")?)).ok();
    let time_ms = time_s
        .and_then(|time_s| time_s.checked_mul(MILLISECONDS_PER_SECOND))
        .ok_or_else(|| place.error(Problem::Time))?;
    reader.skip("previous time and averages", 24)?;
    reader.end("after the price message")?;
    let (feed, mantissa) = (hex::encode(feed), price.into());
    Ok(SourcePrice { feed, mantissa, exponent, time_ms, signers: Vec::new() })
}
