//! The test that every importer must pass: whatever a source says, it is read or refused with its place, and nothing
//! panics.

use super::{ImportError, Venue};
use crate::{AccountFile, Schedule, SnapshotFile, compile};
use serde_json::{Value, json};

/// The values by which a source's values are replaced.
pub(crate) fn bad_values() -> Vec<Value> {
    let mut values = vec![json!(null), json!(true), json!([]), json!({}), json!([[]]), json!(0.5)];
    values.extend([json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN), json!(u64::MAX)]);
    let long = "9".repeat(96);
    let small = format!("0.{}1", "0".repeat(90));
    values.extend(["", "0", "-1", "1e9", "x", "~/", &long, &small].map(|text| json!(text)));
    values
}

/// Pointers of all values below, the whole included.
pub(crate) fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let mut below = |name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        pointers(value, &format!("{at}/{name}"), found);
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| below(&n.to_string(), item));
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| below(name, member)),
        _ => {}
    }
}

/// Reads the source, then the source with each of its values replaced by each bad value.
pub(crate) fn survives(source: &Value, read: impl Fn(&Value) -> Result<(), ImportError>) {
    read(source).unwrap_or_else(|e| panic!("the good source: {e}"));
    let mut all = Vec::new();
    pointers(source, "", &mut all);
    for pointer in all {
        for bad in bad_values() {
            let mut spoiled = source.clone();
            *spoiled.pointer_mut(&pointer).unwrap() = bad;
            match read(&spoiled) {
                Ok(()) => {}
                Err(
                    ImportError::Source { pointer, message, .. }
                    | ImportError::OtherAccount { pointer, message }
                    | ImportError::TimesApart { pointer, message },
                ) => {
                    assert!(pointer.is_empty() || pointer.starts_with('/'), "{pointer}");
                    assert!(!message.is_empty(), "{pointer}");
                }
                Err(e) => panic!("{e}"),
            }
        }
    }
}

/// Asserts this for schedules, and returns the good one.
pub(crate) fn schedules_survive<V: Venue>(source: &Value, options: &V::Options) -> Schedule {
    survives(source, |source| {
        let imported = V::schedule(source, options)?;
        let _ = Schedule::new(imported.schedule).map(|schedule| schedule.remarks());
        Ok(())
    });
    let imported = V::schedule(source, options).unwrap();
    assert_eq!(imported.schedule.venue, V::NAME);
    assert!(imported.schedule.source.contains(&imported.assumed), "what is assumed is in the file");
    Schedule::new(imported.schedule).unwrap_or_else(|e| panic!("the good schedule: {e}"))
}

/// Asserts this for snapshots, and returns the good one.
pub(crate) fn snapshots_survive<V: Venue>(source: &Value, schedule: &Schedule) -> SnapshotFile {
    survives(source, |source| {
        let _ = compile(schedule, &V::snapshot(source, schedule)?);
        Ok(())
    });
    let snapshot = V::snapshot(source, schedule).unwrap();
    compile(schedule, &snapshot).unwrap_or_else(|e| panic!("the good snapshot: {e}"));
    snapshot
}

/// Asserts this for accounts, and returns the good one.
pub(crate) fn accounts_survive<V: Venue>(source: &Value, schedule: &Schedule) -> AccountFile {
    survives(source, |source| {
        let _ = V::account(source, schedule)?.holdings(schedule);
        Ok(())
    });
    let account = V::account(source, schedule).unwrap();
    account.belongs_to(schedule).unwrap_or_else(|e| panic!("the good account: {e}"));
    account.holdings(schedule).unwrap_or_else(|e| panic!("the good account: {e}"));
    account
}

/// The message of an error, and the source's place in it.
pub(crate) fn told<T>(result: Result<T, ImportError>) -> String {
    result.map(drop).unwrap_err().to_string()
}

/// The source with one value replaced.
pub(crate) fn with(source: &Value, pointer: &str, value: Value) -> Value {
    let mut spoiled = source.clone();
    *spoiled.pointer_mut(pointer).unwrap() = value;
    spoiled
}
