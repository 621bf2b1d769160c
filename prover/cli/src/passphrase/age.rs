//! Seals and opens age files with scrypt, in armor.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use ::age::scrypt::{Identity, Recipient};
use ::age::secrecy::{ExposeSecret, SecretString};
use std::io::IsTerminal;
use std::path::Path;
use zeroize::Zeroizing;
use zkmargin_model::shown::shown;

/// Environment variable from which a passphrase is read.
const VARIABLE: &str = "ZKMARGIN_PASSPHRASE";

/// Maximum work factor accepted from a file: scrypt with N = 2^20 takes seconds and 1 GiB.
const MOST_WORK: u8 = 20;

/// Work factor for new files: N = 2^18, age's own choice on a current machine.
const WORK: u8 = 18;

/// Maximum length of a passphrase, and of an encrypted file.
const MAX_BYTES: usize = 1 << 16;

/// The passphrase: from the file given, else the environment, else the terminal.
fn passphrase(file: Option<&Path>, what: &str, twice: bool) -> Result<SecretString> {
    if let Some(path) = file {
        let bytes = files::read_secret(path, MAX_BYTES, "holds a passphrase")?;
        let bad = || Failure::usage("the passphrase is not text").in_file(&files::name_of(path));
        let text = std::str::from_utf8(&bytes).map_err(|_| bad())?;
        return check(text.trim_end_matches(['\r', '\n']));
    }
    if let Some(value) = std::env::var_os(VARIABLE) {
        let value = value.into_string().map(Zeroizing::new);
        let value = value.map_err(|_| Failure::usage(format!("{VARIABLE} is not text")))?;
        return check(&value);
    }
    if !std::io::stdin().is_terminal() {
        let message = format!(
            "{what} is encrypted with a passphrase, but there is no terminal to ask for it"
        );
        let help = format!("pass --passphrase-file, or set {VARIABLE}");
        return Err(Failure::usage(message).help(help));
    }
    let ask = |prompt: String| {
        let typed = rpassword::prompt_password(prompt).map(Zeroizing::new);
        typed.map_err(|e| Failure::new(Exit::Io, "Passphrase", e.to_string()))
    };
    let typed = ask(format!("passphrase for {}: ", shown(what)))?;
    if twice && *ask("repeat it: ".to_owned())? != *typed {
        return Err(Failure::usage("the two passphrases differ"));
    }
    check(&typed)
}

fn check(text: &str) -> Result<SecretString> {
    if text.is_empty() {
        return Err(Failure::usage("the passphrase is empty"));
    }
    Ok(SecretString::from(text.to_owned()))
}

/// Encrypts a key file with a passphrase.
pub fn seal(text: &str, file: Option<&Path>) -> Result<String> {
    let mut recipient = Recipient::new(passphrase(file, "the new key", true)?);
    recipient.set_work_factor(WORK);
    ::age::encrypt_and_armor(&recipient, text.as_bytes())
        .map_err(|e| Failure::new(Exit::Internal, "Seal", e.to_string()))
}

/// Opens a key file encrypted with a passphrase.
pub fn open(bytes: &[u8], path: &Path, file: Option<&Path>) -> Result<Zeroizing<Vec<u8>>> {
    let name = files::name_of(path);
    let secret = passphrase(file, &name, false)?;
    let mut identity = Identity::new(SecretString::from(secret.expose_secret().to_owned()));
    identity.set_max_work_factor(MOST_WORK);
    ::age::decrypt(&identity, bytes).map(Zeroizing::new).map_err(|error| {
        let (code, message) = match error {
            ::age::DecryptError::ExcessiveWork { .. } => {
                ("BadKey", "the file's work factor is higher than is accepted for a key file")
            }
            ::age::DecryptError::InvalidHeader | age::DecryptError::Io(_) => {
                ("BadKey", "not a readable age file")
            }
            _ => ("BadPassphrase", "the passphrase does not open the file"),
        };
        Failure::new(Exit::Malformed, code, message).in_file(&name)
    })
}
