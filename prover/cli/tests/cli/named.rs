//! Claims that name an isolated position, on the command line: two statements about one account.

use crate::support::{Desk, MARKET, Ran, SECRETS, params};
use serde_json::Value;

/// An account with isolated positions in BTC and SOL, and one of BTC in the cross book too.
fn desk() -> Desk {
    let desk = Desk::new();
    for name in ["account", "schedule", "snapshot"] {
        let from = params(&format!("venues/binance/examples/isolated.{name}.json"));
        desk.write(&format!("{name}.json"), std::fs::read(from).expect("example"));
    }
    desk.edit("account.json", |account| {
        for (field, value) in SECRETS {
            account[field] = value.into();
        }
    });
    desk
}

fn code(ran: &Ran) -> (i32, Value) {
    (ran.code, ran.json()["error"]["code"].clone())
}

#[test]
fn one_account_has_two_statements_that_name_a_position() {
    let desk = desk();
    let pins = format!("--pin-market {} --commitment {}", desk.market(), desk.commitment());
    let (only, all_but) = ("--only-isolated BTCUSDT:long", "--all-but-isolated BTCUSDT:long");
    for (option, file, said, open) in [
        (only, "only.zkm", "the isolated long position in \"BTCUSDT\" alone", "rest-of-account"),
        (
            all_but,
            "but.zkm",
            "the cross book and each isolated position except the isolated long position in \"BTCUSDT\"",
            "named-position",
        ),
    ] {
        let ran = desk.prove(&format!("{option} -o {file}"));
        assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
        let verify = |more: &str| {
            desk.run(format!("verify {file} {MARKET} {pins} --json {more}").trim_end())
        };
        let valid = verify(option);
        assert_eq!(valid.code, 0, "{}", valid.text());
        let claim = &valid.json()["result"]["claim"];
        assert_eq!(claim["books"], said, "{}", valid.text());
        assert_eq!(claim["isolated_position"]["side"], "long");
        let not_checked = valid.json()["not_checked"].clone();
        assert!(not_checked.as_array().expect("list").contains(&open.into()), "{not_checked}");
        // It is no health of the account, and of no other position.
        for other in ["", "--cross-alone", "--only-isolated SOLUSDT:short"] {
            assert_eq!(code(&verify(other)), (4, "PolicyIsolatedPosition".into()), "{other}");
        }
        let none = verify("--only-isolated DOGEUSDT:long");
        assert_eq!(code(&none), (4, "PolicyNoSuchPosition".into()));
    }
    let floor = desk.prove(&format!("{only} --floor 1000 -o floor.zkm --json"));
    assert_eq!(code(&floor), (2, "Usage".into()));
    let side = desk.prove("--only-isolated BTCUSDT -o side.zkm --json");
    assert_eq!(code(&side), (3, "NoSuchBooks".into()));
    let not_held = desk.prove("--only-isolated WLDUSDT:short -o none.zkm --json");
    // As any claim that is not true of the account.
    assert_eq!(code(&not_held), (1, "ClaimNotMet".into()));
}

#[test]
fn margin_is_of_the_named_position() {
    let desk = desk();
    let margin =
        |more: &str| desk.run(&format!("margin --account account.json {MARKET} --json {more}"));
    // No account is required to have so much.
    let level = "--claim buffer-100";
    let only = margin(&format!("{level} --only-isolated SOLUSDT:short")).json();
    let lacking = only["result"]["isolated_shortfalls"].as_array().expect("list").clone();
    let of = |list: &[Value]| list.iter().all(|lacks| lacks["instrument"] == "SOLUSDT");
    assert!(of(&lacking), "{only}");
    let but = margin(&format!("{level} --all-but-isolated SOLUSDT:short")).json();
    let lacking = but["result"]["isolated_shortfalls"].as_array().expect("list").clone();
    assert!(!lacking.iter().any(|lacks| lacks["instrument"] == "SOLUSDT"), "{but}");
}
