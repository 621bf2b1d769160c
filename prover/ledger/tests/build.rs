//! Ledgers of a few sizes against a tree in memory, builds that were interrupted, and openings.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zkmargin_ledger::{BlindingSeed, Build, BuildError, Opening, Progress, Tree};
use zkmargin_model::files::Schedule;
use zkmargin_model::ledger::{DEPTH, empty_roots, node};

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!("../../../params/examples/binance-cross.", $name, ".json"))
    };
}

fn schedule() -> Schedule {
    Schedule::from_json(example!("schedule")).expect("schedule")
}

/// Accounts that differ in one balance, on one line each.
fn lines(count: usize) -> Vec<String> {
    let mut account: Value = serde_json::from_slice(example!("account")).expect("json");
    for secret in ["blinding", "serial"] {
        account.as_object_mut().expect("object").remove(secret);
    }
    let line = |i: usize| {
        account["balances"][1]["balance"] = json!((5000 + i).to_string());
        account.to_string()
    };
    (0..count).map(line).collect()
}

struct Desk {
    folder: tempfile::TempDir,
    schedule: Schedule,
}

impl Desk {
    fn new(lines: &[String]) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("accounts.jsonl"), lines.join("\n")).expect("written");
        Self { folder, schedule: schedule() }
    }

    fn accounts(&self) -> PathBuf {
        self.folder.path().join("accounts.jsonl")
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn build(&self) -> Result<Tree, BuildError> {
        self.observed(|_| ())
    }

    fn observed(&self, observe: impl FnMut(Progress)) -> Result<Tree, BuildError> {
        let (accounts, folder) = (self.accounts(), self.work());
        let schedule = &self.schedule;
        Build { schedule, accounts: &accounts, epoch: 3, folder: &folder }.run(observe)
    }
}

#[test]
fn equals_a_tree_in_memory() {
    for size in [1usize, 2, 3, 5, 8, 33] {
        let desk = Desk::new(&lines(size));
        let tree = desk.build().expect("built");
        assert_eq!(tree.size(), size as u64);
        let mut level: Vec<_> = (0..size).map(|i| tree.leaf(i as u32).expect("leaf")).collect();
        for empty in &empty_roots()[..DEPTH] {
            let parents = level.chunks(2).map(|p| node(p[0], *p.get(1).unwrap_or(empty)));
            level = parents.collect();
        }
        assert_eq!(level, [tree.root().expect("root")], "{size} accounts");
        for serial in 0..size as u32 {
            let path = tree.path(serial).expect("path");
            assert_eq!(path.root(tree.leaf(serial).expect("leaf")), level[0]);
        }
    }
}

#[test]
fn an_interrupted_build_ends_the_same() {
    let desk = Desk::new(&lines(9));
    let root = desk.build().expect("built").root().expect("root");
    let work = desk.work();
    let leaves = std::fs::read(work.join("level-00")).expect("leaves");
    for (done, bytes) in [(0, 0), (0, 31), (4, 4 * 32), (4, 5 * 32 + 7), (9, 9 * 32)] {
        // As after a kill: synced leaves are counted, what follows them may be torn.
        let mut torn = leaves[..bytes].to_vec();
        torn[done * 32..].fill(0xff);
        std::fs::write(work.join("level-00"), &torn).expect("written");
        std::fs::write(work.join("leaves.done"), done.to_string()).expect("written");
        for level in ["level-01", "level-02", "level-03", "level-04", "finished"] {
            let _ = std::fs::remove_file(work.join(level));
        }
        assert!(Tree::open(&work).is_err(), "not finished");
        assert_eq!(desk.build().expect("resumed").root().expect("root"), root);
        assert_eq!(std::fs::read(work.join("level-00")).expect("leaves"), leaves);
    }
}

#[test]
fn a_wrong_line_keeps_what_was_done() {
    let mut accounts = lines(6);
    let good = accounts[4].clone();
    for (bad, reason) in [
        ("{".to_owned(), "EOF"),
        ("[]".to_owned(), "object"),
        (good.replace("BTCUSDT", "NOPE"), "does not list this instrument"),
        (good.replacen('{', "{\"serial\": \"7\", ", 1), "serial"),
        (good.replacen('{', "{\"blinding\": \"00\", ", 1), "blinding"),
    ] {
        accounts[4] = bad;
        let desk = Desk::new(&accounts);
        let error = desk.build().expect_err("a wrong line").to_string();
        assert!(error.contains("line 5") && error.contains(reason), "{error}");
        let done = std::fs::read_to_string(desk.work().join("leaves.done")).expect("kept");
        assert_eq!(done, "4");
    }
}

#[test]
fn another_job_in_the_folder_is_refused() {
    let desk = Desk::new(&lines(2));
    desk.build().expect("built");
    std::fs::write(desk.accounts(), lines(3).join("\n")).expect("written");
    assert!(matches!(desk.build(), Err(BuildError::OtherJob)));
    assert!(matches!(Desk::new(&[]).build(), Err(BuildError::Empty)));
}

#[test]
fn openings() {
    let desk = Desk::new(&lines(5));
    let tree = desk.build().expect("built");
    let seed = BlindingSeed::of_folder(&desk.work()).expect("seed");
    let opening = Opening::of(&tree, &seed, 3).expect("opening");
    let text = opening.to_json().expect("json");
    let read = Opening::from_json(text.as_bytes()).expect("reads");
    let path = read.path().expect("path");
    assert_eq!(path.root(read.leaf().expect("leaf")), tree.root().expect("root"));
    assert!(Opening::of(&tree, &seed, 5).is_err(), "no such account");
    assert_eq!(format!("{read:?}"), "Opening(..)");
    assert!(owner_only(&desk.work().join("blinding.seed")));
    for bad in [
        text.replacen("opening/1", "opening/2", 1),
        text.replacen("\"serial\": 3", "\"serial\": -1", 1),
        text.replacen("\"leaf\": \"", "\"leaf\": \"F", 1),
    ] {
        assert!(Opening::from_json(bad.as_bytes()).is_err());
    }
}

#[cfg(unix)]
fn owner_only(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().expect("seed").permissions().mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn owner_only(_: &Path) -> bool {
    true
}
