//! All samples of answers that hold an account and figures of the venue: the table of `docs/reconcile-samples.md`.

use crate::support::{data_folder, figures, market, own, schedule};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use zkmargin_params::CompiledMarket;
use zkmargin_params::venues::{Binance, Dydx, Hyperliquid, Lighter, StatesFigures, VenueFigures};
use zkmargin_params::{SnapshotFile, compile};
use zkmargin_reconcile::{Alternatives, Line, Outcome, Own, Reconciled, Setting, reconcile, shown};

pub struct Sample {
    name: &'static str,
    venue: &'static str,
    figures: VenueFigures,
    market: Arc<CompiledMarket>,
    initial: Option<Arc<CompiledMarket>>,
    /// Where the marks are from.
    marks: &'static str,
    /// Why figures without a cause have none.
    remark: &'static str,
}

impl Sample {
    pub fn remarked(self, remark: &'static str) -> Self {
        Self { remark, ..self }
    }
}

pub fn sample<V: StatesFigures>(
    name: &'static str,
    venue: &'static str,
    answer: &Value,
    market: Arc<CompiledMarket>,
    marks: &'static str,
) -> Sample {
    Sample { name, venue, figures: figures::<V>(answer), market, initial: None, marks, remark: "" }
}

pub fn json_of(folder: &Path, path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(path)).unwrap()).unwrap()
}

/// The body of the recorded response: a JSON text in single quotes.
fn recorded(folder: &Path) -> Value {
    let text =
        std::fs::read_to_string(folder.join("hyperliquid/test_get_user_state.yaml")).unwrap();
    let (_, body) = text.split_once("string: '").unwrap();
    serde_json::from_str(body.split_once("'\n").unwrap().0).unwrap()
}

pub const OF_ANSWER: &str = "the answer's";

fn hyperliquid(folder: &Path, ccxt: &Value) -> Vec<Sample> {
    let example =
        |kind: &str| crate::support::venue_file(&format!("hyperliquid/examples/cross.{kind}.json"));
    let of = zkmargin_params::Schedule::from_json(&example("schedule")).unwrap();
    let prices = SnapshotFile::from_json(&example("snapshot")).unwrap();
    let cross = Arc::new(compile(&of, &prices).unwrap());
    let isolated =
        market(&schedule("hyperliquid/examples/isolated.schedule.json"), &[("ETH", "2213.9")]);
    let unlisted =
        "nautilus_fixtures/hyperliquid/http_clearinghouse_state_negative_total_raw_usd.json";
    let position = json!({ "assetPositions": [ccxt["hyperliquid"][0]["raw"]] });
    vec![
        sample::<Hyperliquid>(
            "hyperliquid/test_get_user_state.yaml (recorded)",
            "Hyperliquid",
            &recorded(folder),
            cross.clone(),
            "example snapshot",
        ),
        sample::<Hyperliquid>(unlisted, "Hyperliquid", &json_of(folder, unlisted), cross, "none"),
        sample::<Hyperliquid>(
            "ccxt/unified_samples.json, hyperliquid 1 (isolated position)",
            "Hyperliquid",
            &position,
            isolated,
            OF_ANSWER,
        ),
    ]
}

fn binance(folder: &Path, ccxt: &Value) -> Vec<Sample> {
    let of = schedule("binance/examples/isolated.schedule.json");
    let at = |marks: &[(&str, &str)]| market(&of, marks);
    let list = |number: usize| json!([ccxt["binance"][number]["raw"]]);
    let file = |name: &str| json_of(folder, &format!("nautilus_fixtures/binance/{name}.json"));
    let of = |name, answer: Value, market, marks| {
        sample::<Binance>(name, "Binance USD-M", &answer, market, marks)
    };
    vec![
        of(
            "ccxt/unified_samples.json, binance 1 (WLDUSDT long)",
            list(0),
            at(&[("WLDUSDT", "2.3956")]),
            OF_ANSWER,
        ),
        of(
            "ccxt/unified_samples.json, binance 2 (WLDUSDT short)",
            list(1),
            at(&[("WLDUSDT", "2.3468325")]),
            OF_ANSWER,
        ).remarked("put together from several answers: the profit is that of an entry price of 2.36, the answer says 2.34; the initial margin of the position is that of no leverage"),
        of(
            "nautilus_fixtures/binance/position_risk.json",
            file("position_risk"),
            at(&[("BTCUSDT", "51000")]),
            OF_ANSWER,
        ),
        of(
            "nautilus_fixtures/binance/account_info_v2.json",
            file("account_info_v2"),
            at(&[]),
            "none",
        ),
        of("nautilus_fixtures/binance/balance.json", file("balance"), at(&[]), "none"),
        of(
            "nautilus_fixtures/binance/account_update.json",
            file("account_update"),
            at(&[("BTCUSDT", "6706.1106")]),
            "6706.1106, which the long position's profit implies",
        ).remarked("the example of the documentation: the wallet is not the cross wallet with the isolated ones"),
        of(
            "nautilus_fixtures/binance/account_update_bnfcr.json",
            file("account_update_bnfcr"),
            at(&[]),
            "none",
        ),
    ]
}

