//! `zkmargin commit`.

use crate::arguments::Commit;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use serde_json::{Value, json};
use zeroize::Zeroizing;
use zkmargin::{commitment, fresh_blinding};
use zkmargin_model::files::{
    AccountFile, ErrorCode, FileError, FileKind, MAX_FILE_BYTES, Schedule, SecretText, repeated_key,
};

pub fn run(a: &Commit) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.schedule])?;
    if let Some(output) = &a.output {
        files::check_absent(output, a.force)?;
    }
    let schedule = resolve::schedule(&a.schedule)?;
    let bytes = files::read(&a.account, MAX_FILE_BYTES)?;
    let name = files::name_of(&a.account);
    let failed = |e: FileError| Failure::in_account(&e, &name, &bytes);
    let file = if a.fresh {
        refreshed(&bytes, failed)?
    } else {
        AccountFile::from_json(&bytes).map_err(failed)?
    };
    let commitment = hex::encode(commitment_of(&file, &schedule).map_err(failed)?);
    let registry = hex::encode(schedule.registry_digest());
    let mut outcome = Outcome::done(
        format!("{commitment}\n"),
        json!({ "commitment": commitment, "registry": registry }),
    );
    let remarks = file.remarks(&schedule, None);
    outcome.warnings = remarks.iter().map(|r| (r.code, r.to_string())).collect();
    if let Some(output) = &a.output {
        let text = Zeroizing::new(file.to_json().map_err(failed)?);
        files::write(output, text.as_bytes(), Secrecy::Private, a.force)?;
        outcome.stdout_taken = files::is_stream(output);
    }
    Ok(outcome)
}

fn commitment_of(
    file: &AccountFile,
    schedule: &Schedule,
) -> std::result::Result<[u8; 32], FileError> {
    let (account, secrets) = file.to_account(schedule)?;
    // Reading the file has checked that both are canonical.
    let secrets = secrets.under(&schedule.registry_digest());
    Ok(secrets.map(|secrets| commitment(&account, &secrets)).unwrap_or_default())
}

fn random_text() -> Result<SecretText> {
    let random =
        fresh_blinding().map_err(|e| Failure::new(Exit::Io, "Randomness", e.to_string()))?;
    let random = Zeroizing::new(random);
    Ok(SecretText::new(hex::encode(*random)))
}

/// The account with a fresh blinding, and with a holder key and a serial if it has none.
fn refreshed(bytes: &[u8], failed: impl Fn(FileError) -> Failure) -> Result<AccountFile> {
    let mut file = match AccountFile::from_json(bytes) {
        Ok(file) => file,
        Err(error) if error.code == ErrorCode::MissingField => completed(bytes, &error, &failed)?,
        Err(error) => return Err(failed(error)),
    };
    file.blinding = random_text()?;
    Ok(file)
}

/// Fills in the secrets that the account lacks. A field that is missing elsewhere stays missing.
fn completed(
    bytes: &[u8],
    error: &FileError,
    failed: &impl Fn(FileError) -> Failure,
) -> Result<AccountFile> {
    if let Some(key) = repeated_key(bytes) {
        let error = FileError::new(
            ErrorCode::DuplicateField,
            FileKind::Account,
            key.pointer,
            "is given twice; keep one",
        );
        return Err(failed(error));
    }
    let Ok(Value::Object(mut object)) = serde_json::from_slice(bytes) else {
        return Err(failed(error.clone()));
    };
    for field in ["holder_key", "blinding"] {
        if !object.contains_key(field) {
            object.insert(field.to_owned(), json!(random_text()?.as_str()));
        }
    }
    object.entry("serial").or_insert_with(|| json!("0"));
    let text = Zeroizing::new(Value::Object(object).to_string());
    // Places in the completed text are not places in the user's file.
    AccountFile::from_json(text.as_bytes()).map_err(|mut e| {
        e.position = None;
        failed(e)
    })
}
