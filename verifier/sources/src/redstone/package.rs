//! One node's signed data package.

use crate::keccak::keccak256;
use crate::reader::Reader;
use crate::secp256k1::recover;
use crate::{Address, Place, Problem, SourceError};

const FEED_BYTES: usize = 32;
const VALUE_BYTES: usize = 32;
const FIRST_RECOVERY_BYTE: u8 = 27;

/// A data package as it stands in a payload.
pub(super) struct Package<'a> {
    /// What is signed: everything but the signature.
    pub(super) signed: &'a [u8],
    pub(super) time_ms: u64,
    pub(super) time_place: Place,
    pub(super) signature_place: Place,
    signature: [u8; 65],
    points: Reader<'a>,
}

/// A feed's value in a package.
pub(super) struct Point {
    pub(super) feed: [u8; FEED_BYTES],
    pub(super) value: i128,
    pub(super) place: Place,
}

impl<'a> Package<'a> {
    /// Reads the last package of what is left.
    pub(super) fn read_back(reader: &mut Reader<'a>) -> Result<Self, SourceError> {
        let signature = reader.array_back("signature")?;
        let signature_place = reader.back_place("signature");
        let to_signature = reader.rest();

        let [a, b, c] = reader.array_back("number of points")?;
        let count = u32::from_be_bytes([0, a, b, c]) as usize;
        if count == 0 {
            return Err(reader.back_place("number of points").error(Problem::Empty));
        }
        let size = u32::from_be_bytes(reader.array_back("size of values")?);
        if size as usize != VALUE_BYTES {
            return Err(reader.back_place("size of values").error(Problem::ValueSize(size)));
        }
        let [a, b, c, d, e, f] = reader.array_back("time")?;
        let time_ms = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let time_place = reader.back_place("time");
        // Fewer than 2^24 points of 64 bytes: no overflow.
        let points = reader.part_back("points", count * (FEED_BYTES + VALUE_BYTES))?;
        let signed = &to_signature[reader.left()..];
        Ok(Self { signed, time_ms, time_place, signature_place, signature, points })
    }

    /// Whose signature it is.
    pub(super) fn signer(&self) -> Result<Address, SourceError> {
        recover(&keccak256(&[self.signed]), &self.signature, FIRST_RECOVERY_BYTE)
            .map_err(|problem| self.signature_place.error(problem))
    }

    /// The points; a node signs them sorted by feed, each feed once.
    pub(super) fn points(&self) -> Result<Vec<Point>, SourceError> {
        let mut reader = self.points.clone();
        let mut points: Vec<Point> = Vec::new();
        while reader.left() > 0 {
            let place = reader.place("point");
            let feed = reader.array("feed")?;
            if feed == [0; FEED_BYTES] {
                return Err(place.error(Problem::FeedId));
            }
            if points.last().is_some_and(|last| last.feed >= feed) {
                return Err(place.error(Problem::FeedOrder(feed_text(&feed))));
            }
            let value_place = reader.place("value");
            let value = number(&reader.array("value")?)
                .ok_or_else(|| value_place.error(Problem::ValueTooLarge))?;
            points.push(Point { feed, value, place });
        }
        Ok(points)
    }
}

/// A value below 2^127.
fn number(bytes: &[u8; VALUE_BYTES]) -> Option<i128> {
    let (high, low) = bytes.split_at(VALUE_BYTES / 2);
    let value = i128::from_be_bytes(low.try_into().ok()?);
    (high.iter().all(|byte| *byte == 0) && value >= 0).then_some(value)
}

/// A feed id as text: its symbol, or `0x` and hexadecimal digits if it is not one.
///
/// A symbol is at most 31 visible ASCII characters, then zeros; longer names are hashed by the network. No two ids have
/// the same text.
pub(super) fn feed_text(feed: &[u8; FEED_BYTES]) -> String {
    let length = feed.iter().position(|byte| *byte == 0).unwrap_or(FEED_BYTES);
    let (symbol, zeros) = feed.split_at(length);
    let is_symbol = !symbol.is_empty()
        && !zeros.is_empty()
        && symbol.iter().all(u8::is_ascii_graphic)
        && zeros.iter().all(|byte| *byte == 0);
    match std::str::from_utf8(symbol) {
        Ok(symbol) if is_symbol => symbol.to_owned(),
        _ => format!("0x{}", hex::encode(feed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &[u8]) -> [u8; 32] {
        let mut id = [0; 32];
        id[..text.len()].copy_from_slice(text);
        id
    }

    #[test]
    fn feed_texts() {
        assert_eq!(feed_text(&id(b"ETH")), "ETH");
        assert_eq!(feed_text(&id(&[b'a'; 31])), "a".repeat(31));
        for odd in [&[b'a'; 32][..], b"E\0H", b"E H", &[0xc3, 0x84]] {
            assert_eq!(feed_text(&id(odd)), format!("0x{}", hex::encode(id(odd))));
        }
    }

    #[test]
    fn numbers() {
        let mut bytes = [0; 32];
        bytes[31] = 7;
        assert_eq!(number(&bytes), Some(7));
        bytes[16..].fill(0xff);
        assert_eq!(number(&bytes), None);
        bytes[16] = 0x7f;
        assert_eq!(number(&bytes), Some(i128::MAX));
        bytes[15] = 1;
        assert_eq!(number(&bytes), None);
    }
}
