//! Pyth's price feeds as Hermes serves them: prices in a Merkle tree whose root is signed by a
//! quorum of Wormhole's guardians.
//!
//! An accumulator update is `PNAU`, major version 1, minor version 0, length of a meaningless field (0), proof kind 0,
//! length of the VAA (2 bytes), the VAA, number of updates (1), and for each update the length of its message (2), the
//! message, number of hashes (1) and hashes of 20 bytes. All numbers are big-endian.
//!
//! Formats: `pythnet/pythnet_sdk/src` (`wire.rs`, `messages.rs`, `accumulators/merkle.rs`) in
//! `pyth-network/pyth-crosschain`. Versions and the meaningless field are signed by nobody, so only one value of each
//! is accepted.

mod guardians;
mod merkle;
mod price_feed;
mod vaa;

use crate::reader::Reader;
use crate::{Network, Problem, PublicKey, SourceError, SourceMessage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use guardians::{Emitter, GuardianSet};
use std::collections::BTreeSet;

const MAGIC: [u8; 4] = *b"PNAU";
const MAJOR_VERSION: u8 = 1;
const MINOR_VERSION: u8 = 0;
const WORMHOLE_MERKLE: u8 = 0;

/// Verifies an accumulator update and imports its prices.
///
/// The VAA must be signed by a quorum of `guardians` and sent by `emitter`, and every price must be in the tree it
/// names.
///
/// # Errors
/// [`SourceError`]: the bytes are not exactly one update, or a rule above is broken.
pub fn verify(
    bytes: &[u8],
    guardians: &GuardianSet,
    emitter: &Emitter,
) -> Result<SourceMessage, SourceError> {
    let mut reader = Reader::new(bytes);
    let place = reader.place("magic");
    if reader.array("magic")? != MAGIC {
        return Err(place.error(Problem::Magic));
    }
    reader.version("major version", MAJOR_VERSION)?;
    reader.version("minor version", MINOR_VERSION)?;
    reader.version("length of the field without meaning", 0)?;
    reader.version("proof kind", WORMHOLE_MERKLE)?;
    let vaa_length = u16::from_be_bytes(reader.array("length of the VAA")?);
    let vaa = vaa::verify(reader.part("VAA", vaa_length.into())?, guardians, emitter)?;

    let place = reader.place("number of updates");
    let updates = reader.byte("number of updates")?;
    if updates == 0 {
        return Err(place.error(Problem::Empty));
    }
    let (mut prices, mut messages, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for _ in 0..updates {
        let length = u16::from_be_bytes(reader.array("length of the price message")?);
        let place = reader.place("price message");
        let message = reader.part("price message", length.into())?;
        merkle::check(&mut reader, message.rest(), &vaa.root)?;
        messages.push(message.rest());
        let price = price_feed::read(message)?;
        if !seen.insert(price.feed.clone()) {
            return Err(place.error(Problem::DuplicateFeed(price.feed)));
        }
        prices.push(price);
    }
    reader.end("after the last update")?;

    // Updates may stand in any order; the digest is over one order.
    messages.sort_unstable();
    let signed: Vec<&[u8]> = std::iter::once(vaa.body).chain(messages).collect();
    let signers = vaa.signers.into_iter().map(PublicKey::Secp256k1Address).collect();
    Ok(SourceMessage::new(Network::PythHermes, signers, prices, Vec::new(), &signed))
}

/// [`verify`] for the base64 text that Hermes returns.
///
/// # Errors
/// As [`verify`], and [`Problem::Base64`].
pub fn verify_base64(
    text: &str,
    guardians: &GuardianSet,
    emitter: &Emitter,
) -> Result<SourceMessage, SourceError> {
    let bytes =
        STANDARD.decode(text).map_err(|_| Reader::new(&[]).place("text").error(Problem::Base64))?;
    verify(&bytes, guardians, emitter)
}
