//! Key files under a passphrase.

use crate::support::*;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("pass", "correct horse\n");
    desk.write("wrong", "battery staple\n");
    desk
}

fn code_of(ran: &Ran) -> (i32, String) {
    (ran.code, ran.json()["error"]["code"].as_str().unwrap_or("").to_owned())
}

#[test]
fn sealed_keys_open_with_the_passphrase_only() {
    let desk = desk();
    let ran =
        desk.run("keygen --passphrase --passphrase-file pass -o venue.key note --name v.example");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let public = ran.text();
    let file = String::from_utf8(desk.read("venue.key")).expect("armor");
    assert!(file.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"), "{file}");
    assert!(!file.contains("PRIVATE+KEY"));
    assert_eq!(desk.run("key show venue.key --passphrase-file pass").text(), public);
    let show = |more: &str| code_of(&desk.run(&format!("key show venue.key --json{more}")));
    assert_eq!(show(" --passphrase-file wrong"), (3, "BadPassphrase".into()));
    // Nobody to ask: standard input is no terminal.
    assert_eq!(show(""), (2, "Usage".into()));
    desk.write("empty", "\n");
    assert_eq!(show(" --passphrase-file empty"), (2, "Usage".into()));
    assert_eq!(show(" --passphrase-file nowhere"), (5, "CannotRead".into()));

    // Changed, and cut.
    let flipped = file.replacen("\nYWdl", "\nYWdm", 1);
    assert_ne!(flipped, file);
    for damaged in [flipped.as_str(), &file[..file.len() / 2]] {
        desk.write("venue.key", damaged);
        let (exit, code) = show(" --passphrase-file pass");
        assert_eq!(exit, 3, "{code}");
    }
}

#[test]
fn a_sealed_key_signs() {
    let desk = desk();
    let made = "keygen --passphrase --passphrase-file pass -o venue.key note --name v.example";
    assert_eq!(desk.run(made).code, 0);
    let sign = "snapshot sign snapshot.json --schedule schedule.json --signer venue.key -o s.note";
    assert_eq!(desk.run(sign).code, 2);
    let ran = desk.run(&format!("{sign} --passphrase-file pass"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(String::from_utf8(desk.read("s.note")).expect("text").contains("— v.example "));
    // A holder's secret, and nothing of it in any output.
    let made = desk.run("keygen --passphrase --passphrase-file pass -o holder.age holder --json");
    assert_eq!(made.code, 0);
    let shown = desk.run("key show holder.age --audience desk-42 --passphrase-file pass");
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.text().starts_with("pseudonym"));
}
