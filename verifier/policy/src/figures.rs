//! Texts of a policy file as values, and the error that names their place.

use zkmargin_circuit::halo2::Fp;
use zkmargin_model::field::field_from_bytes;
use zkmargin_params::{ErrorCode, FileError, FileKind};

pub(crate) fn error(
    code: ErrorCode,
    pointer: impl Into<String>,
    message: impl Into<String>,
) -> FileError {
    FileError::new(code, FileKind::Policy, pointer, message)
}

pub(crate) fn hex32(text: &str, pointer: &str) -> Result<[u8; 32], FileError> {
    let mut bytes = [0; 32];
    let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) if lower => Ok(bytes),
        _ => Err(error(ErrorCode::BadHex, pointer, "write 64 lower-case hexadecimal digits")),
    }
}

pub(crate) fn element(text: &str, pointer: &str) -> Result<Fp, FileError> {
    field_from_bytes(&hex32(text, pointer)?).ok_or_else(|| {
        let message = "not a field element: the last byte must be below 0x40";
        error(ErrorCode::NotFieldElement, pointer, message)
    })
}