fn dydx(folder: &Path, ccxt: &Value) -> Vec<Sample> {
    let [maintenance, initial] =
        ["maintenance", "initial"].map(|kind| schedule(&format!("dydx/{kind}.json")));
    let file = |name: &str| json_of(folder, &format!("nautilus_fixtures/dydx/{name}.json"));
    let of = |name, answer: Value, mark: &str, marks| {
        let prices = [("BTC-USD", mark)];
        let sample = sample::<Dydx>(name, "dYdX v4", &answer, market(&maintenance, &prices), marks);
        Sample { initial: Some(market(&initial, &prices)), ..sample }
    };
    let position = json!({
        "openPerpetualPositions": { "BTC-USD": ccxt["dydx"][0]["raw"] }, "assetPositions": {},
    });
    vec![
        of(
            "nautilus_fixtures/dydx/http_get_subaccount.json",
            file("http_get_subaccount"),
            "1",
            "none",
        ),
        of(
            "nautilus_fixtures/dydx/ws_subaccounts_subscribed.json",
            file("ws_subaccounts_subscribed"),
            "43250",
            "43250, which the position's profit implies",
        ).remarked("written by hand: the equity is not the balance with the value of the position at any mark near its profit"),
        of(
            "ccxt/unified_samples.json, dydx 1 (BTC-USD short)",
            position,
            "118832.75312",
            "118832.75312, which the profit implies",
        ),
    ]
}

fn lighter(folder: &Path) -> Vec<Sample> {
    let of = schedule("lighter/mainnet.json");
    let file = |name: &str| json_of(folder, &format!("nautilus_fixtures/lighter/{name}.json"));
    let mut stats = file("ws_user_stats_with_position");
    stats["assets"] = file("ws_account_all_assets_with_position")["assets"].clone();
    let of = |name, answer: Value, marks: &[(&str, &str)], from| {
        sample::<Lighter>(name, "Lighter", &answer, market(&of, marks), from)
    };
    vec![
        of("nautilus_fixtures/lighter/http_account.json", file("http_account"), &[], "none"),
        of(
            "nautilus_fixtures/lighter/ws_account_all_positions_update.json",
            file("ws_account_all_positions_update"),
            &[("market-0", "0.23501")],
            OF_ANSWER,
        ).remarked("written by hand: the value of the position is its value at entry, and so leaves no profit"),
        of(
            "nautilus_fixtures/lighter/ws_user_stats_with_position.json with ws_account_all_assets_with_position.json",
            stats,
            &[],
            "none: no position is in it",
        ).remarked("the position whose profit and margin are counted is in neither message"),
    ]
}

fn compared(sample: &Sample) -> Reconciled {
    let mut setting = Setting::of_answer(sample.market.clone(), &sample.figures).unwrap();
    if let Some(initial) = &sample.initial {
        setting = setting.with_initial(initial.clone());
    }
    reconcile(setting, &sample.figures, &Alternatives::default())
}

fn said(line: &Line) -> Option<String> {
    let what = format!("{} of {}", line.figure.kind.code(), line.figure.subject);
    let rest = match (&line.outcome, &line.own) {
        (Outcome::Equal, _) => return None,
        (Outcome::Explained(causes), _) => {
            let each = causes.iter().map(|c| format!("{} ({})", c.change, shown(&c.effect)));
            each.collect::<Vec<_>>().join(", ")
        }
        (Outcome::Unexplained(_), _) => {
            let difference = line.difference.as_ref().map_or("none".to_owned(), shown);
            format!("**no cause**, {difference} from {}", own(line))
        }
        (Outcome::NotComputed, _) => return None,
    };
    Some(format!("{what}: {rest}"))
}

/// Why figures are not compared, each reason once with the number of figures.
fn not_compared(of: &Reconciled) -> Vec<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for line in of.lines.iter().filter(|line| matches!(line.outcome, Outcome::NotComputed)) {
        let Own::NotComputed(why) = &line.own else { continue };
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, count)) => *count += 1,
            None => reasons.push((why, 1)),
        }
    }
    reasons.iter().map(|(why, count)| format!("{count} not compared: {why}")).collect()
}

