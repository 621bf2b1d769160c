//! A file that is made up.

use super::{import, read};
use crate::Requirement;
use crate::portfolio::ContractTermsFile;
use crate::portfolio::PortfolioMarket;
use crate::portfolio::PortfolioSchedule;
use num_bigint::BigInt;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::portfolio::margin;
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};

/// A future of June and a call of July, the future's loss in each scenario 10 and the call's 4.
fn small() -> String {
    include_str!("examples/answers/risk.spn").to_owned()
}

/// Three futures against two calls: scan 3 * 10 - 2 * 4 = 22; deltas 3 and -1, of which one spread of 20.5; two short
/// options are at least 70.
#[test]
fn a_requirement_by_hand() {
    let made = import(&read(small().as_bytes()).unwrap(), &[]).unwrap();
    let schedule = PortfolioSchedule::new(made.schedule).unwrap();
    let symbols: Vec<_> = schedule.instruments().iter().map(|i| i.symbol.as_str()).collect();
    assert_eq!(symbols, ["X-201606-F-7", "X-201607-C6.25-8"]);
    let market = PortfolioMarket::compile(&schedule, &made.snapshot).unwrap();
    assert_eq!(market.snapshot().time(), "2016-05-17T15:30:00Z");
    let required = |future: i64, call: i64| {
        let held = [(1, future), (2, call)].into_iter().filter(|(_, size)| *size != 0);
        let position = |(instrument, size): (u32, i64)| Position {
            book: Book::Cross,
            instrument,
            side: if size < 0 { Side::Short } else { Side::Long },
            size: size.unsigned_abs().into(),
            entry: BigInt::ZERO,
            own: 0,
        };
        let cash = Balance { asset: 1, balance: BigInt::ZERO, own: 0 };
        let account = Account::new(held.map(position).collect(), vec![cash]).unwrap();
        let of = margin(&account, market.market(Requirement::Maintenance).unwrap()).unwrap();
        format_scaled(&of.requirement, schedule.loss_decimals())
    };
    assert_eq!(required(3, 0), "30");
    assert_eq!(required(0, 2), "8");
    assert_eq!(required(0, -2), "70");
    assert_eq!(required(3, -2), "70");
    assert_eq!(required(9, -2), "102.5");
}

/// What a contract is of stands in its unit, by series; the arrays are of one contract, whatever that is.
#[test]
fn contracts_are_of_the_files_multipliers() {
    let import = |text: &str| import(&read(text.as_bytes())?, &[]);
    let made = import(&small()).unwrap();
    let [series] = &made.schedule.units[0].series[..] else { panic!("one series") };
    let of = |terms: &Option<ContractTermsFile>| {
        terms.as_ref().and_then(|t| t.multiplier.clone()).unwrap().as_str().to_owned()
    };
    assert_eq!([of(&series.options), of(&series.futures)], ["100", "100"]);
    let adjusted = small().replace(
        "<pe>201607</pe><cvf>100.0000000</cvf>",
        "<pe>201607S1</pe><cvf>103.2700000</cvf>",
    );
    let adjusted = import(&adjusted).unwrap();
    let [plain, other] = &adjusted.schedule.units[0].series[..] else { panic!("two series") };
    assert_eq!((plain.number, &plain.options, of(&plain.futures)), (0, &None, "100".to_owned()));
    assert_eq!((other.number, of(&other.options), &other.futures), (1, "103.27".to_owned(), &None));
    // The same array, of more of the underlying.
    assert_eq!(adjusted.snapshot.instruments[1].loadings, made.snapshot.instruments[1].loadings);
    let again = "<fut><cId>9</cId><pe>201606</pe><cvf>10</cvf>";
    let future = small().split("<fut>").nth(1).unwrap().split("</fut>").next().unwrap().to_owned();
    let future = format!("<fut>{future}</fut>");
    let another = future.replace("<fut><cId>7</cId><pe>201606</pe><cvf>100.0000000</cvf>", again);
    let two = small().replace(&future, &format!("{future}{another}"));
    let error = import(&two).unwrap_err();
    assert_eq!(error, "contract 9 of X is of 10, and another one of its series is not");
    let none = import(&small().replace("100.0000000", "0.0000000")).unwrap_err();
    assert!(none.contains("<cvf>: not a figure above zero"), "{none}");
}

