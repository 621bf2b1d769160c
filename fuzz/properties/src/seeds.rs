//! The small real files that mutation starts from, and the markets they make.

use std::path::Path;
use std::sync::LazyLock;
use zkmargin_params::{CompiledMarket, Schedule, SnapshotFile, compile};

/// Every file named `seed-*` of a target's corpus, in order of names.
///
/// # Panics
/// When the folder cannot be read or holds none.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{folder:?}: {e}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("entry").path()).collect();
    paths.retain(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("seed-")));
    paths.sort();
    assert!(!paths.is_empty(), "no seeds for {target}");
    paths.iter().map(|path| std::fs::read(path).expect("seed")).collect()
}

/// The markets of the seeds: every seed schedule with the seed snapshot of the same name.
pub fn markets() -> &'static [CompiledMarket] {
    static MARKETS: LazyLock<Vec<CompiledMarket>> = LazyLock::new(|| {
        let files = of("schedule").into_iter().zip(of("snapshot"));
        files.map(|(schedule, snapshot)| market(&schedule, &snapshot)).collect()
    });
    &MARKETS
}

fn market(schedule: &[u8], snapshot: &[u8]) -> CompiledMarket {
    let schedule = Schedule::from_json(schedule).expect("seed schedule");
    let snapshot = SnapshotFile::from_json(snapshot).expect("seed snapshot");
    compile(&schedule, &snapshot).unwrap_or_else(|e| panic!("seed snapshot: {e}"))
}
