//! The audit command: from files to a report, exit codes, and kills.

use assert_cmd::cargo::CommandCargoExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use zkmargin_model::statement::AccountReference;
use zkmargin_pool::small;

fn zkmargin(folder: &TempDir) -> Command {
    let mut command = Command::cargo_bin("zkmargin").expect("binary");
    command.current_dir(folder.path()).arg("audit");
    command
}

#[track_caller]
fn run(folder: &TempDir, code: i32, arguments: &[&str]) -> String {
    let output: Output = zkmargin(folder).args(arguments).output().expect("runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}{errors}");
    format!("{text}{errors}")
}

/// Gives the store the pool's manifest, with the list of what is due.
#[track_caller]
fn expect(folder: &TempDir, store: &str, pool: &str) {
    let [manifest, due, note, keys] =
        ["manifest.json", "due.csv", "manifest.note", "keys.json"].map(|f| format!("{pool}/{f}"));
    let files = ["--manifest", &manifest, "--due", &due, "--note", &note, "--keys", &keys];
    run(folder, 0, &[&["expect", store], &files[..]].concat());
}

/// A folder with a link to the pool's files.
fn folder() -> (TempDir, String) {
    (TempDir::new().expect("folder"), small::folder().display().to_string())
}

#[test]
fn from_files_to_a_report() {
    let (folder, pool) = folder();
    let (evidence, proofs) = (format!("{pool}/evidence"), format!("{pool}/proofs"));
    run(&folder, 5, &["missing", "s.db"]);
    let text = run(&folder, 0, &["ingest", "s.db", &proofs, &evidence, "--submitter", "venue"]);
    assert!(text.contains("proofs         8") && text.contains("refused        0"), "{text}");
    run(&folder, 2, &["run", "s.db", "--run", "a.run"]);
    let (manifest, due) = (format!("{pool}/manifest.json"), format!("{pool}/due.csv"));
    let (note, keys) = (format!("{pool}/manifest.note"), format!("{pool}/keys.json"));
    let signer = format!("{pool}/auditor.key");
    run(
        &folder,
        0,
        &["sign", "--manifest", &manifest, "--due", &due, "--signer", &signer, "-o", "m.note"],
    );
    assert_eq!(std::fs::read(folder.path().join("m.note")).ok(), std::fs::read(&note).ok());
    expect(&folder, "s.db", &pool);
    expect(&folder, "s.db", &pool);
    run(&folder, 0, &["missing", "s.db"]);
    run(&folder, 2, &["run", "s.db", "--run", "a.run", "--shard", "2/2"]);
    for shard in ["0/2", "1/2"] {
        let file = format!("{}.run", &shard[..1]);
        run(&folder, 0, &["run", "s.db", "--run", &file, "--shard", shard]);
    }
    run(&folder, 2, &["report", "s.db", "--run", "0.run", "-o", "part"]);
    run(&folder, 6, &["merge", "s.db", "0.run", "-o", "m.run"]);
    run(&folder, 0, &["merge", "s.db", "0.run", "1.run", "-o", "m.run"]);
    let text =
        run(&folder, 0, &["report", "s.db", "--run", "m.run", "-o", "r", "--signer", &signer]);
    assert!(text.starts_with("COMPLETE: "), "{text}");
    run(&folder, 5, &["report", "s.db", "--run", "m.run", "-o", "r"]);
    check_report(&folder);

    // The log.
    let sign = [
        "log",
        "checkpoint",
        "s.db",
        "--origin",
        "log.example",
        "--signer",
        &signer,
        "-o",
        "c.note",
    ];
    run(&folder, 0, &sign);
    let file = format!("{proofs}/0001/00000.zkm");
    run(
        &folder,
        0,
        &["log", "prove", "s.db", "--file", &file, "--checkpoint", "c.note", "-o", "p.tlog"],
    );
    let check = |code, file: &str, origin| {
        run(
            &folder,
            code,
            &["log", "check", "p.tlog", "--file", file, "--origin", origin, "--keys", &keys],
        )
    };
    assert!(check(0, &file, "log.example").starts_with("VALID"));
    assert!(check(1, &file, "other.example").starts_with("INVALID"));
    assert!(check(1, &due, "log.example").starts_with("INVALID"));
    run(
        &folder,
        0,
        &[
            "log",
            "verify",
            "s.db",
            "--checkpoint",
            "c.note",
            "--origin",
            "log.example",
            "--keys",
            &keys,
        ],
    );
    run(
        &folder,
        4,
        &[
            "log",
            "verify",
            "s.db",
            "--checkpoint",
            "c.note",
            "--origin",
            "other.example",
            "--keys",
            &keys,
        ],
    );
    run(&folder, 2, &["log", "verify", "s.db", "--checkpoint", "c.note"]);
    let forged = std::fs::read_to_string(folder.path().join("c.note")).expect("note");
    let forged = forged.replacen("log.example\n", "log.example\n0", 1).replacen("\n0", "\n", 1);
    let forged = forged.replace("pool-auditor.example", "nobody.example");
    std::fs::write(folder.path().join("f.note"), forged).expect("written");
    run(
        &folder,
        4,
        &[
            "log",
            "verify",
            "s.db",
            "--checkpoint",
            "f.note",
            "--origin",
            "log.example",
            "--keys",
            &keys,
        ],
    );
    run(
        &folder,
        4,
        &["log", "prove", "s.db", "--file", &due, "--checkpoint", "c.note", "-o", "q.tlog"],
    );

    // Out as Parquet and into a new store: the same audit.
    run(&folder, 0, &["export", "s.db", "-o", "out", "--rows", "3"]);
    run(&folder, 0, &["ingest", "t.db", "out/evidence.parquet", "out", "--submitter", "venue"]);
    expect(&folder, "t.db", &pool);
    run(&folder, 0, &["run", "t.db", "--run", "t.run"]);
    run(&folder, 0, &["report", "t.db", "--run", "t.run", "-o", "tr"]);
    // The log of one store does not go on from that of another.
    run(
        &folder,
        4,
        &[
            "log",
            "verify",
            "t.db",
            "--checkpoint",
            "c.note",
            "--origin",
            "log.example",
            "--keys",
            &keys,
        ],
    );
}