#[test]
fn commodities_by_code() {
    let file = read(small().as_bytes()).unwrap();
    assert_eq!(import(&file, &["X"]).unwrap(), import(&file, &[]).unwrap());
    assert_eq!(import(&file, &["Y"]).unwrap_err(), "the file has no commodity \"Y\"");
    let untimed = small().replace("201605171830", "yesterday");
    let error = import(&read(untimed.as_bytes()).unwrap(), &[]).unwrap_err();
    assert!(error.starts_with("<created> is \"yesterday\""), "{error}");
}

/// A folder has rule and prices: the account is given.
#[test]
fn a_folder_has_no_account() {
    use crate::venue::{Beside, OpenedFile, PortfolioReading};
    use crate::{AccountFile, FileKind};
    let bytes = zeroize::Zeroizing::new(small().into_bytes());
    let files = [OpenedFile { name: "risk.spn".to_owned(), bytes }];
    let read = |files: &[OpenedFile], reading: &PortfolioReading| {
        let others = ["notes.txt".to_owned()];
        super::FOLDER.import(files, &others, &[], reading).map_err(|e| e.to_string())
    };
    let imported = read(&files, &PortfolioReading::default()).unwrap();
    let made = import(&super::read(small().as_bytes()).unwrap(), &[]).unwrap();
    assert_eq!((imported.schedule, imported.snapshot), (made.schedule, made.snapshot));
    assert_eq!((imported.account, imported.unread), (None, vec!["notes.txt".to_owned()]));
    assert_eq!(imported.taken[0].time_ms, crate::parse_utc("2016-05-17T15:30:00Z"));
    let account = |venue: &str, instrument: &str| {
        let text = format!(
            r#"{{"format": "zkmargin-account/1", "venue": "{venue}",
                "balances": [{{"asset": "TRY", "balance": "100"}}],
                "positions": [{{"instrument": "{instrument}", "size": "3", "entry_value": "0"}}]}}"#
        );
        let account = Some(AccountFile::from_json(text.as_bytes()).unwrap());
        PortfolioReading {
            beside: Beside { account, ..Beside::default() },
            ..PortfolioReading::default()
        }
    };
    let imported = read(&files, &account("takasbank", "X-201606-F-7")).unwrap();
    assert_eq!(imported.given, [FileKind::Account]);
    assert!(imported.account.is_some());
    for (given, told) in [
        (account("binance", "X-201606-F-7"), "the folder: gives no usable account (/venue)"),
        (account("takasbank", "BTCUSDT"), "the folder: gives no usable account (/positions/0/"),
        (
            PortfolioReading { only: vec!["Y".to_owned()], ..PortfolioReading::default() },
            "risk.spn: the file has no commodity \"Y\"",
        ),
    ] {
        let error = read(&files, &given).unwrap_err();
        assert!(error.starts_with(told), "{error}");
    }
    let none = read(&[], &PortfolioReading::default()).unwrap_err();
    assert_eq!(none, "the folder: has no answer of takasbank, but notes.txt");
}

/// A subset of the file says nothing of the numbers that the rest of it has: later ones would be given twice.
#[test]
fn a_subset_is_not_continued() {
    use crate::venue::{OpenedFile, PortfolioReading};
    let text = small();
    let from = text.find("<ccDef>").unwrap();
    let to = text.rfind("</ccDef>").unwrap() + "</ccDef>".len();
    let other = text[from..to].replace("X", "W");
    let bytes =
        zeroize::Zeroizing::new(format!("{}{other}{}", &text[..to], &text[to..]).into_bytes());
    let files = [OpenedFile { name: "risk.spn".to_owned(), bytes }];
    let read = |only: &[&str], previous: Option<&PortfolioSchedule>| {
        let only = only.iter().map(|code| (*code).to_owned()).collect();
        let previous = previous.cloned();
        let reading = PortfolioReading { only, previous, ..PortfolioReading::default() };
        let imported = super::FOLDER.import(&files, &[], &[], &reading);
        imported.map(|i| PortfolioSchedule::new(i.schedule).unwrap())
    };
    let (whole, subset) = (read(&[], None).unwrap(), read(&["W"], None).unwrap());
    assert_eq!(whole.registry_digest(), subset.registry_digest());
    for only in [&[][..], &["W"]] {
        let refused = read(only, Some(&subset)).unwrap_err().to_string();
        assert!(refused.contains("the earlier schedule is a subset"), "{refused}");
        read(only, Some(&whole)).unwrap().agrees_on_ids(&whole).unwrap();
    }
}
