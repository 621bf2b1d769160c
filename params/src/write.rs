//! Human-readable JSON text of a file: short values stay on one line.

use super::error::{ErrorCode, FileError, FileKind};
use super::portfolio::{PortfolioScheduleFile, PortfolioSnapshotFile};
use super::{AccountFile, KeysFile, ScheduleFile, SnapshotFile};
use serde::Serialize;

/// A list or object that fits this many bytes is written on one line.
const LINE: usize = 140;

fn pretty(kind: FileKind, value: &impl Serialize) -> Result<String, FileError> {
    let compact = serde_json::to_string(value).map_err(|error| {
        FileError::new(ErrorCode::Syntax, kind, "", format!("cannot be written: {error}"))
    })?;
    let mut out = String::with_capacity(compact.len() * 3 / 2);
    layout(&compact, 0, &mut out);
    out.push('\n');
    Ok(out)
}

impl ScheduleFile {
    /// The file as JSON text.
    ///
    /// # Errors
    /// [`FileError`] when serialization fails, which no value of this type causes.
    pub fn to_json(&self) -> Result<String, FileError> {
        pretty(FileKind::Schedule, self)
    }
}

impl SnapshotFile {
    /// The file as JSON text.
    ///
    /// # Errors
    /// [`FileError`] when serialization fails, which no value of this type causes.
    pub fn to_json(&self) -> Result<String, FileError> {
        pretty(FileKind::Snapshot, self)
    }
}

impl PortfolioScheduleFile {
    /// The file as JSON text.
    ///
    /// # Errors
    /// [`FileError`] when serialization fails, which no value of this type causes.
    pub fn to_json(&self) -> Result<String, FileError> {
        pretty(FileKind::PortfolioSchedule, self)
    }
}

impl PortfolioSnapshotFile {
    /// The file as JSON text.
    ///
    /// # Errors
    /// [`FileError`] when serialization fails, which no value of this type causes.
    pub fn to_json(&self) -> Result<String, FileError> {
        pretty(FileKind::PortfolioSnapshot, self)
    }
}

impl AccountFile {
    /// The file as JSON text. The caller keeps it secret and wipes it.
    ///
    /// # Errors
    /// [`FileError`] when serialization fails, which no value of this type causes.
    pub fn to_json(&self) -> Result<String, FileError> {
        pretty(FileKind::Account, self)
    }
}

impl KeysFile {
    /// The file as JSON text.
    ///
    /// # Errors
    /// [`FileError`] when serialization fails, which no value of this type causes.
    pub fn to_json(&self) -> Result<String, FileError> {
        pretty(FileKind::Keys, self)
    }
}

/// Writes compact JSON with line breaks. Containers of containers are broken up, as is whatever does not fit on a line.
fn layout(compact: &str, depth: usize, out: &mut String) {
    let first = compact.as_bytes().first().copied();
    let is_container = matches!(first, Some(b'{' | b'['));
    let inner = compact.get(1..).unwrap_or("");
    let on_one_line = compact.len() <= LINE && !inner.contains(['{', '[']);
    if !is_container || compact.len() <= 2 {
        out.push_str(compact);
        return;
    }
    let items = split_items(&inner[..inner.len() - 1]);
    let close = if first == Some(b'{') { '}' } else { ']' };
    out.push_str(&compact[..1]);
    for (at, item) in items.iter().enumerate() {
        if on_one_line {
            out.push_str(if at > 0 { ", " } else { "" });
        } else {
            out.push_str(if at > 0 { ",\n" } else { "\n" });
            out.push_str(&"  ".repeat(depth + 1));
        }
        match value_start(item).filter(|_| close == '}') {
            Some(start) => {
                out.push_str(&item[..start]);
                out.push(' ');
                layout(&item[start..], depth + 1, out);
            }
            None => layout(item, depth + 1, out),
        }
    }
    if !on_one_line {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

/// Splits `a,b,c` at commas outside strings and containers.
fn split_items(inner: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let mut scan = Scan::default();
    for (at, byte) in inner.bytes().enumerate() {
        if scan.in_string(byte) {
            continue;
        }
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                items.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&inner[start..]);
    items
}

/// Where the value of `"key":value` begins.
fn value_start(member: &str) -> Option<usize> {
    let mut scan = Scan::default();
    member.bytes().position(|byte| !scan.in_string(byte) && byte == b':').map(|at| at + 1)
}

/// Distinguishes strings from the rest, byte by byte.
#[derive(Default)]
struct Scan {
    inside: bool,
    escaped: bool,
}

impl Scan {
    /// Whether the byte belongs to a string, including its quotes.
    fn in_string(&mut self, byte: u8) -> bool {
        if self.inside {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.inside = false;
            }
            true
        } else {
            self.inside = byte == b'"';
            self.inside
        }
    }
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn short_values_stay_on_one_line() {
        let mut out = String::new();
        layout(r#"{"a":[{"b":"x,\"{","c":[]},{"b":"y","c":null}],"d":1}"#, 0, &mut out);
        let expected = "{\n  \"a\": [\n    {\n      \"b\": \"x,\\\"{\",\n      \"c\": []\n    },\n    {\"b\": \"y\", \"c\": null}\n  ],\n  \"d\": 1\n}";
        assert_eq!(out, expected);
    }
}
