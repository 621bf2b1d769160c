//! All samples of answers that hold an account and figures of the venue: the table of `docs/reconcile-samples.md`.

use crate::named::{self, By, Named};
use crate::support::{data_folder, figures, market, own, schedule, signable};
use num_rational::BigRational;
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
    answer: Value,
    /// What is known by hand about figures for which no cause is found.
    named: &'static [Named],
}

impl Sample {
    pub fn named(self, named: &'static [Named]) -> Self {
        Self { named, ..self }
    }
}

pub fn sample<V: StatesFigures>(
    name: &'static str,
    venue: &'static str,
    answer: &Value,
    market: Arc<CompiledMarket>,
    marks: &'static str,
) -> Sample {
    let (figures, answer) = (figures::<V>(answer), answer.clone());
    Sample { name, venue, figures, market, initial: None, marks, answer, named: &[] }
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
        )
        .named(named::WLDUSDT),
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
        )
        .named(named::ACCOUNT_UPDATE),
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
        )
        .named(named::DYDX),
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
        ).named(named::LIGHTER_POSITIONS),
        of(
            "nautilus_fixtures/lighter/ws_user_stats_with_position.json with ws_account_all_assets_with_position.json",
            stats,
            &[],
            "none: no position is in it",
        ).named(named::LIGHTER_STATS),
    ]
}

fn compared(sample: &Sample) -> Reconciled {
    let mut setting = Setting::of_answer(sample.market.clone(), &sample.figures).unwrap();
    if let Some(initial) = &sample.initial {
        setting = setting.with_initial(initial.clone());
    }
    signable(reconcile(setting, &sample.figures, &Alternatives::default()))
}

/// What a figure measures and what it is about.
fn what(line: &Line) -> String {
    format!("{} of {}", line.figure.kind.code(), line.figure.subject)
}

fn said(line: &Line, named: &[Named]) -> Option<String> {
    let what = what(line);
    let rest = match (&line.outcome, &line.own) {
        (Outcome::Equal, _) => return None,
        (Outcome::Explained(causes), _) => {
            let each = causes.iter().map(|c| format!("{} ({})", c.change, shown(&c.effect)));
            each.collect::<Vec<_>>().join(", ")
        }
        (Outcome::Unexplained(_), _) => {
            let difference = line.difference.as_ref().map_or("none".to_owned(), shown);
            let mark = match named.iter().find(|named| named.figure == what).map(|named| named.by) {
                Some(By::Recomputed(_)) => "named by hand, checked",
                Some(By::Contradiction(_)) => "contradicts itself",
                None => "no cause",
            };
            format!("**{mark}**, {difference} from {}", own(line))
        }
        (Outcome::NotComputed, _) => return None,
    };
    Some(format!("{what}: {rest}"))
}

/// Why figures are not compared, each reason once with the number of figures.
fn not_compared(of: &Reconciled) -> Vec<String> {
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for line in of.lines.iter().filter(|line| matches!(line.outcome, Outcome::NotComputed)) {
        let Own::NotComputed(why) = &line.own else { continue };
        let why = why.to_string();
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => reasons.push((why, 1)),
        }
    }
    reasons.iter().map(|(why, count)| format!("{count} not compared: {why}")).collect()
}

/// What a reason means at a venue, in full.
fn meaning(sample: &Sample, why: &str) -> &'static str {
    let venue = sample.venue;
    let unlisted = why.starts_with("the schedule does not list");
    match venue {
        _ if why.starts_with("no balance of") => {
            "the sample is of positions alone; a price follows from what the book has, which is in another answer"
        }
        "Binance USD-M" if unlisted => {
            "BNFCR, Binance's credit for futures in the European Union, has no collateral rate in the answers that are read"
        }
        "Bybit" if unlisted => {
            "the rule that is read is of contracts in one stablecoin; coins count in the unified account by collateral tiers and loans, of which no answer is read"
        }
        "OKX" if unlisted => {
            "the rule that is read is of contracts in one stablecoin; contracts in coins, and discounts and loans of coins, are not"
        }
        "OKX" if why.starts_with("the position has no such figure") => {
            "the sample counts them in BTC, and the contract settles in USDT"
        }
        "Deribit" => {
            "the rule that is read is of linear perpetuals in USDC with segregated margin; contracts and options in this asset, and cross collateral, are not"
        }
        // Confirmed by `liquidation_prices_that_no_rule_gives`.
        "BitMEX" if sample.name.ends_with("http_get_positions.json") => {
            "the sample's price is half of its entry price, at which the position has lost 99880 satoshis of a margin of 1308"
        }
        "BitMEX" => {
            "at the sample's price of 1255 the position has lost 78660867 satoshis of a margin of 10969"
        }
        "OKX" => {
            "the sample's price of 9000 is its entry price less a tenth, at a leverage of 10, as if nothing were required; its margin of 0.5 BTC is a hundred times its position of 0.005 BTC"
        }
        _ => panic!("{venue}: {why}"),
    }
}

/// The figures that are not compared, by reason.
fn missing_figures(sample: &Sample, of: &Reconciled) -> String {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for line in of.lines.iter().filter(|line| matches!(line.outcome, Outcome::NotComputed)) {
        let Own::NotComputed(why) = &line.own else { continue };
        let (why, what) = (meaning(sample, &why.to_string()).to_owned(), what(line));
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, all)) => all.push(what),
            None => reasons.push((why, vec![what])),
        }
    }
    let row = |(why, what): (String, Vec<String>)| {
        format!("| {} | {} | {why} |\n", sample.name, what.join("; "))
    };
    reasons.into_iter().map(row).collect()
}

