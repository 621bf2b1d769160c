//! Secret files that others can read: the command goes on and says so.

use crate::support::Desk;
use std::os::unix::fs::PermissionsExt;

fn open_to(desk: &Desk, name: &str, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(desk.path(name), permissions).expect(name);
}

/// Whatever command reads a key, an account's secrets or an opening.
#[test]
fn a_secret_file_that_others_can_read_is_told() {
    let desk = Desk::new();
    open_to(&desk, ".", 0o755);
    assert_eq!(desk.run("keygen -o attester.key note --name attester.example").code, 0);
    assert_eq!(desk.run("keygen -o holder.key holder").code, 0);
    let market = "--schedule schedule.json --snapshot snapshot.json";
    let commands = [
        ("attester.key", "key show attester.key".to_owned()),
        ("holder.key", "key show holder.key --audience desk-42".to_owned()),
        ("account.json", format!("margin --account account.json {market}")),
        ("account.json", "commit --account account.json --schedule schedule.json".to_owned()),
        (
            "attester.key",
            "attest --account account.json --schedule schedule.json --checked balances --signer attester.key --force -o a.note"
                .to_owned(),
        ),
    ];
    for (secret, command) in &commands {
        open_to(&desk, secret, 0o600);
        let ran = desk.run(command);
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        assert!(!ran.stderr.contains("chmod"), "{command}: {}", ran.stderr);
        for mode in [0o644, 0o640, 0o604] {
            open_to(&desk, secret, mode);
            let ran = desk.run(command);
            assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
            let words = format!("and other users can read it: run `chmod 600 {secret}`");
            let told = ran.stderr.matches(&words).count();
            assert_eq!(told, 1, "{command} at {mode:o}: {}", ran.stderr);
            assert!(ran.stderr.starts_with("warning: "), "{}", ran.stderr);
        }
        let ran = desk.run(&format!("{command} --json"));
        let codes = ran.json()["warnings"].to_string();
        assert!(codes.contains("SecretExposed"), "{command}: {codes}");
        // Nobody comes to a file in a folder that nobody enters.
        open_to(&desk, ".", 0o700);
        let ran = desk.run(command);
        assert!(!ran.stderr.contains("chmod"), "{command}: {}", ran.stderr);
        open_to(&desk, ".", 0o755);
        open_to(&desk, secret, 0o600);
    }
}

/// Secrets that are not there are none, and those of a file in another file are.
#[test]
fn secrets_are_told_by_what_is_there() {
    let desk = Desk::new();
    open_to(&desk, ".", 0o755);
    let original = desk.json("account.json");
    let told = |account: serde_json::Value| {
        desk.write("account.json", account.to_string());
        open_to(&desk, "account.json", 0o644);
        let market = "--schedule schedule.json --snapshot snapshot.json";
        desk.run(&format!("margin --account account.json {market}")).stderr.contains("chmod")
    };
    let mut account = original.clone();
    for (field, _) in crate::support::SECRETS {
        account[field] = serde_json::Value::Null;
    }
    assert!(!told(account));
    // Whatever else the file is.
    assert!(told(serde_json::json!({ "format": "zkmargin-report/1", "of": [original] })));
}

/// An account without secrets is in every example; schedules and keys of others are no secrets.
#[test]
fn what_is_no_secret_is_not_told() {
    let desk = Desk::new();
    open_to(&desk, ".", 0o755);
    desk.edit("account.json", |account| {
        let account = account.as_object_mut().expect("object");
        for (field, _) in crate::support::SECRETS {
            account.remove(field);
        }
    });
    for name in ["account.json", "schedule.json", "snapshot.json"] {
        open_to(&desk, name, 0o644);
    }
    let ran =
        desk.run("margin --account account.json --schedule schedule.json --snapshot snapshot.json");
    assert_eq!((ran.code, ran.stderr.contains("chmod")), (0, false), "{}", ran.stderr);
}

/// Before a failure too: what is wrong with the key does not make it less exposed.
#[test]
fn a_failure_has_the_warning_too() {
    let desk = Desk::new();
    open_to(&desk, ".", 0o755);
    desk.write("my key", "PRIVATE+KEY+nonsense");
    open_to(&desk, "my key", 0o644);
    let ran = desk.paste("zkmargin key show 'my key'");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("run `chmod 600 'my key'`"), "{}", ran.stderr);
}
