//! Commands that the pages print about a desk's work run as they are printed.

use crate::support::{Desk, params};
use serde_json::json;

/// The commands of a page, continued lines as one.
fn printed(page: &str) -> Vec<String> {
    let path = params("../docs").join(page);
    let text = std::fs::read_to_string(path).expect("the page").replace("\\\n", " ");
    let commands = text.lines().filter_map(|line| line.strip_prefix("    zkmargin "));
    let about = ["what-if ", "liquidation ", "watch ", "reconcile ", "import --from deribit "];
    let about = commands.filter(|line| about.iter().any(|name| line.starts_with(name)));
    about.map(|line| format!("zkmargin {line}")).collect()
}

/// The files that the pages name: Binance's example, and answers of a venue.
fn desk(venue: &str) -> Desk {
    let desk = Desk::new();
    for (kind, name) in [("account", "a.json"), ("schedule", "s.json"), ("snapshot", "p.json")] {
        let from = params(&format!("venues/binance/examples/cross.{kind}.json"));
        desk.write(name, std::fs::read(from).expect("example"));
    }
    let folder = params(&format!("venues/{venue}/examples/answers"));
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        desk.write(&format!("answers/{name}"), std::fs::read(&path).expect("file"));
    }
    desk
}

#[test]
fn commands_about_liquidation_run() {
    let mut ran = 0;
    for page in ["liquidation.md", "cli.md"] {
        // Its last commands are of Deribit's answers.
        let desk = desk("deribit");
        for command in printed(page) {
            let done = desk.paste(&command);
            assert_eq!(done.code, 0, "{page}: {command}: {}{}", done.text(), done.stderr);
            ran += 1;
        }
    }
    assert_eq!(ran, 7);
}

#[test]
fn commands_about_reconciling_run() {
    let desk = desk("binance");
    let report = "zkmargin reconcile --from binance answers/ -o report.json";
    let done = desk.paste(report);
    assert!([0, 9].contains(&done.code), "{}{}", done.text(), done.stderr);
    let key = "zkmargin keygen -o attester.key note --name attester.example";
    assert_eq!(desk.paste(key).code, 0);
    let shown = desk.run("key show attester.key --json").json();
    let keys = json!({ "format": "zkmargin-keys/1", "keys": [{
        "name": "attester.example", "key": shown["result"]["verifier_key"], "role": "attester",
        "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
    }]});
    desk.write("keys.json", keys.to_string());
    let commands = printed("reconcile.md");
    assert_eq!(commands.len(), 4, "{commands:?}");
    for command in commands {
        let done = desk.paste(&command);
        // A comparison that leaves something uncompared has run.
        assert!([0, 9].contains(&done.code), "{command}: {}{}", done.text(), done.stderr);
    }
}

/// With the page's program and file for Prometheus in the desk's folder, and an end.
#[test]
fn the_command_about_watching_runs() {
    let desk = desk("binance");
    desk.write("snapshots/1.json", desk.read("p.json"));
    desk.write("page.sh", "#!/bin/sh\nexit 0\n");
    let commands = printed("watch.md");
    assert_eq!(commands.len(), 1, "{commands:?}");
    let command = commands[0].replace("/var/lib/node_exporter/", "");
    let done = desk.paste(&format!("{command} --once"));
    assert_eq!(done.code, 0, "{}{}", done.text(), done.stderr);
    assert!(done.text().contains("\"met\":true"), "{}", done.text());
    assert!(desk.path("zkmargin.prom").exists());
}
