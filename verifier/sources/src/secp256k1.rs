//! The signer of a recoverable secp256k1 signature.

use crate::key::address;
use crate::{Address, Problem};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

/// The address whose key signed `hash`; `signature` is r, s and a recovery byte that counts from
/// `first_recovery_byte`.
///
/// From one signature (r, s) anyone can make another valid one, (r, n - s), so only the smaller s is accepted. Of the
/// four recovery values only two are accepted: the others are for an r that was reduced, which no signer encounters.
pub(crate) fn recover(
    hash: &[u8; 32],
    signature: &[u8; 65],
    first_recovery_byte: u8,
) -> Result<Address, Problem> {
    let (scalars, recovery_byte) = (&signature[..64], signature[64]);
    let is_y_odd = match recovery_byte.checked_sub(first_recovery_byte) {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(Problem::RecoveryByte(recovery_byte)),
    };
    let signature = Signature::from_slice(scalars).map_err(|_| Problem::Signature)?;
    if signature.normalize_s() != signature {
        return Err(Problem::HighS);
    }
    let recovery = RecoveryId::new(is_y_odd, false);
    let key = VerifyingKey::recover_from_prehash(hash, &signature, recovery)
        .map_err(|_| Problem::Signature)?;
    Ok(address(&key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use k256::ecdsa::SigningKey;

    #[test]
    fn one_form_of_each_signature() {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let hash = [9; 32];
        let (signature, recovery) = key.sign_prehash_recoverable(&hash);
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&signature.to_bytes());
        bytes[64] = recovery.to_byte();
        assert_eq!(recover(&hash, &bytes, 0), Ok(address(key.verifying_key())));

        for (byte, first) in [(2, 0), (3, 0), (27, 0), (0, 27), (1, 27), (29, 27), (255, 27)] {
            bytes[64] = byte;
            assert_eq!(recover(&hash, &bytes, first), Err(Problem::RecoveryByte(byte)));
        }

        // The other valid signature of the same message by the same key.
        let (r, s) = signature.split_scalars();
        let other = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        bytes[..64].copy_from_slice(&other.to_bytes());
        bytes[64] = recovery.to_byte() ^ 1;
        assert_eq!(recover(&hash, &bytes, 0), Err(Problem::HighS));

        for scalars in [[0; 64], [255; 64]] {
            bytes[..64].copy_from_slice(&scalars);
            assert_eq!(recover(&hash, &bytes, 0), Err(Problem::Signature));
        }
    }
}
