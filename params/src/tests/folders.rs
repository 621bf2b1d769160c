//! Folders of answers: what they give, and what is refused in which words.

use crate::tests::kept;
use crate::venue::hostile::{bad_values, pointers, with};
use crate::venues::*;
use crate::{AccountFile, Requirement, Schedule, compile};
use num_bigint::BigInt;
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// What is said of a position that the answers about the account value at another mark than that of the prices.
const OTHER_MARK: &str =
    "is valued at a mark that differs from that of the answer with the prices by more than 1 %";

/// The files of `params/venues/<venue>/examples/answers`.
pub(super) fn example(venue: &str) -> Vec<OpenedFile> {
    files_of(&format!("{}/examples/answers", venue.replace('-', "_")))
}

fn files_of(folder: &str) -> Vec<OpenedFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("venues").join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            OpenedFile { name, bytes: Zeroizing::new(std::fs::read(path).unwrap()) }
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn venue(name: &str) -> &'static KnownVenue {
    VENUES.iter().find(|venue| venue.name == name).unwrap()
}

pub(super) fn import(
    name: &str,
    files: &[OpenedFile],
    reading: &Reading<'_>,
) -> Result<Imported, FolderError> {
    venue(name).import(files, &[], &known_answers(), reading)
}

/// What is said about a folder with one change.
pub(super) fn refused(
    name: &str,
    reading: &Reading<'_>,
    change: impl FnOnce(&mut Vec<OpenedFile>),
) -> (FolderErrorCode, String) {
    let mut files = example(name);
    change(&mut files);
    let error = import(name, &files, reading).map(drop).unwrap_err();
    (error.code, error.to_string())
}

fn bytes_of<'a>(files: &'a mut [OpenedFile], name: &str) -> &'a mut Vec<u8> {
    &mut files.iter_mut().find(|file| file.name == name).unwrap().bytes
}

pub(super) fn edit(files: &mut [OpenedFile], name: &str, change: impl FnOnce(&mut Value)) {
    let bytes = bytes_of(files, name);
    let mut value: Value = serde_json::from_slice(bytes).unwrap();
    change(&mut value);
    *bytes = value.to_string().into_bytes();
}

fn replace(files: &mut [OpenedFile], name: &str, from: &str, to: &str) {
    let bytes = bytes_of(files, name);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from), "{from}");
    *bytes = text.replacen(from, to, 1).into_bytes();
}

fn without(files: &mut Vec<OpenedFile>, name: &str) {
    files.retain(|file| file.name != name);
}

/// Equity and requirement of the imported account, in the valuation currency.
fn figures(imported: &Imported) -> [String; 2] {
    let market = imported.market.as_ref().unwrap();
    let account = imported.account.as_ref().unwrap().holdings(&imported.schedule).unwrap();
    let made = margin(&account, market.market()).unwrap();
    let text = |value: &BigInt| {
        Decimal::from_scaled(value, imported.schedule.margin_decimals()).to_string()
    };
    [text(&made.equity), text(&made.maintenance)]
}

/// A sum of products, exactly.
fn sum(parts: &[(&str, &str)]) -> String {
    let exact = |text: &str| Decimal::parse(text).unwrap();
    let products = parts.iter().map(|(a, b)| {
        let (a, b) = (exact(a), exact(b));
        (a.coefficient() * b.coefficient(), a.scale() + b.scale())
    });
    let scale = 40;
    let total: BigInt =
        products.map(|(product, digits)| product * BigInt::from(10).pow(scale - digits)).sum();
    Decimal::from_scaled(&total, scale).to_string()
}

/// A file that a reader gets is the one that was imported, and its market is the same.
fn written(imported: &Imported) {
    let text = imported.schedule.file().to_json().unwrap();
    let schedule = Schedule::from_json(text.as_bytes()).unwrap();
    assert_eq!(schedule.digest(), imported.schedule.digest());
    let market = compile(&schedule, imported.snapshot.as_ref().unwrap()).unwrap();
    assert_eq!(market.digest(), imported.market.as_ref().unwrap().digest());
}

/// By hand: USDT is worth its bid rate, the debt in USDC its ask rate, and BTC its bid rate. Both positions settle in
/// USDT: -849 * (2.3468325 - 2.34) = -5.8007925 and 0.05 * (67984.2 - 66120.4) = 93.19, so 1287.8892075 USDT in all. The
/// requirements are 849 * 2.3468325 * 0.006 = 11.954764755 and 3399.21 * 0.004 = 13.59684, cut at 1e-8, at the ask rate.
#[test]
fn a_folder_of_binance_in_multi_assets_mode() {
    let imported = import("binance", &example("binance"), &Reading::default()).unwrap();
    written(&imported);
    let file = imported.schedule.file();
    let symbols: Vec<_> = file.instruments.iter().map(|i| i.symbol.as_str()).collect();
    assert_eq!(symbols, ["BTCUSDT", "BTCUSDT_240927", "ETHUSDC", "WLDUSDT"]);
    let assets: Vec<_> = file.assets.iter().map(|a| (a.symbol.as_str(), a.settles)).collect();
    assert_eq!(assets, [("USDC", true), ("USDT", true), ("BTC", false)]);
    assert!(file.bid_and_ask);
    assert!(file.source.ends_with(" As of 2024-07-27T06:44:35Z."), "{}", file.source);
    let left_out: Vec<_> =
        imported.left_out.iter().map(|l| (l.symbol.as_str(), l.why.as_str())).collect();
    assert_eq!(left_out, [("OLDUSDT", "not trading")]);
    assert_eq!(imported.snapshot.as_ref().unwrap().time, "2024-07-27T06:44:37.999Z");
    let expected = [
        sum(&[("1287.8892075", "0.99921089"), ("-150.25", "1.00103"), ("0.01", "64552.975")]),
        sum(&[("25.55160475", "1.00121132")]),
    ];
    assert_eq!(figures(&imported), expected);
    assert_eq!(imported.undated, Vec::<&str>::new());
    assert_eq!(imported.taken.len(), 7);
}

/// The same in single-asset mode, with the short position isolated: 1200.5 + 0.05 * (67984.2 - 66120.4) = 1293.69 USDT of
/// the cross book, at the index, and 13.59684 of it required. Bitcoin is no collateral, and contracts in USDC are not
/// listed.
#[test]
fn a_folder_of_binance_in_single_asset_mode() {
    let mut files = example("binance");
    edit(&mut files, "multiAssetsMargin.json", |m| m["multiAssetsMargin"] = json!(false));
    edit(&mut files, "account.json", |account| {
        for name in ["walletBalance", "crossWalletBalance"] {
            account["assets"][2][name] = json!("0.00000000");
        }
        account["assets"][0]["walletBalance"] = json!("1301.00000000");
        account["assets"][0]["crossUnPnl"] = json!("93.19000000");
        account["positions"][0]["isolatedWallet"] = json!("100.5");
    });
    edit(&mut files, "positionRisk.json", |risk| risk[0]["isolatedWallet"] = json!("100.5"));
    let imported = import("binance", &files, &Reading::default()).unwrap();
    written(&imported);
    let file = imported.schedule.file();
    let symbols: Vec<_> = file.instruments.iter().map(|i| i.symbol.as_str()).collect();
    assert_eq!(symbols, ["BTCUSDT", "BTCUSDT_240927", "WLDUSDT"]);
    assert!(file.isolated_books && !file.bid_and_ask);
    let account = imported.account.as_ref().unwrap();
    let margins: Vec<_> = account
        .positions
        .iter()
        .map(|p| (&*p.instrument, p.isolated_margin.as_ref().map(|margin| margin.as_str())))
        .collect();
    assert_eq!(margins, [("WLDUSDT", Some("100.5")), ("BTCUSDT", None)]);
    let note = "Left out: balances in BTC, which are no collateral in single-asset mode.";
    assert_eq!(account.note.as_deref(), Some(note));
    let expected = [sum(&[("1293.69", "1.00021111")]), sum(&[("13.59684", "1.00021111")])];
    assert_eq!(figures(&imported), expected);
    let market = imported.market.as_ref().unwrap();
    let held = account.holdings(&imported.schedule).unwrap();
    let made = margin(&held, market.market()).unwrap();
    let book = made.positions.iter().find_map(|position| position.isolated.as_ref()).unwrap();
    let digits = file.rate_decimals + binance::ASSET_DECIMALS;
    let text = |value: &BigInt| Decimal::from_scaled(value, digits).to_string();
    assert_eq!([text(&book.equity), text(&book.requirement)], ["94.6992075", "11.95476475"]);
    // A debt is no collateral either, but it is owed, in whichever wallet it is stated.
    edit(&mut files, "account.json", |account| {
        account["assets"][2]["walletBalance"] = json!("-150.25");
    });
    let error = import("binance", &files, &Reading::default()).unwrap_err();
    let message = "account.json /assets/2/walletBalance: is not crossWalletBalance and the wallets of the isolated positions";
    assert_eq!(error.to_string(), message);
    edit(&mut files, "account.json", |account| {
        account["assets"][2]["crossWalletBalance"] = json!("-150.25");
    });
    let error = import("binance", &files, &Reading::default()).unwrap_err();
    let message =
        "account.json /assets/2/asset: is not an asset of the schedule, and the account has some";
    assert_eq!(error.to_string(), message);
}

