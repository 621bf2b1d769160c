//! One account as a venue writes it: an account file on one line, without blinding.

use crate::seed::BlindingSeed;
use serde_json::{Value, json};
use zeroize::Zeroizing;
use zkmargin_model::commitment::AccountSecrets;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::field::{digest_to_field, field_bytes, field_from_bytes};
use zkmargin_model::secrets::{Weakness, weakness};
use zkmargin_model::shown::shown;
use zkmargin_params::{
    AccountFile, AccountRemark, AnySchedule, FileError, repeated_key, wrong_encoding,
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

/// The account on a line, with the serial of its place and the venue's blinding.
///
/// # Errors
/// [`LineError`] for any other JSON value, an account file error, a blinding given on the line, or a serial that is not
/// the line's.
pub fn complete(line: &[u8], serial: u32, seed: &BlindingSeed) -> Result<AccountFile, LineError> {
    let refused = |reason: String| LineError { serial, reason };
    if line.trim_ascii().is_empty() {
        return Err(refused("the line is blank; remove it".into()));
    }
    if let Some(what) = wrong_encoding(line) {
        return Err(refused(format!("the file {what}")));
    }
    if let Some(key) = repeated_key(line) {
        return Err(refused(format!("{} is given twice; keep one", shown(&key.pointer))));
    }
    let value: Value =
        serde_json::from_slice(line).map_err(|e| refused(shown(&e.to_string()).into_owned()))?;
    let Value::Object(mut object) = value else {
        return Err(refused("an account must be a JSON object".into()));
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

/// A file error without a position, since the completed text is not the user's.
fn place(error: &FileError) -> String {
    format!("{}: {}", shown(&error.pointer), error.message)
}

/// The leaf of a completed account, and what in it is likely a mistake.
///
/// # Errors
/// [`LineError`] when the schedule does not know what the account holds.
pub fn leaf(
    file: &AccountFile,
    serial: u32,
    schedule: &dyn AnySchedule,
) -> Result<(AccountCommitment, Vec<AccountRemark>), LineError> {
    let refused = |reason: String| LineError { serial, reason };
    let account = schedule.holdings(file).map_err(|e| refused(place(&e)))?;
    let element = |bytes: Option<[u8; 32]>| bytes.and_then(|bytes| field_from_bytes(&bytes));
    // Nobody has a secret with the key zero: it stands for an account that nobody proves about.
    let holder_key = file.written_holder_key().map_err(|e| refused(place(&e)))?.unwrap_or_default();
    if let Some(weakness) = weakness(&holder_key).filter(|weakness| *weakness != Weakness::Zero) {
        return Err(refused(format!(
            "/holder_key: {weakness}; ask the client for the key that `zkmargin key show` prints"
        )));
    }
    let blinding = file.written_blinding().map_err(|e| refused(place(&e)))?;
    let missing = || refused("the account was not completed".into());
    let secrets = AccountSecrets {
        registry: digest_to_field(schedule.registry_digest().bytes()),
        holder_key: element(Some(holder_key)).ok_or_else(missing)?,
        serial: serial.into(),
        // Drawn from the seed, which was checked.
        blinding: element(blinding).ok_or_else(missing)?,
    };
    let commitment = schedule.commitment(&account, &secrets).map_err(|e| refused(e.to_string()))?;
    Ok((commitment, schedule.remarks(file, None)))
}
