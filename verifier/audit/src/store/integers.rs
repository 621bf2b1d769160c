//! Unsigned numbers as SQLite's signed integers, bit by bit.

pub(super) fn from_row(value: i64) -> u64 {
    u64::from_ne_bytes(value.to_ne_bytes())
}

pub(super) fn to_row(value: u64) -> i64 {
    i64::from_ne_bytes(value.to_ne_bytes())
}
