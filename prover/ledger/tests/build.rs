//! Ledgers of a few sizes against a tree in memory, builds that were interrupted, and openings.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zkmargin_ledger::{
    BlindingSeed, Build, BuildError, Opening, Progress, Tree, opening_name, write_openings,
};
use zkmargin_model::ledger::{DEPTH, empty_roots, node};
use zkmargin_params::Schedule;

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!("../../../params/venues/binance/examples/cross.", $name, ".json"))
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
        let mut level: Vec<_> =
            (0..size).map(|i| tree.leaf(i as u32).expect("leaf").element()).collect();
        for empty in &empty_roots()[..DEPTH] {
            let parents = level.chunks(2).map(|p| node(p[0], *p.get(1).unwrap_or(empty)));
            level = parents.collect();
        }
        assert_eq!(level, [tree.root().expect("root").element()], "{size} accounts");
        for serial in 0..size as u32 {
            let path = tree.path(serial).expect("path");
            assert_eq!(path.root(tree.leaf(serial).expect("leaf")).element(), level[0]);
        }
    }
}

#[test]
fn an_interrupted_build_ends_the_same() {
    let accounts = lines(9);
    // What the build writes when it has come so far.
    let states: Vec<Vec<u8>> = (0..=9)
        .map(|done| {
            let part = Desk::new(&[&accounts[..done], &["{".to_owned()]].concat());
            part.build().expect_err("a wrong line");
            std::fs::read(part.work().join("leaves.json")).expect("state")
        })
        .collect();
    let desk = Desk::new(&accounts);
    let root = desk.build().expect("built").root().expect("root");
    let work = desk.work();
    let leaves = std::fs::read(work.join("level-00")).expect("leaves");
    for (done, bytes) in [(0, 0), (0, 31), (4, 4 * 32), (4, 5 * 32 + 7), (9, 9 * 32)] {
        // As after a kill: synced leaves are counted, what follows them may be torn.
        let mut torn = leaves[..bytes].to_vec();
        torn[done * 32..].fill(0xff);
        std::fs::write(work.join("level-00"), &torn).expect("written");
        std::fs::write(work.join("leaves.json"), states[done].as_slice()).expect("written");
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
        let done = std::fs::read_to_string(desk.work().join("leaves.json")).expect("kept");
        assert!(done.contains("\"leaves\":4"), "{done}");
        // The corrected line is built, with those after it, into the tree of a build from scratch.
        accounts[4] = good.clone();
        std::fs::write(desk.accounts(), accounts.join("\n")).expect("written");
        let resumed = desk.build().expect("resumed");
        let seed = std::fs::read(desk.work().join("blinding.seed")).expect("seed");
        let scratch = Desk::new(&accounts);
        std::fs::create_dir(scratch.work()).expect("folder");
        std::fs::write(scratch.work().join("blinding.seed"), seed).expect("seed");
        let scratch = scratch.build().expect("built");
        assert_eq!(resumed.root().expect("root"), scratch.root().expect("root"));
    }
}

#[test]
fn another_job_in_the_folder_is_refused() {
    let desk = Desk::new(&lines(2));
    desk.build().expect("built");
    // Another account in the place of one that is built, as long as it.
    let mut changed = lines(2);
    changed[1] = changed[1].replace("5001", "5009");
    std::fs::write(desk.accounts(), changed.join("\n")).expect("written");
    assert!(matches!(desk.build(), Err(BuildError::OtherLines(2))));
    std::fs::write(desk.accounts(), lines(1).join("\n")).expect("written");
    assert!(matches!(desk.build(), Err(BuildError::OtherLines(2))));
    // More accounts after those that are built: levels of the smaller tree are not taken for whole.
    std::fs::write(desk.accounts(), lines(3).join("\n")).expect("written");
    let grown = desk.build().expect("grown");
    let paths: Vec<_> = (0..3).map(|i| (grown.leaf(i).unwrap(), grown.path(i).unwrap())).collect();
    assert!(paths.iter().all(|(leaf, path)| path.root(*leaf) == grown.root().unwrap()));
    std::fs::write(desk.accounts(), lines(4).join("\n")).expect("written");
    let grown = desk.build().expect("grown");
    assert_eq!(grown.path(3).unwrap().root(grown.leaf(3).unwrap()), grown.root().unwrap());
    let (accounts, folder) = (desk.accounts(), desk.work());
    let other = Build { schedule: &desk.schedule, accounts: &accounts, epoch: 4, folder: &folder };
    assert!(matches!(other.run(|_| ()), Err(BuildError::OtherJob)));
    assert!(matches!(Desk::new(&[]).build(), Err(BuildError::Empty)));
}

#[test]
fn one_build_at_a_time() {
    let desk = Desk::new(&lines(3));
    let mut second = None;
    desk.observed(|_| {
        second.get_or_insert_with(|| desk.build().map(|tree| tree.size()));
    })
    .expect("built");
    assert!(matches!(second, Some(Err(BuildError::Busy))), "{second:?}");
    assert!(desk.build().is_ok(), "the lock is gone with the build");
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

#[test]
fn openings_of_all_accounts() {
    for size in [1usize, 2, 7, 33] {
        let desk = Desk::new(&lines(size));
        let tree = desk.build().expect("built");
        let seed = BlindingSeed::of_folder(&desk.work()).expect("seed");
        let folder = desk.folder.path().join("openings");
        let write = || write_openings(&tree, &seed, &folder, |_| ());
        write().expect("written");
        // One that was lost is written again, and nothing else.
        let lost = folder.join(opening_name(size as u32 / 2));
        std::fs::remove_file(&lost).expect("removed");
        write().expect("written");
        for serial in 0..size as u32 {
            let path = folder.join(opening_name(serial));
            let alone = Opening::of(&tree, &seed, serial).expect("opening").to_json();
            assert_eq!(std::fs::read_to_string(&path).expect("file"), alone.expect("json"));
            assert!(owner_only(&path));
        }
        let other = Desk::new(&lines(size));
        let other_seed = BlindingSeed::of_folder(&desk.work()).expect("seed");
        let other = other.build().expect("built");
        assert!(write_openings(&other, &other_seed, &folder, |_| ()).is_err(), "another ledger");
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
