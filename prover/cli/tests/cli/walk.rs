//! `docs/walk.md` as it stands: every party's commands, on a ledger of 100,000 accounts.

use crate::support::*;
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;

const ACCOUNTS: usize = 100_000;
const SERIAL: usize = 99_995;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/walk.md");
    std::fs::read_to_string(path).expect("page")
}

/// The account of a serial, as the example program `accounts` of `zkmargin-ledger` makes it.
fn account(template: &Value, serial: usize, holder_key: Option<&str>) -> Value {
    let mut account = template.clone();
    let object = account.as_object_mut().expect("object");
    for field in ["note", "serial", "holder_key", "blinding"] {
        object.remove(field);
    }
    let positions = template["positions"].as_array().expect("positions");
    let holds = 1 + serial * 7 % positions.len();
    account["positions"] = positions.iter().take(holds).cloned().collect();
    let balance = template["balances"][0]["balance"].as_str().expect("balance");
    let (whole, fraction) = balance.split_once('.').expect("fraction");
    let whole: i64 = whole.parse().expect("whole");
    account["balances"][0]["balance"] = json!(format!("{}.{fraction}", whole + serial as i64));
    if let Some(key) = holder_key {
        account["holder_key"] = json!(key);
    }
    account
}

fn write_accounts(desk: &Desk, holder_key: &str) {
    let template = desk.json("account.json");
    let file = std::fs::File::create(desk.path("accounts.jsonl")).expect("file");
    let mut out = BufWriter::new(file);
    for serial in 0..ACCOUNTS {
        let key = (serial == SERIAL).then_some(holder_key);
        writeln!(out, "{}", account(&template, serial, key)).expect("line");
    }
    out.flush().expect("flushed");
    // The opening and the holder's file have the account's secrets.
    desk.write("account.json", account(&template, SERIAL, None).to_string());
}

fn write_prices(desk: &Desk) {
    for (source, prices) in [
        ("east", [("BTC", "63600"), ("ETH", "3487.1"), ("SOL", "148.1")]),
        ("west", [("BTC", "63590.5"), ("ETH", "3486.2"), ("SOL", "148.15")]),
    ] {
        let price = |(feed, price): (&str, &str)| {
            (feed.to_owned(), json!({"price": price, "time": "2024-07-01T18:01:40Z"}))
        };
        let prices: serde_json::Map<_, _> = prices.into_iter().map(price).collect();
        desk.write(&format!("{source}.prices.json"), Value::from(prices).to_string());
    }
}

/// Files that the page gives, by name.
fn files(page: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for block in page.split("```json ").skip(1) {
        let (name, rest) = block.split_once('\n').expect("name");
        let (text, _) = rest.split_once("```").expect("end");
        files.push((name.to_owned(), text.to_owned()));
    }
    files
}

/// The lines that the page's last block promises, and that must be printed in their order.
fn promised(page: &str) -> Vec<String> {
    let (_, block) = page.split_once("```text\n").expect("block");
    let (block, _) = block.split_once("```").expect("end");
    block.lines().map(str::to_owned).collect()
}

#[test]
fn the_page_holds() {
    let page = page();
    let desk = Desk::new();
    let redstone = params("venues/binance/examples/cross.redstone.json");
    std::fs::copy(redstone, desk.path("redstone.json")).expect("example");
    write_prices(&desk);

    let commands: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("    zkmargin ")).collect();
    assert!(commands.len() > 14, "{} commands", commands.len());
    let mut names: Vec<(&str, String)> = Vec::new();
    let filled = |text: &str, names: &[(&str, String)]| {
        names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let (mut verdict, mut last) = (String::new(), String::new());
    for command in commands {
        let command = filled(command, &names);
        let ran = desk.run(&command);
        assert_eq!(ran.code, 0, "{command}: {}{}", ran.text(), ran.stderr);
        for (file, name) in
            [("venue.key", "VENUE_KEY"), ("east.key", "EAST_KEY"), ("west.key", "WEST_KEY")]
        {
            if command.contains(&format!("keygen -o {file}")) {
                names.push((name, ran.text().trim().to_owned()));
            }
        }
        if command.starts_with("key show") {
            let value = |label: &str| {
                let line = ran.text().lines().find(|l| l.starts_with(label)).map(str::to_owned);
                line.expect(label).split_whitespace().last().expect("value").to_owned()
            };
            write_accounts(&desk, &value("holder key"));
            names.push(("PSEUDONYM", value("pseudonym")));
            for (name, text) in files(&page) {
                desk.write(&name, filled(&text, &names));
            }
        }
        (verdict, last) = (ran.text(), command);
    }
    let mut printed = verdict.lines();
    for line in promised(&page) {
        assert!(printed.any(|found| found.starts_with(&line)), "{line}: {verdict}");
    }
    let again = desk.run(&last);
    assert_eq!(again.code, 4, "{}", again.text());
    assert!(again.text().contains("is a replay"), "{}", again.text());
}