/// The liquidation prices of isolated positions of which the page says that no rule gives them.
#[test]
fn liquidation_prices_that_no_rule_gives() {
    let Some(folder) = data_folder() else { return };
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join("nautilus_fixtures").join(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let number = |of: &Value, name: &str| -> BigRational {
        let text = of[name].as_str().map_or_else(|| of[name].to_string(), str::to_owned);
        named::number(&text)
    };
    // An inverse contract of one dollar, in satoshis: what is lost from the cost to the liquidation price.
    let lost = |of: &Value| {
        let worth = number(of, "currentQty") * BigRational::from_integer(100_000_000.into());
        worth / number(of, "liquidationPrice") + number(of, "unrealisedCost")
    };
    for (of, says) in [
        (read("bitmex/ws_position.json"), "78660867"),
        (read("bitmex/http_get_positions.json")[0].clone(), "99880"),
    ] {
        assert_eq!(lost(&of).round().to_integer().to_string(), says);
        assert!(lost(&of) > number(&of, "posMargin"));
    }
    let of = read("bitmex/http_get_positions.json")[0].clone();
    let two = BigRational::from_integer(2.into());
    assert_eq!(number(&of, "liquidationPrice") * two, number(&of, "avgEntryPrice"));
    let of = read("okx/http_get_positions.json")["data"][0].clone();
    let entry = number(&of, "avgPx");
    assert_eq!(&entry - &entry / number(&of, "lever"), number(&of, "liqPx"));
    // A contract is a hundredth of a bitcoin.
    let coins = number(&of, "pos") / BigRational::from_integer(100.into());
    assert_eq!(number(&of, "margin") / coins, BigRational::from_integer(100.into()));
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
        "| venue | sample | marks | figures | equal | explained | named by hand | contradicts itself | not compared | what differs |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut totals = [0; 5];
    let [mut by_hand, mut contradicted, mut missing_ones] = [(); 3].map(|()| String::new());
    for sample in &all {
        let of = compared(sample);
        let left = of.lines.iter().filter(|line| matches!(line.outcome, Outcome::Unexplained(_)));
        let left: Vec<String> = left.map(what).collect();
        let known: Vec<&str> = sample.named.iter().map(|named| named.figure).collect();
        assert_eq!(left, known, "{}: what has no cause is named by hand", sample.name);
        let mut counts_by_hand = [0; 2];
        for named in sample.named {
            assert!(named.holds(&sample.answer), "{}: {}", sample.name, named.words);
            let (list, count) = match named.by {
                By::Recomputed(_) => (&mut by_hand, &mut counts_by_hand[0]),
                By::Contradiction(_) => (&mut contradicted, &mut counts_by_hand[1]),
            };
            *count += 1;
            list.push_str(&format!("- {}, {}: {}\n", sample.name, named.figure, named.words));
        }
        let [equal, explained, missing] =
            ["equal", "explained", "not-computed"].map(|code| of.count(code));
        let [hand, itself] = counts_by_hand;
        let counts = [equal, explained, hand, itself, missing];
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
        missing_ones.push_str(&missing_figures(sample, &of));
        let what = of.lines.iter().filter_map(|line| said(line, sample.named));
        let what: Vec<_> = what.chain(not_compared(&of)).collect();
        let counts = counts.map(|count| count.to_string()).join(" | ");
        let figures = of.lines.len();
        let _ = writeln!(
            table,
            "| {} | {} | {} | {figures} | {counts} | {} |",
            sample.venue,
            sample.name,
            sample.marks,
            what.join("; ")
        );
    }
    let count: usize = totals.iter().sum();
    let totals = totals.map(|total| total.to_string()).join(" | ");
    let _ = writeln!(table, "| all | | | {count} | {totals} | |");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reconcile-samples.md");
    let others = NOT_COMPARED.map(|(name, why)| format!("- {name}: {why}\n")).concat();
    let text = format!(
        "{HEAD}{table}\n{BY_HAND}{by_hand}\n{CONTRADICTED}{contradicted}\n{MISSING}{missing_ones}\nSamples of accounts that are not compared:\n\n{others}"
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

const BY_HAND: &str = "Causes that were named by hand, because `reconcile` finds none. Each is confirmed by an exact\n\
     computation from the sample's own figures (`prover/reconcile/tests/reconcile/named.rs`):\n\n";

const CONTRADICTED: &str =
    "Figures that the sample itself contradicts, by two figures that cannot both be right:\n\n";

const MISSING: &str = "Figures that are not compared, because the rule that is read has no counterpart:\n\n\
     | sample | figures | why |\n|---|---|---|\n";

/// Samples that hold an account and are not compared, and why.
const NOT_COMPARED: [(&str, &str); 12] = [
    (
        "nautilus_fixtures/derive/http_subaccount_usdc.json",
        "portfolio margin of type PM, an older rule than PM2, which is read; and it contradicts itself: collateral of 1000 above both margins of 0",
    ),
    ("nautilus_fixtures/derive/http_subaccount_high_scale.json", PORTFOLIO),
    ("nautilus_fixtures/derive/http_position_eth.json", ONE_POSITION),
    ("nautilus_fixtures/derive/http_positions_result_eth.json", ONE_POSITION),
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
        "no rule of Paradex's cross margin is read; an entry without a position",
    ),
];

const ONE_POSITION: &str = "a perpetual of an account of which neither type nor cash is in it; its margins are the venue's part of the account's";

const PORTFOLIO: &str = "portfolio margin of type PM, an older rule than PM2, which is read; and its figures are made up: one number stands for all";

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
