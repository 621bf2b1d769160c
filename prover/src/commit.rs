//! Account commitments.

use rand::SeedableRng;
use rand::rngs::{StdRng, SysError, SysRng};
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::commitment::{
    AccountSecrets, account_commitment, digest_to_field, field_bytes, field_from_bytes,
    random_field,
};
use zkmargin_model::digest::Digest;
use zkmargin_model::files::PlainSecrets;
use zkmargin_model::rule::Account;

/// The secrets of an account file as the commitment takes them, under the numbering of
/// `registry`. `None` when the holder key or the blinding is not a canonical field element, which
/// reading the file rules out.
pub fn account_secrets(secrets: &PlainSecrets, registry: &Digest) -> Option<AccountSecrets> {
    Some(AccountSecrets {
        registry: digest_to_field(registry),
        holder_key: field_from_bytes(&secrets.holder_key)?,
        serial: secrets.serial,
        blinding: field_from_bytes(&secrets.blinding)?,
    })
}

/// The public commitment of an account, in canonical little-endian bytes.
pub fn commitment(account: &Account, secrets: &AccountSecrets) -> [u8; 32] {
    field_bytes(&account_commitment(account, secrets))
}

/// A cryptographic generator seeded by the operating system.
pub(crate) fn generator() -> Result<StdRng, SysError> {
    StdRng::try_from_rng(&mut SysRng)
}

/// Fresh randomness for an account file, in canonical little-endian bytes.
///
/// # Errors
/// [`SysError`] when the operating system gives no randomness.
pub fn fresh_blinding() -> Result<[u8; 32], SysError> {
    let blinding: Fp = random_field(&mut generator()?);
    Ok(field_bytes(&blinding))
}
