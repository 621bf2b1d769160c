//! Wormhole's signed message (VAA) that carries the root of a tree of prices.
//!
//! Version 1, guardian set (4 bytes), number of signatures (1); for each signature the guardian's number (1), r, s and
//! a recovery byte 0 or 1; then the body, which is signed: time in seconds (4), nonce (4), emitter's chain (2) and
//! address (32), sequence (8), consistency (1) and payload. The payload is `AUWV`, kind 0, slot (8), size of a ring (4)
//! and the root (20). What is signed is Keccak-256 of Keccak-256 of the body.
//!
//! Format and rules: `ethereum/contracts/Messages.sol` in `wormhole-foundation/wormhole`.

use super::{Emitter, GuardianSet};
use crate::keccak::keccak256;
use crate::reader::Reader;
use crate::secp256k1::recover;
use crate::{Address, Problem, SourceError};

const VERSION: u8 = 1;
const SIGNATURE_BYTES: usize = 66;
const PAYLOAD_MAGIC: [u8; 4] = *b"AUWV";
const MERKLE_ROOT: u8 = 0;

/// A VAA that was verified.
pub(super) struct Vaa<'a> {
    pub(super) signers: Vec<Address>,
    pub(super) body: &'a [u8],
    pub(super) root: [u8; 20],
}

pub(super) fn verify<'a>(
    mut reader: Reader<'a>,
    guardians: &GuardianSet,
    emitter: &Emitter,
) -> Result<Vaa<'a>, SourceError> {
    reader.version("VAA version", VERSION)?;
    let place = reader.place("guardian set");
    let found = u32::from_be_bytes(reader.array("guardian set")?);
    if found != guardians.index() {
        let expected = guardians.index();
        return Err(place.error(Problem::GuardianSet { found, expected }));
    }
    let place = reader.place("number of signatures");
    let (found, needed) = (reader.byte("number of signatures")?.into(), guardians.quorum());
    if found < needed {
        return Err(place.error(Problem::TooFewSigners { found, needed }));
    }
    let signatures = reader.part("signatures", found * SIGNATURE_BYTES)?;
    let body = reader.rest();
    let signers = signers(signatures, &keccak256(&[&keccak256(&[body])]), guardians)?;
    Ok(Vaa { signers, body, root: root(reader, emitter)? })
}

/// The guardians that signed. Numbers ascend, so none signs twice.
fn signers(
    mut reader: Reader<'_>,
    hash: &[u8; 32],
    guardians: &GuardianSet,
) -> Result<Vec<Address>, SourceError> {
    let (mut signers, mut last) = (Vec::new(), None);
    while reader.left() > 0 {
        let place = reader.place("guardian number");
        let number = reader.byte("guardian number")?;
        if last.is_some_and(|last| last >= number) {
            return Err(place.error(Problem::GuardianOrder(number)));
        }
        last = Some(number);
        let Some(guardian) = guardians.guardian(number) else {
            return Err(place.error(Problem::GuardianNumber(number)));
        };
        let place = reader.place("guardian signature");
        let found = recover(hash, &reader.array("guardian signature")?, 0)
            .map_err(|problem| place.error(problem))?;
        if found != *guardian {
            return Err(place.error(Problem::WrongGuardian { guardian: number, found }));
        }
        signers.push(found);
    }
    Ok(signers)
}

/// The root in a body that `emitter` sent.
fn root(mut body: Reader<'_>, emitter: &Emitter) -> Result<[u8; 20], SourceError> {
    // Prices have their own times.
    body.skip("time and nonce", 8)?;
    let place = body.place("emitter");
    let chain = u16::from_be_bytes(body.array("emitter")?);
    let address = body.array("emitter")?;
    if (Emitter { chain, address }) != *emitter {
        return Err(place.error(Problem::Emitter));
    }
    body.skip("sequence and consistency", 9)?;
    let place = body.place("payload magic");
    if body.array("payload magic")? != PAYLOAD_MAGIC {
        return Err(place.error(Problem::Magic));
    }
    body.version("payload kind", MERKLE_ROOT)?;
    body.skip("slot and size of the ring", 12)?;
    let root = body.array("root")?;
    body.end("after the root")?;
    Ok(root)
}
