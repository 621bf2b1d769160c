//! The signed payload: feeds with properties.
//!
//! Magic `93c7d375`, time in microseconds (8 bytes), channel (1), number of feeds (1); for each
//! feed its id (4), number of properties (1), and for each property its id (1) and value:
//!
//! | id | property | value |
//! |---|---|---|
//! | 0, 1, 2 | price, best bid, best ask | 8 bytes, 0: none |
//! | 3 | publisher count | 2 |
//! | 4 | exponent | 2, signed |
//! | 5 | confidence | 8, 0: none |
//! | 6, 7, 8 | funding rate, funding time, funding interval | flag, 8 bytes if it is 1 |
//! | 9 | market session | 2 |
//! | 10, 11 | average price, average confidence | 8, 0: none |
//! | 12 | feed update time, in microseconds | flag, 8 bytes if it is 1 |

use crate::message::check_exponent;
use crate::reader::Reader;
use crate::{Problem, SourceError, SourcePrice};
use std::collections::BTreeSet;

const MAGIC: u32 = 0x93c7_d375;
const MICROSECONDS_PER_MILLISECOND: u64 = 1000;

/// Byte order of a payload; the envelope says which.
#[derive(Clone, Copy)]
pub(super) enum ByteOrder {
    Big,
    Little,
}

impl ByteOrder {
    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Big => u16::from_be_bytes(bytes),
            ByteOrder::Little => u16::from_le_bytes(bytes),
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Big => u32::from_be_bytes(bytes),
            ByteOrder::Little => u32::from_le_bytes(bytes),
        }
    }

    fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            ByteOrder::Big => u64::from_be_bytes(bytes),
            ByteOrder::Little => u64::from_le_bytes(bytes),
        }
    }
}

/// Prices, and feeds without one.
pub(super) fn read(
    mut reader: Reader<'_>,
    order: ByteOrder,
) -> Result<(Vec<SourcePrice>, Vec<String>), SourceError> {
    let place = reader.place("payload magic");
    if order.u32(reader.array("payload magic")?) != MAGIC {
        return Err(place.error(Problem::Magic));
    }
    let time_us = order.u64(reader.array("time")?);
    // The channel says how often such messages are sent, nothing about this one.
    reader.skip("channel", 1)?;
    let (mut prices, mut unpriced, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for _ in 0..reader.byte("number of feeds")? {
        let place = reader.place("feed");
        let id = order.u32(reader.array("feed")?);
        if !seen.insert(id) {
            return Err(place.error(Problem::DuplicateFeed(id.to_string())));
        }
        let properties = Properties::read(&mut reader, order, time_us)?;
        match properties.price(id, time_us) {
            Some(price) => prices.push(price),
            None => unpriced.push(id.to_string()),
        }
    }
    reader.end("after the last feed")?;
    Ok((prices, unpriced))
}

/// The feed properties that are used.
#[derive(Default)]
struct Properties {
    price: Option<i64>,
    exponent: Option<i32>,
    /// The outer `None`: the message does not have the property. The inner: the feed has no value.
    update_time_us: Option<Option<u64>>,
}

impl Properties {
    fn price(&self, feed: u32, message_time_us: u64) -> Option<SourcePrice> {
        // In this format a price of zero is no price.
        let mantissa = self.price.filter(|price| *price != 0)?;
        // A feed that says that it was never updated has no price either.
        let time_us = self.update_time_us.unwrap_or(Some(message_time_us))?;
        Some(SourcePrice {
            feed: feed.to_string(),
            mantissa: mantissa.into(),
            exponent: self.exponent?,
            time_ms: time_us / MICROSECONDS_PER_MILLISECOND,
            signers: Vec::new(),
        })
    }

    fn read(
        reader: &mut Reader<'_>,
        order: ByteOrder,
        message_time_us: u64,
    ) -> Result<Self, SourceError> {
        let mut properties = Properties::default();
        let mut seen = BTreeSet::new();
        for _ in 0..reader.byte("number of properties")? {
            let place = reader.place("property");
            let id = reader.byte("property")?;
            if !seen.insert(id) {
                return Err(place.error(Problem::DuplicateProperty(id)));
            }
            match id {
                0 => properties.price = Some(order.u64(reader.array("price")?).cast_signed()),
                4 => {
                    let place = reader.place("exponent");
                    let exponent = order.u16(reader.array("exponent")?).cast_signed();
                    properties.exponent = Some(check_exponent(exponent.into(), place)?);
                }
                12 => {
                    let place = reader.place("feed update time");
                    let time_us = optional(reader, order, "feed update time")?;
                    if time_us.is_some_and(|time_us| time_us > message_time_us) {
                        return Err(place.error(Problem::TimeAfterMessage));
                    }
                    properties.update_time_us = Some(time_us);
                }
                1 | 2 | 5 | 10 | 11 => reader.skip("property value", 8)?,
                3 | 9 => reader.skip("property value", 2)?,
                6..=8 => drop(optional(reader, order, "property value")?),
                id => return Err(place.error(Problem::UnknownProperty(id))),
            }
        }
        Ok(properties)
    }
}

/// A flag, and a value if it is set.
fn optional(
    reader: &mut Reader<'_>,
    order: ByteOrder,
    part: &'static str,
) -> Result<Option<u64>, SourceError> {
    let place = reader.place(part);
    match reader.byte(part)? {
        0 => Ok(None),
        1 => Ok(Some(order.u64(reader.array(part)?))),
        flag => Err(place.error(Problem::Flag(flag))),
    }
}