/// The account of a real recording: value 1182.312496 and maintenance margin 34.348153, as in the vectors.
#[test]
fn a_folder_of_hyperliquid() {
    let imported = import("hyperliquid", &example("hyperliquid"), &Reading::default()).unwrap();
    written(&imported);
    assert_eq!(imported.schedule.instruments().len(), 28);
    assert_eq!(imported.account.as_ref().unwrap().positions.len(), 12);
    assert_eq!(figures(&imported), ["1182.312496", "34.348153"]);
    assert_eq!(imported.snapshot.as_ref().unwrap().time, "2023-03-27T18:05:21Z");
}

/// The state of flow_tests.cairo, line 189: value 2096363 and risk 44172 in millionths.
#[test]
fn a_folder_of_extended() {
    let reading = Reading { accept_rule: true, ..Reading::default() };
    let imported = import("extended", &example("extended"), &reading).unwrap();
    written(&imported);
    assert_eq!(figures(&imported), ["2.096363", "0.044172"]);
    let (code, said) = refused("extended", &Reading::default(), |_| {});
    assert_eq!(code, FolderErrorCode::ImportRule);
    assert!(said.starts_with("the folder: has figures that are seldom a venue's rule: "), "{said}");
}

/// A recorded account, at the marks that its own values imply. Its totals are 1837610.461943, as a program of 64 bits
/// writes it, and 3084.930401; by hand the collateral and the profits that it shows are one unit of the last digit more.
#[test]
fn a_folder_of_lighter() {
    let choice = Choice { account: Some("702384".to_owned()), ..Choice::default() };
    let reading = Reading { choice, ..Reading::default() };
    let imported = import("lighter", &example("lighter"), &reading).unwrap();
    written(&imported);
    let profits = ["29.306261", "107.336382", "-2.433445", "-54.264563", "-0.0697", "3.624735"];
    let parts: Vec<_> = profits.iter().map(|profit| (*profit, "1")).collect();
    let equity = sum(&[&[("1837526.962274", "1")], &parts[..]].concat());
    assert_eq!((&*equity, &figures(&imported)[0]), ("1837610.461944", &equity));
    let required = [
        ("251677.750743", "0.012"),
        ("942.882441", "0.06"),
        ("11.374065", "0.06"),
        ("142.26603", "0.0399"),
        ("7.173065", "0.2"),
        ("3.591454", "0.12"),
    ];
    assert_eq!(figures(&imported)[1], sum(&required));
    assert_eq!(imported.left_out[0].symbol, "market-28 (MKR)");
    assert_eq!(imported.undated, Vec::<&str>::new());
    let all = Reading::default();
    let edited = |name: &str, change: fn(&mut Value)| {
        refused("lighter", &all, |files| edit(files, name, change)).1
    };
    // A position that is missing, and fractions of another list.
    let message = "is not that of the positions listed";
    let said = edited("account.json", |a| {
        drop(a["accounts"][0]["positions"].as_array_mut().unwrap().remove(4));
    });
    assert_eq!(said, format!("account.json /accounts/0/cross_asset_value: {message}"));
    let said = edited("orderBookDetails.json", |list| {
        list["order_book_details"][6]["maintenance_margin_fraction"] = json!(400);
    });
    let place = "account.json /accounts/0/cross_maintenance_margin_requirement";
    assert_eq!(said, format!("{place}: {message}"));
    let said = edited("orderBookDetails.json", |list| {
        list["order_book_details"][1]["mark_price"] = json!("64300.1");
    });
    assert_eq!(said, format!("account.json /accounts/0/positions/0: {OTHER_MARK}"));
    let said = edited("account.json", |a| {
        a["accounts"][0]["positions"][1]["position"] = json!("1382.10");
    });
    let message = "has not the digits of its market in orderBookDetails.json";
    assert_eq!(said, format!("account.json /accounts/0/positions/1/position: {message}"));
    // The marks have no time of their own.
    let whole = Reading { whole: true, ..Reading::default() };
    let (_, said) = refused("lighter", &whole, |files| without(files, "fetched.json"));
    assert_eq!(said, "orderBookDetails.json: has no time of its own");
}

/// An isolated position is a book of its own, and its margin is in the account's total alone.
#[test]
fn an_isolated_position_of_lighter() {
    let isolate = |files: &mut Vec<OpenedFile>, total: &str| {
        edit(files, "account.json", |a| {
            let account = &mut a["accounts"][0];
            account["positions"][0]["margin_mode"] = json!(1);
            account["positions"][0]["allocated_margin"] = json!("5000.5");
            account["total_asset_value"] = json!(total);
            account["cross_asset_value"] = json!("1837581.155682");
            account["cross_maintenance_margin_requirement"] = json!("64.797392");
        });
    };
    let mut files = example("lighter");
    isolate(&mut files, "1842610.961943");
    let imported = import("lighter", &files, &Reading::default()).unwrap();
    let held = &imported.account.as_ref().unwrap().positions[0];
    assert_eq!(held.isolated_margin.as_ref().map(|m| m.as_str()), Some("5000.5"));
    let (_, said) =
        refused("lighter", &Reading::default(), |files| isolate(files, "1837610.461943"));
    let message = "account.json /accounts/0/total_asset_value: is not that of the positions listed";
    assert_eq!(said, message);
}

/// The account of a real block is the example that was made from other vectors of it.
#[test]
fn a_block_of_lighter() {
    let choice = Choice { account: Some("222378".to_owned()), ..Choice::default() };
    let reading = Reading { choice, ..Reading::default() };
    let imported = import("lighter", &files_of("lighter/examples/block"), &reading).unwrap();
    written(&imported);
    assert_eq!(imported.schedule.instruments().len(), 146);
    let path = "venues/lighter/examples/222378.account.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let made = AccountFile::from_json(&std::fs::read(path).unwrap()).unwrap();
    let sorted = |file: &AccountFile| {
        let mut positions = file.positions.clone();
        positions.sort_by(|a, b| a.instrument.cmp(&b.instrument));
        positions
    };
    let account = imported.account.as_ref().unwrap();
    assert!(account.balances == made.balances && sorted(account) == sorted(&made));
    assert_eq!(imported.undated, ["block-account.json"]);
}

