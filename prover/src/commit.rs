//! Fresh secrets.

use rand::SeedableRng;
use rand::rngs::{StdRng, SysError, SysRng};
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::field::{field_bytes, random_field};
use zkmargin_params::PlainSecrets;

/// A cryptographic generator seeded by the operating system.
pub(crate) fn generator() -> Result<StdRng, SysError> {
    StdRng::try_from_rng(&mut SysRng)
}

/// Fresh secrets for an account with this serial: a holder key for which nobody has a secret, as an account outside a
/// ledger needs, and a blinding.
///
/// # Errors
/// [`SysError`] when the operating system gives no randomness.
pub fn fresh_secrets(serial: u64) -> Result<PlainSecrets, SysError> {
    Ok(PlainSecrets { holder_key: fresh_blinding()?, serial, blinding: fresh_blinding()? })
}

/// Fresh randomness for an account file, in canonical little-endian bytes.
///
/// # Errors
/// [`SysError`] when the operating system gives no randomness.
pub fn fresh_blinding() -> Result<[u8; 32], SysError> {
    let blinding: Fp = random_field(&mut generator()?);
    Ok(field_bytes(&blinding))
}
