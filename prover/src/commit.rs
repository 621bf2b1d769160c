//! Fresh secrets.

use rand::SeedableRng;
use rand::rngs::{StdRng, SysError, SysRng};
use zeroize::Zeroizing;
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::field::{field_bytes, random_field};
use zkmargin_model::secrets::weakness;
use zkmargin_params::{AccountFile, PlainSecrets, SecretText};

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

/// Draws a fresh blinding into an account file, and a holder key if there is none that could be kept. Outside a ledger
/// nobody needs a secret for that key; it only has to be unknown.
///
/// # Errors
/// [`SysError`] when the operating system gives no randomness.
pub fn refresh(file: &mut AccountFile) -> Result<(), SysError> {
    let kept = file.written_holder_key().ok().flatten();
    if kept.is_none_or(|key| weakness(&key).is_some()) {
        file.holder_key = Some(random_text()?);
    }
    file.serial.get_or_insert_with(|| SecretText::new("0"));
    file.blinding = Some(random_text()?);
    Ok(())
}

fn random_text() -> Result<SecretText, SysError> {
    let random = Zeroizing::new(fresh_blinding()?);
    Ok(SecretText::new(hex::encode(*random)))
}
