//! Bounds on what a reader gives back, in terms of what it was given.

use zkmargin_params::{FileError, locate};

/// Longest message of an error, in bytes. Long values are shortened, whatever their length.
const MAX_MESSAGE_BYTES: usize = 8 << 10;

/// Most bytes of a canonical text for each byte that was read: indentation, and fields that the
/// file left to their default.
const MAX_GROWTH: usize = 8;

/// A refusal has a short message and a place inside the file.
pub(crate) fn check_refusal(bytes: &[u8], error: &FileError) {
    assert!(error.message.len() <= MAX_MESSAGE_BYTES, "message of {} bytes", error.message.len());
    assert!(error.pointer.len() <= 2 * bytes.len() + MAX_MESSAGE_BYTES, "long pointer");
    assert!(locate(bytes, &error.pointer).is_none_or(|at| at < bytes.len()), "place is outside");
    if let Some(position) = error.position {
        assert!(position.line <= bytes.len() + 1 && position.column <= bytes.len() + 1);
    }
}

/// A message of a refused proof file is short.
pub(crate) fn check_message(message: &str) {
    assert!(message.len() <= MAX_MESSAGE_BYTES, "message of {} bytes", message.len());
}

/// What is written is not much longer than what was read.
pub(crate) fn check_growth(read: usize, written: usize) {
    assert!(written <= MAX_GROWTH * read, "{written} bytes written, {read} read");
}
