//! Files of the user's that are lost.

use crate::support::*;
use serde_json::json;

/// Runs a command that must refuse its output, and compares all files before and after.
fn refused(desk: &Desk, arguments: &str, code: &str) {
    let files = |desk: &Desk| -> Vec<(String, Option<Vec<u8>>)> {
        let names = desk.listing();
        names.into_iter().map(|name| (name.clone(), std::fs::read(desk.path(&name)).ok())).collect()
    };
    let before = files(desk);
    let ran = desk.run(&format!("{arguments} --json"));
    let object = ran.json();
    assert_eq!(object["error"]["code"], json!(code), "{arguments}: {object}");
    assert_eq!(ran.code, if code == "OutputTwice" { 2 } else { 5 }, "{arguments}");
    assert!(files(desk) == before, "{arguments}: a file changed");
}

#[test]
fn fault_6_an_input_is_not_replaced() {
    let desk = Desk::new();
    desk.run("keygen -o venue.key note --name venue.example");
    std::fs::hard_link(desk.path("account.json"), desk.path("hard.json")).expect("link");
    std::fs::create_dir(desk.path("sub")).expect("folder");
    desk.write("own.json", "{}");
    let prove = format!("prove --account account.json {MARKET} --audience a --force");
    let mut outputs = vec![
        "account.json",
        "./account.json",
        "sub/../account.json",
        "hard.json",
        "schedule.json",
        "snapshot.json",
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("account.json", desk.path("soft.json")).expect("link");
        outputs.push("soft.json");
    }
    for output in outputs {
        refused(&desk, &format!("{prove} -o {output}"), "OutputIsInput");
    }
    refused(&desk, &format!("{prove} --log a.log -o a.log"), "OutputIsInput");
    refused(&desk, &format!("{prove} --log a.log -o a.log-wal"), "OutputIsInput");
    refused(&desk, &format!("{prove} --log a.log --policy own.json -o own.json"), "OutputIsInput");
    let sources = "--log a.log --policy own.json --source one=note.txt";
    refused(&desk, &format!("{prove} {sources} -o note.txt"), "OutputIsInput");
    for arguments in [
        "commit --account account.json --schedule schedule.json --fresh -o account.json --force",
        "schedule sign schedule.json --signer venue.key -o schedule.json --force",
        "schedule sign schedule.json --signer venue.key -o venue.key --force",
        "snapshot sign snapshot.json --schedule schedule.json --signer venue.key -o snapshot.json --force",
        "challenge --policy own.json --seen seen.db -o seen.db --force",
        "keygen --passphrase-file own.json -o own.json --force holder",
    ] {
        refused(&desk, arguments, "OutputIsInput");
    }
}

#[test]
fn fault_6_a_secret_is_not_replaced() {
    let desk = Desk::new();
    for (name, kind) in [("note.key", "note --name a"), ("holder.json", "holder")] {
        assert_eq!(desk.run(&format!("keygen -o {name} {kind}")).code, 0);
    }
    desk.write("sealed.key", "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n");
    desk.write("sealed", b"age-encryption.org/v1\n-> scrypt\n");
    desk.write("other.json", desk.read("account.json"));
    desk.write("mine.json", json!({"serial": 1, "format": "zkmargin-opening/1"}).to_string());
    std::fs::create_dir(desk.path("work")).expect("folder");
    desk.write("work/blinding.seed", [7; 32]);
    let secrets = [
        "note.key",
        "holder.json",
        "sealed.key",
        "sealed",
        "other.json",
        "mine.json",
        "work/blinding.seed",
    ];
    for secret in secrets {
        let before = desk.read(secret);
        refused(&desk, &format!("keygen -o {secret} --force holder"), "OutputIsSecret");
        let prove =
            format!("prove --account account.json {MARKET} --audience a -o {secret} --force");
        refused(&desk, &prove, "OutputIsSecret");
        assert_eq!(desk.read(secret), before);
        // Without --force as before, but without the advice to pass it.
        let ran = desk.run(&format!("keygen -o {secret} holder"));
        assert!(
            ran.stderr.contains("FileExists") && !ran.stderr.contains("--force"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn fault_6_a_store_is_not_replaced() {
    let desk = Desk::new();
    assert_eq!(desk.run("audit ingest store schedule.json").code, 0);
    desk.write("memory", b"SQLite format 3\0 and so on");
    desk.write("memory-wal", [0x37, 0x7f, 0x06, 0x82]);
    for output in ["store", "memory", "memory-wal"] {
        let prove =
            format!("prove --account account.json {MARKET} --audience a -o {output} --force");
        refused(&desk, &prove, "OutputIsStore");
    }
    // A folder and other things that are no files.
    std::fs::create_dir(desk.path("folder")).expect("folder");
    let prove = format!("prove --account account.json {MARKET} --audience a -o folder --force");
    refused(&desk, &prove, "OutputIsNoFile");
}

#[test]
fn fault_6_outputs_do_not_replace_each_other() {
    let desk = Desk::new();
    desk.write("accounts.jsonl", "{}");
    let build = "ledger build accounts.jsonl --schedule schedule.json --epoch 1 \
                 --time 2024-07-01T18:00:00Z --work work --force";
    refused(&desk, &format!("{build} --openings all -o all/0.json"), "OutputTwice");
    refused(&desk, &format!("{build} -o work/leaves.json"), "OutputTwice");
    refused(&desk, &format!("{build} -o accounts.jsonl"), "OutputIsInput");
}

#[test]
fn a_file_of_ones_own_is_still_replaced() {
    let desk = Desk::new();
    desk.write("note.txt", "older");
    desk.run("keygen -o venue.key note --name venue.example");
    let ran = desk.run("schedule sign schedule.json --signer venue.key -o note.txt --force");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_ne!(desk.read("note.txt"), b"older");
}
