//! The snapshot file, at the schedules of the seeds.

use crate::bounds::{check_growth, check_refusal};
use crate::seeds;
use zkmargin_params::{Schedule, SnapshotFile, compile};

/// A snapshot's digest names its prices: it stays when the snapshot is written and read again, and
/// when its lists are turned around, and so does the integer market.
pub fn snapshot(bytes: &[u8]) {
    let file = match SnapshotFile::from_json(bytes) {
        Ok(file) => file,
        Err(error) => return check_refusal(bytes, &error),
    };
    let text = file.to_json().expect("writes");
    check_growth(bytes.len(), text.len());
    let again = SnapshotFile::from_json(text.as_bytes()).expect("reads what it wrote");
    assert_eq!(again, file, "one value");
    assert_eq!(again.to_json().expect("writes"), text, "one text");
    for market in seeds::markets() {
        check_market(bytes, market.schedule(), &again);
        // With the schedule's name put right, its prices are looked at too.
        let schedule = market.schedule_digest().to_string();
        check_market(bytes, market.schedule(), &SnapshotFile { schedule, ..again.clone() });
    }
}

fn check_market(bytes: &[u8], schedule: &Schedule, file: &SnapshotFile) {
    let market = match compile(schedule, file) {
        Ok(market) => market,
        Err(error) => return check_refusal(bytes, &error),
    };
    let mut turned = file.clone();
    turned.assets.reverse();
    turned.instruments.reverse();
    let other = compile(schedule, &turned).expect("order is free");
    assert_eq!(other.snapshot_digest(), market.snapshot_digest(), "snapshot digest");
    assert_eq!(other.digest(), market.digest(), "market digest");
    assert_eq!(other.market(), market.market(), "integer market");
}
