//! What arrives on the standard input of `zkmargin audit ingest -`.

use std::io::{self, BufRead, BufReader, Cursor, Read};

/// Maximum length of an ingested file: a schedule.
pub const MAX_FILE: u64 = 16 << 20;

/// Maximum number of bytes read from standard input, which may never end.
const MAX_STREAM: u64 = 16 << 30;

/// What standard input holds.
pub enum Stream<R> {
    /// One file.
    File(Vec<u8>),
    /// JSON objects, one per line.
    Lines(R),
    /// Neither, and why.
    Refused(String),
}

/// Whether the first line is a complete JSON object with more after it.
fn is_lines(head: &[u8]) -> bool {
    let filled = |line: &&[u8]| !line.iter().all(u8::is_ascii_whitespace);
    let mut lines = head.split(|byte| *byte == b'\n').filter(filled);
    let first = lines.next().is_some_and(|line| {
        line.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
    });
    first && lines.next().is_some()
}

/// Determines from its beginning what standard input holds.
pub fn read(mut input: impl Read) -> io::Result<Stream<impl BufRead>> {
    let mut head = Vec::new();
    (&mut input).take(MAX_FILE + 1).read_to_end(&mut head)?;
    if head.starts_with(b"PAR1") {
        let reason = "Parquet is read from its end; write it to a file and name that";
        return Ok(Stream::Refused(reason.to_owned()));
    }
    if is_lines(&head) {
        let rest = Cursor::new(head).chain(input).take(MAX_STREAM);
        return Ok(Stream::Lines(BufReader::new(rest)));
    }
    if head.len() as u64 > MAX_FILE {
        let reason = format!("longer than {MAX_FILE} bytes, and not one JSON object per line");
        return Ok(Stream::Refused(reason));
    }
    Ok(Stream::File(head))
}