/// What the folders of the other venues come to, computed by hand.
///
/// - dYdX: 1234.56 - 0.01 * 89919.2, and 1.2 % of the latter.
/// - Kraken: 1000.25 + 1.5 * (3205.25 - 3200.25) - 0.125 of funding, and 1 % of 1.5 * 3200.25.
/// - BitMEX: 1000 / 97849.76 is 1021975 satoshis, entered at 1020408; 0.55 % of the latter.
/// - COIN-M: 100 / 40993.85 is 0.00243939, entered at 100 / 41021.20000069, 0.00243776; 1 %.
/// - Bybit: a short position entered at 3642.075 and marked at 3642.33; 0.5 % of 0.01 * 3642.33.
/// - OKX: 0.01 * (34132.18608358957281 - 34131.1), and 0.4 % of the value.
/// - Gate: 0.944 short at 3780.32, entered at 3779.55; 0.56 % of 3568.62208.
/// - Portfolio margin: 6186 USDT at 0.9998, 0.16 BTC at 95 % of 40000.5, 5 ETH at 90 % of 3000.25; 18.4 USDT of requirements.
/// - Deribit: 9005 without the session's 20, and 1.01 % of 2 * 100000.
#[test]
fn folders_of_other_venues() {
    for (name, accept_rule, equity, required) in [
        ("dydx", false, "335.368", "10.790304"),
        ("kraken", true, "1007.625", "48.00375"),
        ("bitmex", true, "1.00003613", "0.00005612"),
        ("binance-coinm", false, "33.99999837", "0.00002439"),
        ("binance-pm", false, "25765.9638", "19.316136"),
        ("bybit", false, "100.49745", "0.1821165"),
        ("okx", true, "100.0108608358957281", "1.3652874433435829124"),
        ("gate", false, "999.27312", "19.984283648"),
        ("deribit", false, "9025", "2020"),
    ] {
        let reading = Reading { accept_rule, whole: true, ..Reading::default() };
        let imported = import(name, &example(name), &reading).unwrap();
        written(&imported);
        assert_eq!(figures(&imported), [equity, required], "{name}");
        assert_eq!(imported.unread, Vec::<String>::new(), "{name}");
        assert_eq!(imported.undated, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn files_that_are_not_as_the_venue_sends_them_are_refused() {
    let all = Reading::default();
    for (change, code, message) in [
        (
            (|files| bytes_of(files, "premiumIndex.json").truncate(300))
                as fn(&mut Vec<OpenedFile>),
            FolderErrorCode::CutShort,
            "premiumIndex.json (line 3, column 48): ends before its JSON does: the file was cut",
        ),
        (
            |files| bytes_of(files, "premiumIndex.json").clear(),
            FolderErrorCode::CutShort,
            "premiumIndex.json: is empty",
        ),
        (
            |files| *bytes_of(files, "account.json") = b"<html>".to_vec(),
            FolderErrorCode::Syntax,
            "account.json (line 1, column 1): is not JSON from here on",
        ),
        (
            |files| drop(bytes_of(files, "account.json").splice(..0, *b"\xef\xbb\xbf")),
            FolderErrorCode::Encoding,
            "account.json: begins with a byte order mark; save the file as UTF-8 without one",
        ),
        (
            |files| {
                replace(files, "account.json", "\"assets\"", "\"assets\": [], \"assets\"");
            },
            FolderErrorCode::DuplicateField,
            "account.json /assets: is given twice; no venue sends a key twice, so the file was changed",
        ),
        (
            |files| replace(files, "leverageBracket.json", "600000,", "6e5,"),
            FolderErrorCode::Exponent,
            "leverageBracket.json (line 2, column 234): a number has an exponent, and the venue sends plain digits: a program along the way rewrote it",
        ),
        (
            |files| replace(files, "leverageBracket.json", "0.004", "0.0040000000000000002"),
            FolderErrorCode::TooManyDigits,
            "leverageBracket.json (line 2, column 160): a number has more than 15 digits, of which a program may have lost some",
        ),
        (
            |files| replace(files, "premiumIndex.json", "\"2.34683250\"", "\"2.3468325e0\""),
            FolderErrorCode::ImportSource,
            "premiumIndex.json /1/markPrice: has an exponent; write all digits, such as \"0.00000001\"",
        ),
        (
            |files| replace(files, "premiumIndex.json", "\"2.34683250\"", "2.34683250"),
            FolderErrorCode::ImportSource,
            "premiumIndex.json /1/markPrice: is not a decimal number in quotes",
        ),
    ] {
        assert_eq!(refused("binance", &all, change), (code, message.to_owned()));
    }
}

#[test]
fn other_files_are_refused_by_what_they_look_like() {
    let all = Reading::default();
    let state = || example("hyperliquid").remove(0).bytes;
    for (change, code, message) in [
        (
            Box::new(|files: &mut Vec<OpenedFile>| {
                bytes_of(files, "account.json").clone_from(&state());
            }) as Box<dyn Fn(&mut Vec<OpenedFile>)>,
            FolderErrorCode::OtherVenue,
            r#"account.json: looks like a file of hyperliquid (the answer to POST /info {"type": "clearinghouseState", "user": ADDRESS}), not of binance"#,
        ),
        // Whose words of success are no refusal.
        (
            Box::new(|files| {
                let tickers = example("bybit").into_iter().find(|f| f.name == "tickers.json");
                *bytes_of(files, "account.json") = tickers.unwrap().bytes.to_vec();
            }),
            FolderErrorCode::OtherVenue,
            "account.json: looks like a file of bybit (the answer to GET /v5/market/tickers?category=linear), not of binance",
        ),
        (
            Box::new(|files| {
                let risk = bytes_of(files, "positionRisk.json").clone();
                *bytes_of(files, "premiumIndex.json") = risk;
            }),
            FolderErrorCode::OtherAnswer,
            "premiumIndex.json: looks like the answer to GET /fapi/v2/positionRisk or /fapi/v3/positionRisk, which is read from positionRisk.json, not the answer to GET /fapi/v1/premiumIndex",
        ),
        (
            Box::new(|files| {
                let words =
                    r#"{"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}"#;
                *bytes_of(files, "account.json") = words.as_bytes().to_vec();
            }),
            FolderErrorCode::NotAnswered,
            "account.json: is not an answer to GET /fapi/v2/account or /fapi/v3/account, but a refusal: \"Invalid API-key, IP, or permissions for action.\"",
        ),
        (
            Box::new(|files| *bytes_of(files, "account.json") = b"{}".to_vec()),
            FolderErrorCode::OtherAnswer,
            "account.json: has no /assets, which every answer to GET /fapi/v2/account or /fapi/v3/account has",
        ),
        (
            Box::new(|files| edit(files, "fetched.json", |f| f["venue"] = json!("bybit"))),
            FolderErrorCode::OtherVenue,
            "fetched.json: says that the folder has answers of bybit, not of binance",
        ),
        (
            Box::new(|files| {
                let mut account = files.iter().find(|f| f.name == "account.json").unwrap().clone();
                without(files, "account.json");
                account.name = "acount.json".to_owned();
                files.push(account);
            }),
            FolderErrorCode::Misnamed,
            "acount.json: is not read under this name; did you mean \"account\"?",
        ),
        (
            Box::new(|files| without(files, "exchangeInfo.json")),
            FolderErrorCode::ImportSource,
            "leverageBracket.json: needs exchangeInfo.json, which says what a contract settles in",
        ),
        (
            Box::new(|files| without(files, "assetIndex.json")),
            FolderErrorCode::MissingAnswer,
            "the folder: has no assetIndex.json (GET /fapi/v1/assetIndex), without which no account is read: what it holds is compared with that",
        ),
    ] {
        assert_eq!(refused("binance", &all, |files| change(files)), (code, message.to_owned()));
    }
}

#[test]
fn mixed_accounts_and_times_are_refused() {
    let all = Reading::default();
    let two = "is not what the other answer says of the position: account.json and positionRisk.json are of two accounts, or of two times";
    for (change, code, message) in [
        (
            Box::new(|files: &mut Vec<OpenedFile>| {
                replace(files, "positionRisk.json", "\"-849\"", "\"-848\"");
            }) as Box<dyn Fn(&mut Vec<OpenedFile>)>,
            FolderErrorCode::OtherAccount,
            format!("positionRisk.json /0/positionAmt: {two}"),
        ),
        (
            Box::new(|files| {
                edit(files, "positionRisk.json", |risk| drop(risk.as_array_mut().unwrap().pop()));
            }),
            FolderErrorCode::OtherAccount,
            format!("account.json /positions/1/positionAmt: {two}"),
        ),
        (
            Box::new(|files| {
                edit(files, "account.json", |a| drop(a["positions"].as_array_mut().unwrap().pop()));
            }),
            FolderErrorCode::OtherAccount,
            format!("positionRisk.json /1/positionAmt: {two}"),
        ),
        (
            Box::new(|files| edit(files, "account.json", |a| a["multiAssetsMargin"] = json!(false))),
            FolderErrorCode::OtherAccount,
            "multiAssetsMargin.json /multiAssetsMargin: is not what account.json says: they are of two accounts".to_owned(),
        ),
        (
            Box::new(|files| {
                edit(files, "fetched.json", |f| {
                    f["answers"]["account.json"]["time"] = json!(1_722_062_750_000u64);
                });
            }),
            FolderErrorCode::TimesApart,
            "account.json: is of 2024-07-27T06:45:50Z, and premiumIndex.json of 2024-07-27T06:44:38Z: prices and account are more than 60 s apart".to_owned(),
        ),
        (
            Box::new(|files| {
                edit(files, "premiumIndex.json", |p| p[1]["time"] = json!(1_722_062_500_000u64));
            }),
            FolderErrorCode::TimesApart,
            "premiumIndex.json /1/time: is more than 60 s from that of another entry".to_owned(),
        ),
    ] {
        assert_eq!(refused("binance", &all, |files| change(files)), (code, message));
    }
    let long = Reading { max_skew_ms: 100_000, ..Reading::default() };
    let mut files = example("binance");
    edit(&mut files, "fetched.json", |f| {
        f["answers"]["account.json"]["time"] = json!(1_722_062_750_000u64);
    });
    assert!(import("binance", &files, &long).is_ok());

    let said = refused("hyperliquid", &all, |files| {
        replace(files, "metaAndAssetCtxs.json", "\"26961.2\"", "\"27300\"");
    });
    let message = format!("clearinghouseState.json /assetPositions/0/position: {OTHER_MARK}");
    assert_eq!(said, (FolderErrorCode::TimesApart, message));
    let wanted = Choice { account: Some("13".to_owned()), ..Choice::default() };
    let reading = Reading { choice: wanted, accept_rule: true, ..Reading::default() };
    let message = "position.json /position_id: is not that of the account that is asked for";
    let said = refused("extended", &reading, |_| {});
    assert_eq!(said, (FolderErrorCode::OtherAccount, message.to_owned()));
}

/// What a wallet of Kraken requires is compared without prices too, and a mark of Deribit with that of its ticker.
#[test]
fn totals_are_compared_with_what_the_folder_has() {
    let all = Reading { accept_rule: true, ..Reading::default() };
    let dropped = |prices: bool| {
        refused("kraken", &all, |files| {
            edit(files, "accounts.json", |a| {
                a["accounts"]["flex"]["maintenanceMargin"] = json!(99999);
            });
            if !prices {
                without(files, "tickers.json");
            }
        })
    };
    let place = "accounts.json /accounts/flex/maintenanceMargin";
    let message = format!("{place}: is more than that of the positions listed");
    for prices in [true, false] {
        assert_eq!(dropped(prices), (FolderErrorCode::ImportSource, message.clone()));
    }
    let marked = refused("deribit", &all, |files| {
        edit(files, "get_positions.json", |p| p["result"][0]["mark_price"] = json!(90000.0));
    });
    let message = format!("get_positions.json /result/0: {OTHER_MARK}");
    assert_eq!(marked, (FolderErrorCode::TimesApart, message));
}

/// Positions of Kraken have no figures of their own: the wallet's say which side the only one is on, and that nothing of the
/// wallet is missing or counts for less.
#[test]
fn a_wallet_of_kraken_is_compared_with_what_it_holds() {
    let all = Reading { accept_rule: true, ..Reading::default() };
    let told = |changes: &[(&str, Value)]| {
        refused("kraken", &all, |files| {
            edit(files, "accounts.json", |answer| {
                for (name, value) in changes {
                    *answer.pointer_mut(&format!("/accounts/flex{name}")).unwrap() = value.clone();
                }
            });
        })
    };
    let swapped = refused("kraken", &all, |files| {
        edit(files, "openpositions.json", |answer| {
            answer["openPositions"][0]["side"] = json!("short");
        });
    });
    let message = "accounts.json /accounts/flex/pnl: is the profit of a position on the other side";
    assert_eq!(swapped, (FolderErrorCode::ImportSource, message.to_owned()));
    let whole = "is not the balance with the profit and the funding of the positions";
    for (changes, place, message) in [
        (vec![("/pnl", json!(null))], "/pnl", "is missing"),
        (vec![("/pnl", json!(107.5))], "/marginEquity", whole),
        // A coin that is in the totals alone, and profit of which a part is no margin.
        (vec![("/marginEquity", json!(1057.625))], "/marginEquity", whole),
        (vec![("/marginEquity", json!(1007.25))], "/marginEquity", whole),
        (vec![("/portfolioValue", json!(957.625))], "/portfolioValue", whole),
        (
            vec![("/currencies/USD/value", json!(950.25))],
            "/currencies/USD/value",
            "is not quantity, and USD is worth itself",
        ),
        (
            vec![("/currencies/EUR/value", json!(50))],
            "/currencies/EUR/value",
            "is not zero, but quantity is",
        ),
        (
            vec![("/currencies/EUR/collateral", json!(48.5))],
            "/currencies/EUR/collateral",
            "is not zero, but quantity is",
        ),
    ] {
        let expected = format!("accounts.json /accounts/flex{place}: {message}");
        assert_eq!(told(&changes), (FolderErrorCode::ImportSource, expected));
    }
    let with_profit = |profit: f64| {
        vec![
            ("/pnl", json!(profit)),
            ("/marginEquity", json!(1000.125 + profit)),
            ("/portfolioValue", json!(1000.125 + profit)),
        ]
    };
    // 1 % of 1.5 * 3205.25, and a cent.
    let message = "accounts.json /accounts/flex/pnl: differs from the profit of the positions listed at the marks of tickers.json by more than 1 % of their value";
    for profit in [55.75, 107.5] {
        assert_eq!(told(&with_profit(profit)), (FolderErrorCode::TimesApart, message.to_owned()));
    }
    let mut files = example("kraken");
    edit(&mut files, "accounts.json", |answer| {
        for (name, value) in with_profit(55.5) {
            *answer.pointer_mut(&format!("/accounts/flex{name}")).unwrap() = value;
        }
    });
    assert!(import("kraken", &files, &all).is_ok());
    // The mark crossed the entry price since.
    let mut files = example("kraken");
    edit(&mut files, "accounts.json", |answer| {
        for (name, value) in with_profit(-1.0) {
            *answer.pointer_mut(&format!("/accounts/flex{name}")).unwrap() = value;
        }
    });
    assert!(import("kraken", &files, &all).is_ok());
    // No answer says whether this has the funding.
    let mut files = example("kraken");
    edit(&mut files, "accounts.json", |answer| {
        answer["accounts"]["flex"]["portfolioValue"] = json!(1007.75);
    });
    assert!(import("kraken", &files, &all).is_ok());
    // Nothing is held, and something has a profit.
    let hidden = refused("kraken", &all, |files| {
        edit(files, "openpositions.json", |answer| answer["openPositions"] = json!([]));
        edit(files, "accounts.json", |answer| {
            let flex = &mut answer["accounts"]["flex"];
            (flex["maintenanceMargin"], flex["unrealizedFunding"]) = (json!(0), json!(0));
        });
    });
    let message =
        "accounts.json /accounts/flex/pnl: is not zero, but no position of the wallet is listed";
    assert_eq!(hidden.1, message);
}

/// The same of the wallet of a coin: 8000 dollars short, entered at 27523.75, gain -0.2032 bitcoins. Whether its value has the
/// funding no answer says.
#[test]
fn a_wallet_of_a_coin_is_compared_with_what_it_holds() {
    let choice = Choice { settle: vec!["BTC".to_owned()], ..Choice::default() };
    let all = Reading { choice, accept_rule: true, ..Reading::default() };
    let with = |side: &str, pnl: f64, pv: f64| {
        let mut files = example("kraken");
        edit(&mut files, "openpositions.json", |answer| {
            answer["openPositions"] = json!([{
                "side": side, "symbol": "PI_XBTUSD", "price": 27523.75, "size": 8000,
                "unrealizedFunding": 0.00005,
            }]);
        });
        edit(&mut files, "accounts.json", |answer| {
            let wallet = &mut answer["accounts"]["fi_xbtusd"];
            wallet["marginRequirements"]["mm"] = json!(0.002_906_58);
            wallet["auxiliary"] = json!({"pnl": pnl, "pv": pv, "funding": 0.00005});
        });
        import("kraken", &files, &all).map(drop).map_err(|e| e.to_string())
    };
    let place = "accounts.json /accounts/fi_xbtusd/auxiliary";
    assert_eq!(with("short", -0.203_232_69, 0.296_817_31), Ok(()));
    assert_eq!(with("short", -0.203_232_69, 0.296_767_31), Ok(()));
    let message = "is not the balance with the profit and the funding of the positions";
    assert_eq!(with("short", -0.203_232_69, 0.8), Err(format!("{place}/pv: {message}")));
    let message = "is the profit of a position on the other side";
    assert_eq!(with("long", -0.203_232_69, 0.296_767_31), Err(format!("{place}/pnl: {message}")));
}

/// A size that is signed by itself and lost its sign: the profit, which no total tells from the other, is that of the other
/// side.
#[test]
fn a_flipped_sign_is_refused() {
    let told = |name: &str, file: &str, changes: &[(&str, Value)]| {
        let said = refused(name, &Reading::default(), |files| {
            edit(files, file, |answer| {
                for (pointer, value) in changes {
                    *answer.pointer_mut(pointer).unwrap() = value.clone();
                }
            });
        });
        assert!(said.1.contains("but the size is of a "), "{name}: {}", said.1);
        assert_eq!(said.0, FolderErrorCode::ImportSource, "{name}");
    };
    let accept = Reading { accept_rule: true, ..Reading::default() };
    assert!(import("okx", &example("okx"), &accept).is_ok());
    let okx = refused("okx", &accept, |files| {
        edit(files, "positions.json", |answer| answer["data"][0]["pos"] = json!("-1"));
    });
    assert!(okx.1.contains("is the profit of a long position"), "{}", okx.1);
    told("gate", "positions.json", &[("/0/size", json!(9440))]);
    told("lighter", "account.json", &[("/accounts/0/positions/1/sign", json!(1))]);
    // Its answer has no mark: the initial margin tells the value there, as near to that at entry as its digits are.
    let flipped = ("/positions/0/positionAmt", json!("-1"));
    told("binance-coinm", "account.json", std::slice::from_ref(&flipped));
    // Without one the mark of the snapshot tells where it is more than 1 % from the entry price.
    let entry = ("/positions/0/entryPrice", json!("42500"));
    let margin = ("/positions/0/positionInitialMargin", json!("0"));
    told("binance-coinm", "account.json", &[entry, flipped, margin]);
}

/// A figure by which nothing is imported, and which cannot be read, hides no flipped sign.
#[test]
fn a_figure_that_cannot_be_read_is_refused() {
    let accept = Reading { accept_rule: true, ..Reading::default() };
    for pos in ["1", "-1"] {
        let (code, message) = refused("okx", &accept, |files| {
            edit(files, "positions.json", |answer| {
                answer["data"][0]["pos"] = json!(pos);
                answer["data"][0]["lever"] = json!("n/a");
            });
        });
        assert_eq!(code, FolderErrorCode::ImportSource, "{message}");
        assert!(message.contains("/lever"), "{message}");
    }
}

/// Positions of another account, of another size or of another mode than the account's own figures are of.
#[test]
fn positions_of_another_account_are_refused() {
    let accept = Reading { accept_rule: true, ..Reading::default() };
    for (name, file, pointer, value, code, message) in [
        (
            "gate",
            "positions.json",
            "/0/user",
            json!(777),
            "OtherAccount",
            "is not that of accounts.json",
        ),
        (
            "kraken",
            "openpositions.json",
            "/openPositions/0/size",
            json!(3.0),
            "ImportSource",
            "is less than that of the positions listed",
        ),
        (
            "lighter",
            "account.json",
            "/accounts/0/account_trading_mode",
            json!(1),
            "ImportSource",
            "of a unified account other assets count",
        ),
    ] {
        let said = refused(name, &accept, |files| {
            edit(files, file, |answer| {
                let (parent, member) = pointer.rsplit_once('/').unwrap();
                answer.pointer_mut(parent).unwrap()[member] = value.clone();
            });
        });
        assert_eq!(said.0.as_str(), code, "{name}: {}", said.1);
        assert!(said.1.contains(message), "{name}: {}", said.1);
    }
}

/// Answers of BitMEX say when they were given, whatever whoever saved them noted. Where nothing is held they say when
/// something last changed, which is long ago.
#[test]
fn answers_of_bitmex_are_of_one_time() {
    let accept = Reading { accept_rule: true, ..Reading::default() };
    let late = |file: &str, pointer: &str| {
        refused("bitmex", &accept, |files| {
            edit(files, file, |answer| {
                *answer.pointer_mut(pointer).unwrap() = json!("2024-11-24T23:34:20.100Z");
            });
        })
    };
    for (file, pointer) in [("margin.json", "/timestamp"), ("position.json", "/0/timestamp")] {
        let message = format!(
            "{file}: is of 2024-11-24T23:34:20.100Z, and instrument.json of 2024-11-24T23:33:19.034Z: prices and account are more than 60 s apart"
        );
        assert_eq!(late(file, pointer), (FolderErrorCode::TimesApart, message));
    }
    let mut files = example("bitmex");
    edit(&mut files, "margin.json", |margin| {
        for name in ["unrealisedPnl", "maintMargin"] {
            margin[name] = json!(0);
        }
        margin["marginBalance"] = json!(100_005_180);
        margin["timestamp"] = json!("2024-11-20T12:00:00.040Z");
    });
    edit(&mut files, "position.json", |positions| {
        for name in ["currentQty", "unrealisedCost", "markValue", "unrealisedPnl", "posMaint"] {
            positions[0][name] = json!(0);
        }
        positions[0]["timestamp"] = json!("2024-11-01T12:00:00.040Z");
    });
    let imported = import("bitmex", &files, &accept).unwrap();
    assert!(imported.account.unwrap().positions.is_empty() && imported.undated.is_empty());
}

/// What margin in other currencies there is, beside that of this one.
#[test]
fn margin_of_bitmex_in_other_currencies_is_refused() {
    let accept = Reading { accept_rule: true, ..Reading::default() };
    let with = |name: &str, amount: Value| {
        let mut files = example("bitmex");
        edit(&mut files, "margin.json", |margin| margin[name] = amount);
        import("bitmex", &files, &accept).map(drop).map_err(|e| e.to_string())
    };
    for (name, own, of) in [
        ("foreignMarginBalance", 100_003_613, "marginBalance"),
        ("foreignRequirement", 5612, "maintMargin"),
    ] {
        // An answer that was recorded has none, and one that is kept as test data the currency's own.
        for amount in [json!(0), json!(null), json!(own)] {
            assert_eq!(with(name, amount), Ok(()), "{name}");
        }
        let message = format!(
            "margin.json /{name}: is neither zero nor {of}: margin in other currencies is no part of the schedule"
        );
        assert_eq!(with(name, json!(own + 1)), Err(message));
    }
}

/// An answer of Deribit says when it was given, in microseconds, and one of Lighter whether it is an answer; what Hyperliquid
/// says of an account's mode is that of the schedule.
#[test]
fn what_an_answer_says_of_itself_counts() {
    let all = Reading { accept_rule: true, ..Reading::default() };
    for file in ["get_account_summaries.json", "get_positions.json"] {
        let said = refused("deribit", &all, |files| {
            edit(files, file, |answer| answer["usOut"] = json!(1_765_541_374_000_000_u64));
        });
        let message = format!(
            "ticker.json: is of 2025-12-12T12:11:14.286Z, and {file} of 2025-12-12T12:09:34Z: prices and account are more than 60 s apart"
        );
        assert_eq!(said, (FolderErrorCode::TimesApart, message));
    }
    // The times that whoever saved the answers noted are not asked where these are.
    let mut files = example("deribit");
    without(&mut files, "fetched.json");
    assert_eq!(import("deribit", &files, &all).unwrap().undated, Vec::<&str>::new());
    let said = refused("lighter", &all, |files| {
        edit(files, "account.json", |answer| answer["code"] = json!(21100));
    });
    let message = "account.json /code: is not 200: the venue refused";
    assert_eq!(said, (FolderErrorCode::ImportSource, message.to_owned()));

    let mode = |mode: Value| {
        let mut files = example("hyperliquid");
        files.push(opened("userAbstraction", &mode));
        import("hyperliquid", &files, &all).map_err(|e| (e.code, e.to_string()))
    };
    for known in ["default", "disabled"] {
        let imported = mode(json!(known)).unwrap();
        assert!(imported.undated.is_empty() && imported.unread.is_empty());
        assert!(imported.taken.iter().any(|taken| taken.file == "userAbstraction.json"));
    }
    for other in ["unifiedAccount", "portfolioMargin", "dexAbstraction"] {
        let message = "userAbstraction.json: is neither \"default\" nor \"disabled\": the account has collateral which the schedule leaves out";
        let said = mode(json!(other)).map(drop);
        assert_eq!(said, Err((FolderErrorCode::ImportSource, message.to_owned())));
    }
    assert!(mode(json!({"type": "default"})).is_err());
}

/// The time of the latest mark is not that of all.
#[test]
fn marks_of_bitmex_are_of_one_time() {
    let accept = Reading { accept_rule: true, ..Reading::default() };
    let at = |time: &str| {
        let mut files = example("bitmex");
        edit(&mut files, "instrument.json", |answer| {
            let mut other = answer[0].clone();
            (other["symbol"], other["timestamp"]) = (json!("ETHUSD"), json!(time));
            answer.as_array_mut().unwrap().push(other);
        });
        import("bitmex", &files, &accept)
    };
    let near = at("2024-11-24T23:33:49.000Z").unwrap();
    assert_eq!(near.snapshot.unwrap().time, "2024-11-24T23:33:19.034Z");
    let far = at("2024-11-28T23:33:19.034Z").map(drop).unwrap_err();
    assert_eq!(far.code, FolderErrorCode::TimesApart, "{far}");
}

/// Prices of a test network, of another list or of another day make another account than the venue's.
#[test]
fn marks_of_another_list_are_refused() {
    let accept = Reading { accept_rule: true, ..Reading::default() };
    // A linear contract by the mark or the notional of its position, or by its profit and entry price.
    for (name, file, pointer, near, far) in [
        ("okx", "mark-price.json", "/data/0/markPx", "34200", "44132.1"),
        ("gate", "contracts.json", "/0/mark_price", "3790", "2780.32"),
        ("binance", "premiumIndex.json", "/0/markPrice", "68000", "87984.2"),
        ("dydx", "perpetualMarkets.json", "/markets/BTC-USD/oraclePrice", "90000", "70000"),
    ] {
        let with = |mark: &str| {
            let mut files = example(name);
            edit(&mut files, file, |answer| *answer.pointer_mut(pointer).unwrap() = json!(mark));
            import(name, &files, &accept).map(drop)
        };
        assert!(with(near).is_ok(), "{name}: {:?}", with(near));
        let error = with(far).unwrap_err();
        assert_eq!(error.code, FolderErrorCode::TimesApart, "{name}: {error}");
        assert!(error.to_string().contains("by more than 1 %"), "{name}: {error}");
    }
}

/// One balance that is wrong alone is not the total's.
#[test]
fn a_wrong_balance_is_refused() {
    for (name, file, pointer, value, message) in [
        (
            "bybit",
            "wallet-balance.json",
            "/result/list/0/coin/0/walletBalance",
            json!("1100.5"),
            "is not walletBalance and unrealisedPnl",
        ),
        (
            "okx",
            "balance.json",
            "/data/0/details/0/cashBal",
            json!("1100"),
            "is not cashBal and isoEq with the profit of the cross book",
        ),
        (
            "gate",
            "accounts.json",
            "/total",
            json!("1100"),
            "is not the balance of the cross book, with its profit or without",
        ),
        (
            "bitmex",
            "margin.json",
            "/walletBalance",
            json!(100_005_181),
            "is not walletBalance and unrealisedPnl",
        ),
        (
            "deribit",
            "get_account_summaries.json",
            "/result/summaries/0/equity",
            json!(9125.0),
            "is not the balance, the results of the session and the value of options",
        ),
    ] {
        let reading = Reading { accept_rule: true, ..Reading::default() };
        let (_, told) = refused(name, &reading, |files| {
            edit(files, file, |answer| *answer.pointer_mut(pointer).unwrap() = value);
        });
        assert!(told.contains(message), "{name}: {told}");
    }
}

#[test]
fn a_missing_balance_is_missed() {
    let all = Reading::default();
    assert!(import("binance", &example("binance"), &all).is_ok());
    let message = |total: &str| {
        let message = format!(
            "account.json /{total}: is not what the balances listed are worth at the rates of assetIndex.json"
        );
        (FolderErrorCode::ImportSource, message)
    };
    let refused_with = |change: fn(&mut Value)| {
        refused("binance", &all, |files| edit(files, "account.json", change))
    };
    let dropped = refused_with(|a| drop(a["assets"].as_array_mut().unwrap().remove(2)));
    assert_eq!(dropped, message("totalWalletBalance"));
    let other = refused_with(|a| a["totalMarginBalance"] = json!("1500.00000000"));
    assert_eq!(other, message("totalMarginBalance"));
    // Without rates there is nothing to compare with, and without an entry of what contracts settle in no account.
    let mut files = example("binance");
    edit(&mut files, "account.json", |a| drop(a["assets"].as_array_mut().unwrap().remove(2)));
    without(&mut files, "assetIndex.json");
    assert!(import("binance", &files, &all).is_err());
}

#[test]
fn a_folder_can_lack_what_is_not_demanded() {
    let mut files = example("binance");
    for name in ["account.json", "positionRisk.json", "multiAssetsMargin.json", "fetched.json"] {
        without(&mut files, name);
    }
    let imported = import("binance", &files, &Reading::default()).unwrap();
    assert!(imported.account.is_none() && imported.market.is_some());
    // Without an account there is no mode, and the default is single-asset mode.
    assert!(!imported.schedule.file().bid_and_ask);
    let whole = Reading { whole: true, ..Reading::default() };
    let error = import("binance", &files, &whole).unwrap_err();
    assert_eq!(error.code, FolderErrorCode::MissingAnswer);
    assert!(error.to_string().starts_with("the folder: has no account.json (GET "), "{error}");
    without(&mut files, "premiumIndex.json");
    without(&mut files, "assetIndex.json");
    assert!(import("binance", &files, &Reading::default()).unwrap().snapshot.is_none());
}

/// A contract whose brackets may be multiples of everybody's is not in the schedule, so it cannot be held.
#[test]
fn brackets_of_ones_own_are_left_out() {
    let mut files = example("binance");
    replace(&mut files, "leverageBracket.json", "\"notionalCoef\": 1.0", "\"notionalCoef\": 1.5");
    let error = import("binance", &files, &Reading::default()).unwrap_err();
    let message = "account.json /positions/1/symbol: is not an instrument of the schedule";
    assert_eq!(error.to_string(), message);
    for name in ["account.json", "positionRisk.json"] {
        without(&mut files, name);
    }
    without(&mut files, "multiAssetsMargin.json");
    let left_out = import("binance", &files, &Reading::default()).unwrap().left_out;
    let why = "its notionalCoef is not 1, which its brackets may or may not contain";
    assert!(left_out.iter().any(|l| l.symbol == "BTCUSDT" && l.why == why), "{left_out:?}");
}

fn opened(name: &str, answer: &Value) -> OpenedFile {
    let bytes = Zeroizing::new(answer.to_string().into_bytes());
    OpenedFile { name: format!("{name}.json"), bytes }
}

/// A user of Drift without isolated positions.
fn drift() -> Value {
    let text = include_str!("../../venues/drift/examples/perpetual.source.json");
    serde_json::from_str(text).unwrap()
}

fn dydx() -> Value {
    serde_json::from_str(include_str!("../../venues/dydx/markets.json")).unwrap()
}

#[test]
fn choices_that_have_no_effect_are_refused() {
    let some = || vec!["BTC".to_owned()];
    let rule = |parts: &[&str]| {
        let rule = parts.iter().map(|part| RulePart::parse(part)).collect();
        Choice { rule, ..Choice::default() }
    };
    for (venue, choice, message) in [
        (
            "hyperliquid",
            rule(&["liquidation"]),
            "hyperliquid has no part of its rule \"liquidation\": none of its rule is chosen",
        ),
        (
            "dydx",
            rule(&["strict"]),
            "dydx has no part of its rule \"strict\": there is liquidation",
        ),
        ("dydx", rule(&["liquidation=1"]), "\"liquidation\" has no figure"),
        ("dydx", rule(&["liquidation", "liquidation"]), "\"liquidation\" is given twice"),
        (
            "dydx",
            Choice { requirement: Some(Requirement::Initial), ..rule(&["liquidation"]) },
            "who is liquidated is decided by the maintenance margin",
        ),
        (
            "dydx",
            Choice { requirement: Some(Requirement::Fill), ..Choice::default() },
            "dydx has no choice of the requirement `fill`: its requirements are maintenance, initial",
        ),
        ("drift", rule(&["least-ratio"]), "\"least-ratio\" needs a figure: least-ratio=FIGURE"),
        (
            "drift",
            rule(&["least-ratio=10.0001"]),
            "least-ratio is above 0 and at most 10, with up to 4 digits",
        ),
        (
            "drift",
            rule(&["strict", "liquidation-buffer=0.00001"]),
            "liquidation-buffer is above 0 and at most 1, with up to 4 digits",
        ),
        (
            "hyperliquid",
            Choice { settle: some(), ..Choice::default() },
            "hyperliquid has no choice of a settlement asset: its contracts have one",
        ),
        (
            "hyperliquid",
            Choice { collateral: some(), ..Choice::default() },
            "hyperliquid has no choice of collateral: it is in its rule",
        ),
        (
            "binance",
            Choice { account: Some("1".to_owned()), ..Choice::default() },
            "binance has no choice of an account: its answers do not say whose they are",
        ),
    ] {
        let reading = Reading { choice, ..Reading::default() };
        // Of any other venue's answers: a choice is looked at first.
        let files = match venue {
            "drift" => vec![opened("accounts", &drift())],
            "dydx" => vec![opened("perpetualMarkets", &dydx())],
            _ => example(venue),
        };
        let error = import(venue, &files, &reading).map(drop).unwrap_err();
        assert_eq!((error.code, error.to_string()), (FolderErrorCode::Choice, message.to_owned()));
    }
}

#[test]
fn a_subset_says_that_it_is_one() {
    let whole = import("hyperliquid", &example("hyperliquid"), &Reading::default()).unwrap();
    let subset = Some(Subset::Held { others: 3, key: [7; 32] });
    let reading = Reading { subset, ..Reading::default() };
    let imported = import("hyperliquid", &example("hyperliquid"), &reading).unwrap();
    written(&imported);
    assert_eq!(imported.schedule.instruments().len(), 15);
    assert_eq!(imported.subset_of, Some(28));
    let words = "13 of the market's 28 instruments: this schedule is a subset, and an account under it holds none of the others";
    let of_venue = &whole.schedule.file().leaves_out[..];
    let words = [of_venue, &[words.to_owned()]].concat();
    assert_eq!(imported.schedule.file().leaves_out, words);
    assert!(imported.schedule.departures().unwrap().to_string().contains("is a subset"));
    // Figures, ids and registry are those of the whole market; the rule is another one.
    assert_eq!(figures(&imported), figures(&whole));
    assert_eq!(imported.schedule.registry_digest(), whole.schedule.registry_digest());
    assert_ne!(imported.schedule.digest(), whole.schedule.digest());
    imported.schedule.agrees_on_ids(&whole.schedule).unwrap();
    whole.schedule.continues(&imported.schedule).unwrap_err();
    // Those of the others are not in it: what is imported after it would give them new ones.
    let after = Reading { previous: Some(&imported.schedule), ..Reading::default() };
    let error = import("hyperliquid", &example("hyperliquid"), &after).map(drop).unwrap_err();
    let message = "the earlier schedule is a subset of its market, and does not say which ids the other instruments have";
    assert_eq!((error.code, error.to_string()), (FolderErrorCode::Choice, message.to_owned()));
    let after = Reading { previous: Some(&whole.schedule), ..Reading::default() };
    import("hyperliquid", &example("hyperliquid"), &after).unwrap();
    // Other keys draw others.
    let drawn = |key: u8| {
        let subset = Some(Subset::Held { others: 3, key: [key; 32] });
        let reading = Reading { subset, ..Reading::default() };
        import("hyperliquid", &example("hyperliquid"), &reading).unwrap().schedule.digest()
    };
    assert!((0..8).any(|key| drawn(key) != imported.schedule.digest()));

    // All of it is no subset.
    let subset = Some(Subset::Held { others: 16, key: [7; 32] });
    let reading = Reading { subset, ..Reading::default() };
    let all = import("hyperliquid", &example("hyperliquid"), &reading).unwrap();
    assert_eq!((all.subset_of, all.schedule.digest()), (None, whole.schedule.digest()));

    let only = |symbols: &[&str]| Reading {
        subset: Some(Subset::Only(symbols.iter().map(|s| (*s).to_owned()).collect())),
        ..Reading::default()
    };
    let (code, said) = refused("hyperliquid", &only(&["BTC", "ETH"]), |_| {});
    assert_eq!(code, FolderErrorCode::Choice);
    assert_eq!(
        said,
        "the account holds an instrument that the subset leaves out: every position counts"
    );
    let (_, said) = refused("hyperliquid", &only(&["BTCC"]), |_| {});
    assert!(said.starts_with("the market has no instrument \"BTCC\""), "{said}");
    let reading = only(&["BTCUSDT", "WLDUSDT"]);
    let imported = import("binance", &example("binance"), &reading).unwrap();
    assert_eq!(imported.schedule.instruments().len(), 2);
    let whole = import("binance", &example("binance"), &Reading::default()).unwrap();
    assert_eq!(figures(&imported), figures(&whole));
}

/// Whatever stands at a place of an answer, the folder is read, or refused with the file or the reason, and nothing
/// panics. Each place gets one bad value of several in turn.
#[test]
fn folders_survive() {
    let bad = bad_values();
    let others = [
        "dydx",
        "kraken",
        "bitmex",
        "binance-coinm",
        "binance-pm",
        "bybit",
        "okx",
        "gate",
        "deribit",
    ];
    for name in ["binance", "hyperliquid", "lighter", "extended"].into_iter().chain(others) {
        let reading = Reading { accept_rule: true, ..Reading::default() };
        let files = example(name);
        let mut turn = 0;
        for (at, file) in files.iter().enumerate() {
            let value: Value = serde_json::from_slice(&file.bytes).unwrap();
            let mut places = Vec::new();
            pointers(&value, "", &mut places);
            // Lists of many markets are alike.
            let step = if ["hyperliquid", "extended", "kraken"].contains(&name) { 7 } else { 1 };
            for place in places.into_iter().step_by(step) {
                turn += 1;
                let mut spoiled = files.clone();
                let value = with(&value, &place, bad[turn % bad.len()].clone());
                *spoiled[at].bytes = value.to_string().into_bytes();
                if let Err(error) = import(name, &spoiled, &reading) {
                    assert!(!error.message.is_empty(), "{place}");
                    assert!(error.pointer.is_empty() || error.pointer.starts_with('/'), "{place}");
                }
            }
        }
        assert!(turn > 10, "{name}");
    }
}

/// The table of a venue's answers on the page.
fn table(endpoints: &[Endpoint]) -> String {
    let words =
        |text: &str| if text.is_empty() { "-".to_owned() } else { text.replace('|', "\\|") };
    let mut table =
        "| file | answer to | taken | assumed | left out |\n|---|---|---|---|---|\n".to_owned();
    for e in endpoints {
        let (takes, assumes, leaves_out) = (words(e.takes), words(e.assumes), words(e.leaves_out));
        let line =
            format!("| `{}` | {} | {takes} | {assumes} | {leaves_out} |\n", e.file, e.request);
        table.push_str(&line);
    }
    table
}

/// `docs/import.md` lists what the importers declare; `ZKMARGIN_UPDATE=1` writes it.
#[test]
fn the_page_lists_every_answer() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/import.md");
    let mut page = std::fs::read_to_string(&path).unwrap();
    for (name, endpoints) in known_answers() {
        let start = format!("<!-- answers of {name} -->\n");
        let from = page.find(&start).unwrap_or_else(|| panic!("{name} has no section"));
        let from = from + start.len();
        let length = page[from..].find("<!-- end -->").unwrap();
        page.replace_range(from..from + length, &format!("\n{}\n", table(endpoints)));
    }
    kept("../docs/import.md", &page);
}

/// Every venue's declarations: names are files, and no two answers of one venue look alike.
#[test]
fn declarations_are_complete() {
    for venue in VENUES {
        for endpoint in venue.endpoints {
            let at = format!("{} {}", venue.name, endpoint.file);
            assert!(endpoint.file.ends_with(".json") && endpoint.file != TIMES_FILE, "{at}");
            assert!(!endpoint.request.is_empty() && !endpoint.takes.is_empty(), "{at}");
            // What is only compared gives no file.
            let is_compared = endpoint.takes.starts_with("that ");
            assert!(is_compared || !endpoint.gives.is_empty(), "{at}");
        }
    }
}

/// What is not taken of an answer can be newer than what is: the prices that count are those that are taken.
#[test]
fn prices_that_are_taken_are_of_the_time_of_the_account() {
    let all = Reading { accept_rule: true, ..Reading::default() };
    // In single-asset mode neither contracts that settle in USDC nor its rate are taken.
    let at = |time: u64| {
        let mut files = example("binance");
        edit(&mut files, "multiAssetsMargin.json", |m| m["multiAssetsMargin"] = json!(false));
        for name in ["walletBalance", "crossWalletBalance"] {
            edit(&mut files, "account.json", |a| a["assets"][2][name] = json!("0"));
        }
        for name in ["premiumIndex.json", "assetIndex.json"] {
            edit(&mut files, name, |prices| {
                let taken = ["BTCUSDT", "WLDUSDT", "BTCUSDT_240927", "USDTUSD"];
                let prices = prices.as_array_mut().unwrap().iter_mut();
                prices
                    .filter(|entry| taken.iter().any(|name| entry["symbol"] == **name))
                    .for_each(|entry| entry["time"] = json!(time));
            });
        }
        import("binance", &files, &all)
    };
    assert!(at(1_722_062_678_000).is_ok());
    // Ten minutes ago.
    let error = at(1_722_062_078_000).map(drop).unwrap_err();
    let message = "account.json: is of 2024-07-27T06:44:38.500Z, and the prices that are taken of 2024-07-27T06:34:38Z: more than 60 s apart";
    assert_eq!((error.code, error.to_string()), (FolderErrorCode::TimesApart, message.to_owned()));
}

/// A contract without brackets is missing in the schedule, and is said to be.
#[test]
fn contracts_without_brackets_are_left_out_by_name() {
    let all = Reading { accept_rule: true, ..Reading::default() };
    let mut files = example("binance");
    edit(&mut files, "leverageBracket.json", |listed| {
        listed.as_array_mut().unwrap().retain(|entry| entry["symbol"] != "BTCUSDT_240927");
    });
    let imported = import("binance", &files, &all).unwrap();
    assert!(imported.schedule.instrument("BTCUSDT_240927").is_none());
    let left_out = imported.left_out.iter().find(|l| l.symbol == "BTCUSDT_240927");
    assert_eq!(left_out.unwrap().why, "has no brackets in the answer");
    let said = refused("binance", &all, |files| {
        edit(files, "exchangeInfo.json", |info| {
            let again = info["symbols"][0].clone();
            info["symbols"].as_array_mut().unwrap().push(again);
        });
    });
    assert_eq!(said.0, FolderErrorCode::ImportSource, "{}", said.1);
    assert!(said.1.ends_with("is in the answer twice"), "{}", said.1);
}

/// A folder without what an account is compared with: the account could be anything.
#[test]
fn an_account_needs_its_totals() {
    for (name, without) in [
        ("binance-pm", "account"),
        ("binance-pm", "balance"),
        ("binance-pm", "umAccount"),
        ("binance-pm", "assetIndexPrice"),
        ("binance-pm", "premiumIndex"),
        ("binance", "assetIndex"),
        ("kraken", "accounts"),
        ("kraken", "openpositions"),
    ] {
        let file = format!("{without}.json");
        let reading = Reading { accept_rule: true, ..Reading::default() };
        let (code, said) = refused(name, &reading, |files| files.retain(|of| of.name != file));
        assert_eq!(code, FolderErrorCode::MissingAnswer, "{name} {file}: {said}");
        assert!(said.contains(&format!("has no {file} (GET ")), "{said}");
    }
}

/// Under an earlier schedule a contract keeps its id, and what the id means: an account of one contract is not one of a tenth.
#[test]
fn an_earlier_schedule_is_continued() {
    let all = Reading { accept_rule: true, ..Reading::default() };
    let earlier = import("okx", &example("okx"), &all).unwrap().schedule;
    let again = Reading { previous: Some(&earlier), ..all };
    assert!(import("okx", &example("okx"), &again).is_ok());
    for (from, to) in [
        (r#""ctVal": "0.1""#, r#""ctVal": "1""#),
        (r#""lotSz": "0.01", "minSz": "0.01""#, r#""lotSz": "0.001", "minSz": "0.001""#),
        (r#""ctMult": "1", "ctValCcy": "ETH""#, r#""ctMult": "10", "ctValCcy": "ETH""#),
    ] {
        let mut changed = false;
        let (code, said) = refused("okx", &again, |files| {
            let bytes = bytes_of(files, "instruments.json");
            let text = String::from_utf8(bytes.clone()).unwrap();
            let other = text.replacen(from, to, 1);
            changed = other != text;
            *bytes = other.into_bytes();
        });
        assert!(changed, "{from}");
        assert_eq!(code, FolderErrorCode::Unusable, "{said}");
        assert!(said.contains("in the other schedule; give it the next free id"), "{said}");
    }
}

/// What is out for one import is named, and its id is not given again: neither to another contract, nor to itself when it
/// returns, because no schedule between says what the id meant. From the schedule before, it has its id.
#[test]
fn what_is_out_for_one_import_gets_a_new_id() {
    let by = |previous, files: &[OpenedFile]| {
        let reading = Reading { previous, accept_rule: true, ..Reading::default() };
        import("bybit", files, &reading).unwrap()
    };
    let mut whole = example("bybit");
    whole.retain(|file| ["instruments-info.json", "risk-limit.json"].contains(&&*file.name));
    let mut without = whole.clone();
    edit(&mut without, "instruments-info.json", |info| {
        let list = info["result"]["list"].as_array_mut().unwrap();
        list.retain(|contract| contract["symbol"] != "ETHUSDT");
    });
    let id = |of: &Imported| of.schedule.instrument("ETHUSDT").map(|i| i.id);
    let first = by(None, &whole);
    assert_eq!((id(&first), first.delisted.len(), first.warnings().len()), (Some(2), 0, 0));
    let second = by(Some(&first.schedule), &without);
    assert_eq!((id(&second), &second.delisted[..]), (None, &["ETHUSDT".to_owned()][..]));
    let said = "the earlier schedule lists ETHUSDT, and these answers do not: their ids are not given again, so that what returns gets a new one; if an answer is not whole, import again with the same earlier schedule";
    assert_eq!(second.warnings(), [("Delisted", said.to_owned())]);
    let third = by(Some(&second.schedule), &whole);
    assert_eq!((id(&third), third.delisted.len()), (Some(3), 0));
    third.schedule.agrees_on_ids(&first.schedule).unwrap();
    assert_eq!(id(&by(Some(&first.schedule), &whole)), Some(2));
    // The old id would be one that the schedule between gives to nothing.
    let mut old = third.schedule.file().clone();
    old.instruments.iter_mut().find(|i| i.symbol == "ETHUSDT").unwrap().id = 2;
    let old = Schedule::new(old).unwrap().continues(&second.schedule).map(drop).unwrap_err();
    assert_eq!(old.code, crate::ErrorCode::ReusedId);
}

/// One commitment serves both requirements of a registry, so one chain gives its ids: that of the maintenance margin, which lists
/// every contract. What the other leaves out keeps its id all the same.
#[test]
fn ids_of_all_requirements_are_of_one_chain() {
    let by = |requirement, previous, files: &[OpenedFile]| {
        let choice = Choice { requirement: Some(requirement), ..Choice::default() };
        let reading = Reading { choice, previous, accept_rule: true, ..Reading::default() };
        let of = import("bybit", files, &reading).map(|imported| imported.schedule);
        of.map_err(|error| (error.code, error.to_string()))
    };
    let mut files = example("bybit");
    files.retain(|file| ["instruments-info.json", "risk-limit.json"].contains(&&*file.name));
    // No denominator up to a million has this rate.
    let mut inexact = files.clone();
    replace(
        &mut inexact,
        "risk-limit.json",
        r#""initialMargin": "0.02""#,
        r#""initialMargin": "0.0200001""#,
    );
    let listing = |files: &[OpenedFile]| {
        let mut files = files.to_vec();
        edit(&mut files, "instruments-info.json", |info| {
            let list = info["result"]["list"].as_array_mut().unwrap();
            let mut new = list[0].clone();
            (new["symbol"], new["baseCoin"]) = (json!("XRPUSDT"), json!("XRP"));
            list.insert(0, new);
        });
        edit(&mut files, "risk-limit.json", |pages| {
            let list = pages[0]["result"]["list"].as_array_mut().unwrap();
            let mut new = list[0].clone();
            new["symbol"] = json!("XRPUSDT");
            list.insert(0, new);
        });
        files
    };
    let ids = |of: &Schedule| -> Vec<_> {
        of.instruments().iter().map(|i| (i.symbol.clone(), i.id)).collect()
    };
    let entry = |symbol: &str, id: u32| (symbol.to_owned(), id);
    let (maintenance, initial) = (Requirement::Maintenance, Requirement::Initial);
    let first = by(maintenance, None, &files).unwrap();
    let partial = by(initial, None, &inexact).unwrap();
    assert_eq!(first.registry_digest(), partial.registry_digest());
    assert_eq!(ids(&partial), [entry("BTCUSDT", 1)]);
    let words = "contracts of which no table has the requirement exactly: ETHUSDT";
    assert_eq!(partial.file().leaves_out.last().map(String::as_str), Some(words));
    for requirement in [maintenance, initial] {
        let message = "the earlier schedule leaves out contracts of its registry, and does not say which ids they have";
        let refused = by(requirement, Some(&partial), &files).map(drop).unwrap_err();
        assert_eq!(refused, (FolderErrorCode::Choice, message.to_owned()));
    }
    // Both at once from the first chain's schedule: neither gets an id that the other one gives.
    let new = listing(&inexact);
    let second = by(maintenance, Some(&first), &new).unwrap();
    assert_eq!(ids(&second), [entry("BTCUSDT", 1), entry("ETHUSDT", 2), entry("XRPUSDT", 3)]);
    let message = "the earlier schedule does not list \"XRPUSDT\", and only schedules of maintenance margin give ids: two chains would give one id twice";
    let refused = by(initial, Some(&first), &new).map(drop).unwrap_err();
    assert_eq!(refused, (FolderErrorCode::Choice, message.to_owned()));
    let beside = by(initial, Some(&second), &new).unwrap();
    assert_eq!(ids(&beside), [entry("BTCUSDT", 1), entry("XRPUSDT", 3)]);
    beside.agrees_on_ids(&second).unwrap();
    // Where nothing is left out, an initial margin's schedule can be continued as well.
    let whole = by(initial, Some(&second), &listing(&files)).unwrap();
    let third = by(maintenance, Some(&whole), &listing(&files)).unwrap();
    assert_eq!(ids(&third), ids(&second));
    // What is last in a list and left out has its id even so.
    let numbering = partial.file().numbering.as_ref();
    assert_eq!(numbering.and_then(|numbering| numbering.last_instrument), Some(2));
}
