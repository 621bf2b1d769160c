//! Portfolio accounts: exit codes, members of the JSON form, plots.

use serde_json::Value;
use std::process::{Command, Output};

/// Runs `margin` on an example of a venue.
fn margin(example: &str, more: &[&str]) -> Output {
    let file = |kind: &str| {
        format!("{}/../../params/venues/{example}.{kind}.json", env!("CARGO_MANIFEST_DIR"))
    };
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"));
    command.arg("margin");
    for kind in ["account", "schedule", "snapshot"] {
        command.arg(format!("--{kind}")).arg(file(kind));
    }
    command.args(more).output().expect("the command runs")
}

fn json(example: &str, more: &[&str]) -> (i32, Value) {
    let output = margin(example, &[&["--json"], more].concat());
    let value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    (output.status.code().expect("an exit code"), value)
}

const DERIVE: &str = "derive/examples/options";
const SPAN: &str = "takasbank/examples/commodity";

#[test]
fn both_requirements_in_json() {
    let (code, of) = json(DERIVE, &["--claim", "initial", "--stress", "tails"]);
    assert_eq!(code, 0);
    let result = &of["result"];
    assert_eq!(result["account"], "portfolio");
    assert_eq!(result["claim_met"], true);
    assert_eq!(result["stress"]["keeps"], true);
    for requirement in ["maintenance", "initial"] {
        let of = &result["requirements"][requirement];
        assert_eq!(of["units"][0]["scenarios"].as_array().map(Vec::len), Some(31));
        assert_eq!(of["positions"].as_array().map(Vec::len), Some(7));
        assert_eq!(of["is_met"], true);
    }
}

#[test]
fn plots_are_written_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("loss.svg");
    let path = path.to_str().expect("a name");
    assert_eq!(margin(SPAN, &["--plot", path]).status.code(), Some(0));
    let svg = std::fs::read_to_string(path).expect("the plot");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    // One bar for each scenario on one background.
    assert_eq!(svg.matches("<rect").count(), 17);
    assert_eq!(json(SPAN, &["--plot", path]).1["error"]["code"], "FileExists");
    let streamed = margin(SPAN, &["--plot", "-"]);
    assert_eq!(String::from_utf8_lossy(&streamed.stdout), svg);
}
