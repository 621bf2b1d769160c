//! One account as a venue writes it: an account file on one line, without blinding.

use crate::seed::BlindingSeed;
use pasta_curves::Fp;
use serde_json::{Value, json};
use zeroize::Zeroizing;
use zkmargin_model::commitment::{account_commitment, field_bytes};
use zkmargin_model::files::{
    AccountFile, AccountRemark, FileError, Schedule, repeated_key, wrong_encoding,
};

/// A line that is not an account.
#[derive(Debug, thiserror::Error)]
#[error("account {serial} (line {}): {reason}", .serial + 1)]
pub struct LineError {
    /// Serial of the account: its line, counted from 0.
    pub serial: u32,
    /// What is wrong, with its place in the account.
    pub reason: String,
}

/// The account of a line with the serial of its place and the venue's blinding.
///
/// # Errors
/// [`LineError`] for another JSON value, an account file error, a blinding of the line's own, or a
/// serial that is not the line's.
pub fn complete(line: &[u8], serial: u32, seed: &BlindingSeed) -> Result<AccountFile, LineError> {
    let refused = |reason: String| LineError { serial, reason };
    if line.trim_ascii().is_empty() {
        return Err(refused("the line is blank; remove it".into()));
    }
    if let Some(what) = wrong_encoding(line) {
        return Err(refused(format!("the file {what}")));
    }
    if let Some(key) = repeated_key(line) {
        return Err(refused(format!("{} is given twice; keep one", key.pointer)));
    }
    let value: Value = serde_json::from_slice(line).map_err(|e| refused(e.to_string()))?;
    let Value::Object(mut object) = value else {
        return Err(refused("an account is a JSON object".into()));
    };
    if object.contains_key("blinding") {
        return Err(refused("`blinding` is drawn by the build; leave it out".into()));
    }
    let own = json!(serial.to_string());
    if object.insert("serial".into(), own.clone()).is_some_and(|given| given != own) {
        return Err(refused(format!("`serial` is not {serial}, the account's place")));
    }
    let blinding = field_bytes(&seed.blinding(serial));
    object.insert("blinding".into(), json!(hex::encode(blinding)));
    let text = Zeroizing::new(Value::Object(object).to_string());
    AccountFile::from_json(text.as_bytes()).map_err(|e| refused(place(&e)))
}

/// A file error without a position: the completed text is not the user's.
fn place(error: &FileError) -> String {
    format!("{}: {}", error.pointer, error.message)
}

/// The leaf of a completed account, and what in it is likely a mistake.
///
/// # Errors
/// [`LineError`] when the schedule does not know what the account holds.
pub fn leaf(
    file: &AccountFile,
    serial: u32,
    schedule: &Schedule,
) -> Result<(Fp, Vec<AccountRemark>), LineError> {
    let refused = |reason: String| LineError { serial, reason };
    let (account, secrets) = file.to_account(schedule).map_err(|e| refused(place(&e)))?;
    let secrets = secrets
        .under(&schedule.registry_digest())
        .ok_or_else(|| refused("holder key or blinding is not a field element".into()))?;
    Ok((account_commitment(&account, &secrets), file.remarks(schedule, None)))
}