#[test]
fn samples() {
    let Some(folder) = data_folder() else {
        println!("no samples");
        return;
    };
    let ccxt = json_of(&folder, "ccxt/unified_samples.json")["venues"].clone();
    let mut all = hyperliquid(&folder, &ccxt);
    all.extend(binance(&folder, &ccxt));
    all.extend(dydx(&folder, &ccxt));
    all.extend(lighter(&folder));
    all.extend(crate::samples_by_currency::all(&folder, &ccxt));
    let mut table = String::from(
        "| venue | sample | marks | figures | equal | explained | no cause | not compared | what differs |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mut totals = [0; 4];
    let mut remarks = String::new();
    let mut wrong = Vec::new();
    for sample in &all {
        let of = compared(sample);
        let counts =
            ["equal", "explained", "unexplained", "not-computed"].map(|code| of.count(code));
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
        let [equal, explained, unexplained, missing] = counts;
        let what: Vec<_> = of.lines.iter().filter_map(said).chain(not_compared(&of)).collect();
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {equal} | {explained} | {unexplained} | {missing} | {} |",
            sample.venue,
            sample.name,
            sample.marks,
            of.lines.len(),
            what.join("; ")
        );
        if (unexplained > 0) == sample.remark.is_empty() {
            wrong.push(format!("{}: {}", sample.name, what.join("; ")));
        }
        if unexplained > 0 {
            remarks.push_str(&format!("- {}: {}\n", sample.name, sample.remark));
        }
    }
    assert!(wrong.is_empty(), "a remark for what has no cause, and for nothing else: {wrong:#?}");
    let [equal, explained, unexplained, missing] = totals;
    let count: usize = totals.iter().sum();
    let _ = writeln!(
        table,
        "| all | | | {count} | {equal} | {explained} | {unexplained} | {missing} | |"
    );
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reconcile-samples.md");
    let others = NOT_COMPARED.map(|(name, why)| format!("- {name}: {why}\n")).concat();
    let text = format!(
        "{HEAD}{table}\nFigures without a cause:\n\n{remarks}\nSamples of accounts that are not compared:\n\n{others}"
    );
    assert_eq!(unmentioned(&folder, &text), Vec::<String>::new());
    if std::env::var_os("ZKMARGIN_UPDATE").is_some() {
        std::fs::write(&page, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&page).unwrap_or_default(),
        text,
        "run with ZKMARGIN_UPDATE=1"
    );
}

const HEAD: &str = "# Samples of venues' figures\n\n\
     This page says how the figures in samples of venues' answers compare with the rule's\n\
     ([Comparing figures](reconcile.md)). The samples are other projects' test data and recordings, which are\n\
     not part of this repository: they are read from the folder that `ZKMARGIN_DATA` names, or from\n\
     `shared/data` next to the repository. Some were written by hand and contradict themselves. The page is\n\
     written by\n\n    \
     ZKMARGIN_UPDATE=1 cargo test --release -p zkmargin-reconcile samples\n\n\
     Holdings are the answer's own. Schedules are those of `params/venues`. An effect in parentheses is what\n\
     the cause adds to our figure.\n\n";

/// Samples that hold an account and are not compared, and why.
const NOT_COMPARED: [(&str, &str); 12] = [
    ("nautilus_fixtures/derive/http_subaccount_usdc.json", PORTFOLIO),
    ("nautilus_fixtures/derive/http_subaccount_high_scale.json", PORTFOLIO),
    ("nautilus_fixtures/derive/http_position_eth.json", PORTFOLIO),
    ("nautilus_fixtures/derive/http_positions_result_eth.json", PORTFOLIO),
    (
        "nautilus_fixtures/kraken/http_futures_open_positions.json",
        "its positions have no figures of the venue",
    ),
    (
        "nautilus_fixtures/kraken/http_spot_open_positions.json",
        "spot margin, of which no rule is read",
    ),
    (
        "nautilus_fixtures/kraken/http_spot_trade_balance.json",
        "spot margin, of which no rule is read",
    ),
    (
        "nautilus_fixtures/bitmex/http_get_wallet.json",
        "a wallet without figures of a margin account",
    ),
    ("nautilus_fixtures/bitmex/ws_wallet.json", "a wallet without figures of a margin account"),
    (
        "nautilus_fixtures/hyperliquid/http_spot_clearinghouse_state.json",
        "spot balances, of which no margin depends",
    ),
    ("nautilus_fixtures/okx/ws_account_empty.json", "an account without anything"),
    (
        "ccxt/unified_samples.json, paradex 1, and deribit 1 of size zero",
        "no rule of Paradex is read; an entry without a position",
    ),
];

const PORTFOLIO: &str =
    "portfolio margin, whose scenarios and factors are in no answer of the venue's API";

/// Files of the folder whose names say that they are about an account, and that are in neither list.
fn unmentioned(folder: &Path, page: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for venue in std::fs::read_dir(folder.join("nautilus_fixtures")).unwrap() {
        let venue = venue.unwrap().path();
        for file in std::fs::read_dir(&venue).unwrap() {
            let name = file.unwrap().file_name().to_string_lossy().into_owned();
            let words = [
                "position",
                "balance",
                "wallet",
                "margin",
                "portfolio",
                "subaccount",
                "user_stats",
                "clearinghouse",
            ];
            // Tiers, histories, instruments, settings, and spot accounts of Binance are none.
            let others = [
                "position_tiers",
                "positions-history",
                "position_mode",
                "instruments_margin",
                "balance_update",
                "account_position",
                "spot_balance",
                "account_all_assets_update",
                "subaccounts_update",
            ];
            let of_bybit = venue.ends_with("bybit") && name.starts_with("ws_account_position");
            let is_about = words.iter().any(|word| name.contains(word));
            let is_other = !of_bybit && others.iter().any(|word| name.contains(word));
            let mentioned = page.contains(&name);
            if is_about && !is_other && !mentioned {
                missing.push(format!("{}/{name}", venue.display()));
            }
        }
    }
    missing
}