/// The page stands for itself, and the note names every file.
fn check_report(folder: &TempDir) {
    let read =
        |name: &str| std::fs::read_to_string(folder.path().join("r").join(name)).expect(name);
    let page = read("report.html");
    for forbidden in ["<script", "http://", "https://", "url(", "@import", "src=", "javascript:"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("<svg") && page.contains("workers are trusted"));
    let note = read("report.note");
    for name in ["exceptions.csv", "periods.csv", "report.html", "report.json"] {
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(read(name)));
        assert!(note.contains(&format!("file {name}\nsha256 {digest}\n")), "{name}");
    }
    let json: serde_json::Value = serde_json::from_str(&read("report.json")).expect("JSON");
    assert_eq!(json["findings"]["verdict"], "complete");
    assert_eq!(json["findings"]["shown"], 8);
    assert_eq!(read("periods.csv").lines().count(), 3);
    assert_eq!(read("exceptions.csv").lines().count(), 1);
}

#[test]
fn what_is_wrong_has_its_exit_code() {
    let (folder, pool) = folder();
    let files = small::files();
    let path = |name: &str| folder.path().join(name);
    let mut bad = files[&small::proof_name(1, 0)].clone();
    bad.truncate(100);
    std::fs::write(path("short.zkm"), bad).expect("written");
    std::fs::write(path("notes.txt"), "hello").expect("written");
    let evidence = format!("{pool}/evidence");
    std::fs::write(path("bad.parquet"), "PAR1").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", path("link.zkm")).expect("link");
    let text = run(
        &folder,
        3,
        &["ingest", "s.db", "link.zkm", &evidence, "bad.parquet", "short.zkm", "notes.txt"],
    );
    assert!(text.contains("refused bad.parquet") && text.contains("enrolment      8"), "{text}");
    assert!(text.contains("refused short.zkm: proof: the bytes end"), "{text}");
    // One line of NDJSON is a twin; a bad line is named, and the others are taken in.
    let twins: String = (0..3)
        .map(|h| {
            let json: serde_json::Value =
                serde_json::from_str(&small::envelope(&files, 1, h).to_json()).expect("JSON");
            format!("{json}\n")
        })
        .collect();
    std::fs::write(path("twins.ndjson"), format!("{twins}{{\"format\":\"zkmargin-proof/1\"}}\n\n"))
        .expect("written");
    let text = run(&folder, 3, &["ingest", "s.db", "twins.ndjson"]);
    assert!(text.contains("proofs   3") && text.contains("twins.ndjson:4"), "{text}");
    expect(&folder, "s.db", &pool);
    let text = run(&folder, 6, &["missing", "s.db"]);
    assert!(text.starts_with("INCOMPLETE: 5 of 8"), "{text}");
    run(&folder, 0, &["run", "s.db", "--run", "r.run"]);
    let text = run(&folder, 6, &["report", "s.db", "--run", "r.run", "-o", "r"]);
    assert!(text.starts_with("INCOMPLETE"), "{text}");
}

