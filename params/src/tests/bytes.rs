//! Arbitrary and damaged input is refused, never a panic.

use super::{account, read_schedule, schedule, snapshot};
use crate::{AccountFile, FileError, Schedule, SnapshotFile, compile, locate};
use proptest::prelude::*;

fn try_all(bytes: &[u8], fixture: &Schedule) -> Vec<FileError> {
    let schedule = Schedule::from_json(bytes).err();
    let snapshot = SnapshotFile::from_json(bytes).and_then(|s| compile(fixture, &s)).err();
    let account = AccountFile::from_json(bytes).and_then(|a| a.to_account(fixture)).err();
    let errors: Vec<_> = [schedule, snapshot, account].into_iter().flatten().collect();
    for error in &errors {
        let _ = (locate(bytes, &error.pointer), error.to_string());
    }
    errors
}

/// Pieces that are likely to reach deep into the readers.
fn piece() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("null"),
        Just("0"),
        Just("-1"),
        Just("1e9"),
        Just("\"\""),
        Just("\"-0\""),
        Just("{}"),
        Just("[]"),
        Just("\"99999999999999999999999999999999999999999999999999\""),
        Just("true"),
        Just("65536"),
        Just("4294967295"),
        Just("\"0.000000000000000000000000000000000000000000000001\""),
        Just("36"),
        Just("12"),
        Just("\"USDT\""),
        Just("\"inverse\""),
        Just("\"quantity\""),
        Just("\"-5\""),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let fixture = read_schedule(&schedule()).unwrap();
        prop_assert_eq!(try_all(&bytes, &fixture).len(), 3);
    }

    #[test]
    fn replaced_values(which in 0usize..3, at in any::<prop::sample::Index>(), piece in piece()) {
        let fixture = read_schedule(&schedule()).unwrap();
        let value = [schedule(), snapshot(), account()][which].clone();
        let mut pointers = Vec::new();
        leaves(&value, String::new(), &mut pointers);
        let pointer = &pointers[at.index(pointers.len())];
        let mut value = value;
        *value.pointer_mut(pointer).unwrap() = serde_json::from_str(piece).unwrap();
        try_all(value.to_string().as_bytes(), &fixture);
    }

    #[test]
    fn damaged_text(which in 0usize..3, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let fixture = read_schedule(&schedule()).unwrap();
        let mut bytes = [schedule(), snapshot(), account()][which].to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        try_all(&bytes, &fixture);
        bytes.truncate(at);
        prop_assert_eq!(try_all(&bytes, &fixture).len(), 3);
    }
}

fn leaves(value: &serde_json::Value, here: String, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(k, v)| leaves(v, format!("{here}/{k}"), out));
        }
        serde_json::Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, v)| leaves(v, format!("{here}/{i}"), out));
        }
        _ => out.push(here),
    }
}
