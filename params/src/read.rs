//! From bytes to typed JSON, with every failure given a code and a place.

use super::encoding::wrong_encoding;
use super::error::{ErrorCode, FileError, FileKind, TextPosition};
use super::pointer::{escape, pointer};
use super::text::NUMBER_NOT_STRING;
use super::unique::{RepeatedKey, repeated_key};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Track};
use zkmargin_model::objects::Objects;
pub(super) use zkmargin_model::shown::shorten;
use zkmargin_model::shown::{quoted, shown};

/// Maximum length of a file, in bytes.
pub const MAX_FILE_BYTES: usize = 16 << 20;

/// The one field that every file has. Other fields are left to the second pass.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: Option<serde_json::Value>,
}

/// Reads a file of the given kind.
pub(super) fn read<T: DeserializeOwned>(kind: FileKind, bytes: &[u8]) -> Result<T, FileError> {
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("{} bytes; at most {MAX_FILE_BYTES} are read", bytes.len());
        return Err(FileError::new(ErrorCode::FileTooLarge, kind, "", message));
    }
    if let Some(message) = wrong_encoding(bytes) {
        return Err(FileError::new(ErrorCode::Encoding, kind, "", message));
    }
    let head = match parse(kind, bytes) {
        // Not an object, so it names no format.
        Err(error) if error.code == ErrorCode::WrongType => Head { format: None },
        head => head?,
    };
    let found = match &head.format {
        Some(serde_json::Value::String(found)) => Some(found.as_str()),
        _ => None,
    };
    if found != Some(kind.format()) {
        let named = match found {
            Some(found) => format!("this is {}, and ", quoted(&shorten(found))),
            None => "the format is not named; ".to_owned(),
        };
        let message =
            format!("{named}{} file says \"format\": \"{}\"", kind.with_article(), kind.format());
        return Err(FileError::new(ErrorCode::WrongFormat, kind, "/format", message));
    }
    let read = parse(kind, bytes)?;
    // Structs refuse a repeated field themselves; maps take the last of two.
    match repeated_key(bytes) {
        None => Ok(read),
        Some(RepeatedKey { pointer, position }) => {
            let message = "is given twice; keep one";
            let error = FileError::new(ErrorCode::DuplicateField, kind, pointer, message);
            Err(FileError { position: Some(position), ..error })
        }
    }
}

fn parse<T: DeserializeOwned>(kind: FileKind, bytes: &[u8]) -> Result<T, FileError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Objects(&mut reader))
        .map_err(|e| from_json_error(kind, e.path(), e.inner()))?;
    reader.end().map_err(|e| from_json_error(kind, &Track::new().path(), &e))?;
    Ok(value)
}

fn from_json_error(kind: FileKind, path: &Path, error: &serde_json::Error) -> FileError {
    let full = error.to_string();
    // serde_json appends " at line L column C", which is given apart here.
    let suffix = format!(" at line {} column {}", error.line(), error.column());
    let text = full.strip_suffix(&suffix).unwrap_or(&full);
    let begins = |prefix: &str| text.starts_with(prefix);
    let code = if !error.is_data() {
        ErrorCode::Syntax
    } else if begins(NUMBER_NOT_STRING) {
        ErrorCode::NumberNotString
    } else if begins("unknown field") {
        ErrorCode::UnknownField
    } else if begins("missing field") {
        ErrorCode::MissingField
    } else if begins("duplicate field") {
        ErrorCode::DuplicateField
    } else {
        ErrorCode::WrongType
    };
    let message = match code {
        // What stands in an account is not repeated.
        ErrorCode::NumberNotString if kind == FileKind::Account => {
            format!("{NUMBER_NOT_STRING}write it in quotes, such as \"12.5\"")
        }
        ErrorCode::WrongType if kind == FileKind::Account => match text.rfind("expected ") {
            Some(at) => format!("wrong type; {}", &text[at..]),
            None => "wrong type".to_owned(),
        },
        ErrorCode::Syntax => format!("not valid JSON: {text}"),
        _ => shorten(text),
    };
    let message = shown(&message).into_owned();
    let position = (error.line() > 0)
        .then(|| TextPosition { line: error.line(), column: error.column().max(1) });
    let mut pointer = pointer(path);
    // The path of a repeated key ends before it.
    if let (ErrorCode::DuplicateField, Some(key)) = (code, text.split('`').nth(1)) {
        pointer.push_str(&format!("/{}", escape(key)));
    }
    FileError { code, file: kind, pointer, message, position }
}
