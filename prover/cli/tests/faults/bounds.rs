//! Hangs, memory and cost.

use crate::support::{Desk, Ran, params};
use std::path::{Path, PathBuf};

fn parquet(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/files/parquet").join(name)
}

/// A desk with a schedule and its snapshot in `in/`.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("in")).expect("folder");
    for name in ["schedule", "snapshot"] {
        let from = params(&format!("venues/hyperliquid/examples/cross.{name}.json"));
        std::fs::copy(from, desk.path(&format!("in/{name}.json"))).expect("copied");
    }
    desk
}

fn refused(ran: &Ran) -> Vec<(String, String)> {
    let json = ran.json();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let list = json["result"]["first_refused"].as_array().expect("list").clone();
    list.iter().map(|one| (text(&one["file"]), text(&one["reason"]))).collect()
}

#[cfg(unix)]
#[test]
fn fault_4_1_links_and_pipes_in_folders_are_refused_by_name() {
    use std::os::unix::fs::symlink;
    let desk = desk();
    desk.write("secret.bin", b"outside");
    symlink("..", desk.path("in/a")).expect("link");
    symlink("..", desk.path("in/b")).expect("link");
    symlink(desk.path("secret.bin"), desk.path("in/out.bin")).expect("link");
    symlink("/dev/zero", desk.path("in/zero.ndjson")).expect("link");
    for name in ["in/p.ndjson", "in/p.parquet", "in/p.JSONL", "in/p"] {
        let made = std::process::Command::new("mkfifo").arg(desk.path(name)).status();
        assert!(made.expect("mkfifo").success());
    }
    let ran = desk.run("audit ingest s.db in --sources --json");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let names: Vec<_> = refused(&ran).into_iter().map(|(file, _)| file).collect();
    for name in ["a", "b", "out.bin", "zero.ndjson", "p.ndjson", "p.parquet", "p.JSONL", "p"] {
        assert!(names.contains(&format!("in/{name}")), "{name}: {names:?}");
    }
    assert_eq!(ran.json()["result"]["refused"], 8);
    let added = ran.json()["result"]["added"].clone();
    assert_eq!(added, serde_json::json!({ "schedule": 1, "snapshot": 1 }));
}

#[cfg(unix)]
#[test]
fn fault_4_1_what_is_named_may_be_a_link_to_a_file_only() {
    use std::os::unix::fs::symlink;
    let desk = desk();
    symlink("in/schedule.json", desk.path("link.json")).expect("link");
    symlink("/dev/zero", desk.path("zero.ndjson")).expect("link");
    symlink("/dev/zero", desk.path("zero.parquet")).expect("link");
    symlink("/dev/zero", desk.path("zero")).expect("link");
    let ran = desk.run("audit ingest s.db link.json zero.ndjson zero.parquet zero --json");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let refused = refused(&ran);
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused.iter().all(|(_, why)| why.contains("not a regular file")), "{refused:?}");
    assert_eq!(ran.json()["result"]["added"]["schedule"], 1);
}

#[test]
fn fault_4_1_depth_is_bounded() {
    let desk = desk();
    let deep = (0..40).fold(desk.path("in"), |at, _| at.join("d"));
    std::fs::create_dir_all(&deep).expect("folders");
    std::fs::write(deep.join("x.json"), b"{}").expect("file");
    let ran = desk.run("audit ingest s.db in --json");
    let refused = refused(&ran);
    assert_eq!((ran.code, refused.len()), (3, 1), "{refused:?}");
    assert!(refused[0].1.contains("deeper than 32 folders"), "{refused:?}");
}

/// Two kilobytes with a thousand rows of forty megabytes each.
#[test]
fn fault_4_2_parquet_is_bounded_by_bytes() {
    let desk = desk();
    std::fs::copy(parquet("hostile-dictionary.parquet"), desk.path("h.parquet")).expect("copied");
    let command = assert_cmd::cargo::cargo_bin!("zkmargin");
    let limited = "ulimit -v 1000000; exec \"$0\" audit ingest s.db h.parquet --json";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", limited]).arg(command).current_dir(desk.path("."));
    let output = shell.output().expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}{errors}");
    assert!(text.contains("bytes of values up to row"), "{text}");
}

#[test]
fn fault_7_9_parquet_of_other_programs_is_read() {
    for name in [
        "pyarrow-gzip.parquet",
        "pyarrow-lz4.parquet",
        "pyarrow-large.parquet",
        "pyarrow-view.parquet",
        "pandas.parquet",
        "polars.PARQUET",
        "duckdb.parquet",
    ] {
        let desk = desk();
        std::fs::copy(parquet(name), desk.path(name)).expect("copied");
        let ran = desk.run(&format!("audit ingest s.db {name} --json"));
        assert_eq!(ran.code, 0, "{name}: {}{}", ran.text(), ran.stderr);
        let added = ran.json()["result"]["added"].clone();
        assert_eq!(added, serde_json::json!({ "schedule": 1, "snapshot": 1 }), "{name}");
    }
}

#[test]
fn fault_7_9_a_time_without_a_zone_is_refused_in_words() {
    let desk = desk();
    std::fs::copy(parquet("pyarrow-naive-time.parquet"), desk.path("n.parquet")).expect("copied");
    let ran = desk.run("audit ingest s.db n.parquet --json");
    let refused = refused(&ran);
    assert_eq!((ran.code, refused.len()), (3, 1), "{refused:?}");
    assert!(refused[0].1.contains("timestamp in UTC"), "{refused:?}");
}

#[test]
fn fault_7_9_standard_input_and_upper_case_endings() {
    let desk = desk();
    let read = |name: &str| desk.read(&format!("in/{name}.json"));
    let line = |bytes: Vec<u8>| {
        serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON").to_string()
    };
    let lines = format!("{}\n{}\n", line(read("schedule")), line(read("snapshot")));
    let ran = desk.run_with("audit ingest s.db - --json", lines.as_bytes());
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let both = serde_json::json!({ "schedule": 1, "snapshot": 1 });
    assert_eq!(ran.json()["result"]["added"], both);
    let ran = desk.run_with("audit ingest t.db - --json", &read("schedule"));
    assert_eq!((ran.code, ran.json()["result"]["added"]["schedule"].as_u64()), (0, Some(1)));
    desk.write("x.NDJSON", &lines);
    let ran = desk.run("audit ingest u.db x.NDJSON --json");
    assert_eq!((ran.code, ran.json()["result"]["added"].clone()), (0, both));
    let ran = desk.run_with("audit ingest v.db - --json", b"PAR1 and more");
    assert_eq!(ran.code, 3);
    assert!(refused(&ran)[0].1.contains("write it to a file"), "{}", ran.text());
}
