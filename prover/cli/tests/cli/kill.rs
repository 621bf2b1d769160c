//! A ledger build that is killed at any moment ends as if it had not been.

use crate::support::*;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ACCOUNTS: usize = 6_000;

/// Accounts of a venue, and a seed of blindings that both builds share.
fn venue() -> Desk {
    let desk = Desk::new();
    let mut account: Value = desk.json("account.json");
    for secret in ["blinding", "serial", "note"] {
        account.as_object_mut().expect("object").remove(secret);
    }
    account["positions"] = json!([]);
    let line = |i: usize| {
        account["balances"][1]["balance"] = json!(i.to_string());
        account.to_string()
    };
    desk.write("accounts.jsonl", (0..ACCOUNTS).map(line).collect::<Vec<_>>().join("\n"));
    desk
}

/// A folder for a build.
fn prepare(desk: &Desk, work: &str) {
    std::fs::create_dir(desk.path(work)).expect("folder");
    desk.write(&format!("{work}/blinding.seed"), SEED);
}

/// How long a whole build takes, at the load that there is now.
fn timed(desk: &Desk, work: &str) -> Duration {
    prepare(desk, work);
    let started = Instant::now();
    assert_eq!(desk.run(&build(work)).code, 0);
    started.elapsed()
}

/// The seed of both builds, without a pattern: a seed that anybody could guess is refused.
const SEED: [u8; 32] = [
    0x5b, 0xe1, 0x94, 0x2c, 0x70, 0xd8, 0x3f, 0xa6, 0x12, 0xc9, 0x87, 0x4e, 0xf0, 0x65, 0x1d, 0xb3,
    0x29, 0xfc, 0x58, 0x06, 0x9a, 0xe7, 0x41, 0xbd, 0x73, 0xce, 0x34, 0x8b, 0xd5, 0x60, 0x17, 0xaf,
];

fn build(work: &str) -> String {
    format!(
        "ledger build accounts.jsonl --schedule schedule.json --epoch 7 \
         --time 2024-07-01T18:00:00Z --work {work} -o {work}.checkpoint --force"
    )
}

#[test]
fn killed_at_any_moment_it_goes_on() {
    let desk = venue();
    let mut whole = timed(&desk, "whole");
    prepare(&desk, "killed");
    let long = std::env::var_os("ZKMARGIN_LONG").is_some();
    // A sixteenth of a whole build, then a little more each time: every stage is hit, and a build
    // that began anew each time would never end.
    let step = if long { whole / 64 } else { whole / 8 };
    let (mut kills, mut patience) = (0, whole / 16);
    loop {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"))
            .args(build("killed").split(' '))
            .current_dir(desk.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("runs");
        std::thread::sleep(patience);
        child.kill().expect("killed");
        if child.wait().expect("ended").success() {
            break;
        }
        kills += 1;
        if kills % 50 == 0 {
            // The machine may have more to do than it had before.
            whole = whole.max(timed(&desk, &format!("again-{kills}")));
        }
        patience = (patience + step).min(whole * 3 / 4);
        assert!(kills < 200, "the build never ends");
    }
    assert!(kills > 2, "{kills} kills");
    let names = |work: &str| {
        let entries = std::fs::read_dir(desk.path(work)).expect("folder");
        let mut names: Vec<_> =
            entries.map(|e| e.expect("entry").file_name().into_string().expect("name")).collect();
        // What a killed write left behind is not part of the ledger.
        names.retain(|name| !name.starts_with(".tmp"));
        names.sort();
        names
    };
    assert_eq!(names("killed"), names("whole"));
    for name in names("whole") {
        let of = |work: &str| desk.read(&format!("{work}/{name}"));
        assert!(of("killed") == of("whole"), "{name}");
    }
    assert_eq!(desk.read("killed.checkpoint"), desk.read("whole.checkpoint"));
}
