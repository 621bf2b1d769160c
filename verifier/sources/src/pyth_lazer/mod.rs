//! Pyth Lazer, also named Pyth Pro: one signature over one payload, in three envelopes.
//!
//! | envelope | begins with | signature | payload |
//! |---|---|---|---|
//! | `evm` | `2a22999a` | secp256k1 over Keccak-256: r, s, recovery byte 0 or 1 | big-endian |
//! | `leEcdsa` | `e4bd474d` | the same | little-endian |
//! | `solana` | `b9011a82` | Ed25519, then the public key | little-endian |
//!
//! After the signature come the payload's length (two bytes) and the payload. Formats:
//! `lazer/sdk/rust/protocol/src/message.rs` and `payload.rs` in `pyth-network/pyth-crosschain`;
//! verification as in `lazer/contracts/evm/src/PythLazer.sol` and the contract for Solana there.
//! Envelopes without a signature (`leUnsigned`, JSON) are refused.

mod payload;

use crate::keccak::keccak256;
use crate::reader::Reader;
use crate::secp256k1::recover;
use crate::{Network, Problem, PublicKey, SourceError, SourceMessage, TrustedKeys};
use ed25519_dalek::{Signature, VerifyingKey};
use payload::ByteOrder;

const EVM: [u8; 4] = [0x2a, 0x22, 0x99, 0x9a];
const LE_ECDSA: [u8; 4] = [0xe4, 0xbd, 0x47, 0x4d];
const SOLANA: [u8; 4] = [0xb9, 0x01, 0x1a, 0x82];

/// Verifies a message and imports its prices.
///
/// A price's time is the feed's update time if the message has it, otherwise the message's time.
/// A feed without price or exponent goes to [`SourceMessage::unpriced`].
///
/// # Errors
/// [`SourceError`]: the bytes are not exactly one message, or no trusted key signed it.
pub fn verify(bytes: &[u8], trusted: &TrustedKeys) -> Result<SourceMessage, SourceError> {
    let mut reader = Reader::new(bytes);
    let place = reader.place("magic");
    let (signer, payload, order) = match reader.array("magic")? {
        EVM => ecdsa(reader, ByteOrder::Big, trusted)?,
        LE_ECDSA => ecdsa(reader, ByteOrder::Little, trusted)?,
        SOLANA => ed25519(reader, trusted)?,
        _ => return Err(place.error(Problem::Magic)),
    };
    let signed = payload.rest();
    let (prices, unpriced) = payload::read(payload, order)?;
    Ok(SourceMessage::new(Network::PythLazer, vec![signer], prices, unpriced, &[signed]))
}

/// Signer, payload and its byte order; the signature was verified.
type Signed<'a> = (PublicKey, Reader<'a>, ByteOrder);

fn ecdsa<'a>(
    mut reader: Reader<'a>,
    order: ByteOrder,
    trusted: &TrustedKeys,
) -> Result<Signed<'a>, SourceError> {
    let place = reader.place("signature");
    let signature = reader.array("signature")?;
    let payload = payload_part(reader, order)?;
    let hash = keccak256(&[payload.rest()]);
    let address = recover(&hash, &signature, 0).map_err(|problem| place.error(problem))?;
    let signer = PublicKey::Secp256k1Address(address);
    if !trusted.contains(&signer) {
        return Err(place.error(Problem::UnknownSigner(signer)));
    }
    Ok((signer, payload, order))
}

fn ed25519<'a>(mut reader: Reader<'a>, trusted: &TrustedKeys) -> Result<Signed<'a>, SourceError> {
    let place = reader.place("signature");
    let signature = Signature::from_bytes(&reader.array("signature")?);
    let key_place = reader.place("public key");
    let key = reader.array("public key")?;
    let payload = payload_part(reader, ByteOrder::Little)?;
    let signer = PublicKey::Ed25519(key);
    if !trusted.contains(&signer) {
        return Err(key_place.error(Problem::UnknownSigner(signer)));
    }
    // Strict: no second encoding of a point, no key and no nonce point of small order.
    VerifyingKey::from_bytes(&key)
        .and_then(|key| key.verify_strict(payload.rest(), &signature))
        .map_err(|_| place.error(Problem::Signature))?;
    Ok((signer, payload, ByteOrder::Little))
}

/// The payload after its length, up to the end of the message.
fn payload_part(mut reader: Reader<'_>, order: ByteOrder) -> Result<Reader<'_>, SourceError> {
    let length = order.u16(reader.array("payload length")?);
    let payload = reader.part("payload", length.into())?;
    reader.end("after the payload")?;
    Ok(payload)
}