/// Killed again and again, a store keeps what it said it has, and its log stays whole.
#[test]
fn kills_lose_nothing_acknowledged() {
    let (folder, pool) = folder();
    let many = folder.path().join("many");
    std::fs::create_dir(&many).expect("folder");
    let real = small::envelope(&small::files(), 1, 0);
    for i in 0..3000u32 {
        let mut statement = real.statement().clone();
        let AccountReference::Ledger { nullifier, .. } = &mut statement.account else {
            panic!("no ledger")
        };
        *nullifier = u64::from(i).into();
        let proof = i.to_le_bytes().repeat(500);
        let random =
            zkmargin_model::envelope::Envelope::new(statement, proof).expect("well-formed");
        std::fs::write(many.join(format!("{i:05}.zkm")), random.encode()).expect("written");
    }
    run(&folder, 0, &["ingest", "s.db", &format!("{pool}/evidence")]);
    let mut acknowledged = Vec::new();
    let mut killed = 0;
    for round in 0..12u64 {
        let file = format!("many/{:05}.zkm", round * 17);
        run(&folder, 0, &["ingest", "s.db", &file]);
        acknowledged.push(folder.path().join(&file));
        let mut child = zkmargin(&folder)
            .args(["ingest", "s.db", "many"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("runs");
        std::thread::sleep(Duration::from_millis(7 * round));
        child.kill().expect("killed");
        killed += u32::from(!child.wait().expect("ended").success());
        run(&folder, 0, &["log", "verify", "s.db"]);
        let store = zkmargin_audit::Store::open(&folder.path().join("s.db")).expect("store");
        for file in &acknowledged {
            let digest = zkmargin_model::envelope::file_digest(&std::fs::read(file).expect("file"));
            assert!(store.find(&digest).expect("store").is_some(), "{}", file.display());
        }
    }
    assert!(killed > 3, "{killed}");
    run(&folder, 0, &["ingest", "s.db", "many"]);
    let store = zkmargin_audit::Store::open(&folder.path().join("s.db")).expect("store");
    assert_eq!(store.numbers(true, u64::MAX >> 1).expect("numbers").len(), 3000);
}

/// An interrupted run ends in good order and goes on; so does a killed one.
#[cfg(unix)]
#[test]
fn interrupted_runs_go_on() {
    let (folder, pool) = folder();
    let list = |name: &str| format!("{pool}/{name}");
    run(&folder, 0, &["ingest", "s.db", &list("evidence"), &list("proofs")]);
    expect(&folder, "s.db", &pool);
    let stopped = |signal: &str, after: Duration| {
        let child = zkmargin(&folder)
            .args(["run", "s.db", "--run", "r.run"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("runs");
        std::thread::sleep(after);
        Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
        let output = child.wait_with_output().expect("ended");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    for signal in ["-INT", "-KILL", "-INT"] {
        // On a busy machine an interrupt may arrive before the command listens, which ends any process: later, then.
        let mut pauses = (0..8).map(|doubled| Duration::from_millis(60 << doubled));
        let (code, text) = loop {
            let (code, text) = stopped(signal, pauses.next().expect("listens within seconds"));
            if code.is_some() || signal == "-KILL" {
                break (code, text);
            }
        };
        match code {
            Some(8) => assert!(text.starts_with("INTERRUPTED"), "{text}"),
            // Killed; or it was done already.
            None => {}
            Some(code) => assert_eq!(code, 0, "{text}"),
        }
    }
    run(&folder, 0, &["run", "s.db", "--run", "r.run"]);
    run(&folder, 0, &["report", "s.db", "--run", "r.run", "-o", "r"]);
}
