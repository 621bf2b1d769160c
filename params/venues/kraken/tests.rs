//! The list beside this file, and requirements by hand.

use super::*;
use crate::tests::kept;
use crate::venue::hostile::{schedules_survive, told, with};
use crate::{AccountFile, RemarkKind, Schedule, SnapshotFile, compile};
use num_bigint::BigInt;
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Margin, Profile, Rounded, margin};

fn list() -> Value {
    serde_json::from_str(include_str!("instruments.json")).unwrap()
}

fn of(settle: &str) -> Options {
    Options { settle: settle.to_owned(), name: None }
}

fn schedule(settle: &str) -> Schedule {
    let schedule = schedules_survive::<Kraken>(&list(), &of(settle));
    let mut file = schedule.file().clone();
    file.source = file.source.replace(
        "Kraken Futures instruments, imported.",
        "Four contracts (PI_XBTUSD, PF_ETHUSD, PF_PEPEUSD, PF_AAPLxUSD) of an answer to /derivatives/api/v3/instruments of 2025, kept as test data in nautechsystems/nautilus_trader, commit a95c8042b00133829d252ae8cf68f78fc176a973, crates/adapters/kraken/test_data/http_futures_instruments.json.",
    );
    Schedule::new(file).unwrap()
}

#[test]
fn the_list_is_read() {
    for (settle, name, left_out) in [
        ("USD", "multi-collateral", vec!["PI_XBTUSD"]),
        ("BTC", "inverse-btc", vec!["PF_ETHUSD", "PF_PEPEUSD", "PF_AAPLxUSD"]),
    ] {
        let schedule = schedule(settle);
        let remarks = schedule.remarks();
        // A step in the rate of the whole position is a jump, and only inverse contracts have a cap.
        let odd = |kind: RemarkKind| {
            kind != RemarkKind::Jump && !(settle == "USD" && kind == RemarkKind::NoCap)
        };
        assert!(!remarks.iter().any(|remark| odd(remark.kind)), "{remarks:?}");
        assert!(schedule.departures().is_some_and(|d| d.rounding_assumed.is_some()));
        kept(&format!("venues/kraken/{name}.json"), &schedule.file().to_json().unwrap());
        let imported = Kraken::schedule(&list(), &of(settle)).unwrap();
        let out: Vec<_> = imported.left_out.iter().map(|l| l.symbol.as_str()).collect();
        assert_eq!(out, left_out);
        assert!(imported.left_out.iter().all(|l| l.why == "settles in another asset"));
    }
}

/// Figures of one position, with the profile of its market.
fn figures(
    settle: &str,
    marks: &[(&str, &str)],
    position: (&str, &str, &str),
) -> (Margin, Profile, bool) {
    let schedule = schedule(settle);
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2025-11-17T00:34:37.524Z", "sequence": 1,
        "assets": [{"asset": settle, "index": "1"}],
        "instruments": marks.iter().map(|(instrument, mark)| json!({
            "instrument": instrument, "mark": mark,
        })).collect::<Vec<_>>(),
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    let (instrument, size, entry) = position;
    let account = json!({
        "format": "zkmargin-account/1", "venue": "kraken",
        "balances": [{"asset": settle, "balance": "0.5"}],
        "positions": [{"instrument": instrument, "size": size, "entry_value": entry}],
    });
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    let margin = margin(&account.holdings(&schedule).unwrap(), market.market()).unwrap();
    let healthy = margin.meets(&Claim::margin(), market.market());
    (margin, market.market().profile().unwrap(), healthy)
}

#[test]
fn linear_requirements_by_hand() {
    let marks =
        |eth| [("PF_ETHUSD", eth), ("PF_PEPEUSD", "0.0000102345"), ("PF_AAPLxUSD", "270.5")];
    let required = |eth, size| {
        let (margin, profile, healthy) = figures("USD", &marks(eth), ("PF_ETHUSD", size, "0"));
        assert_eq!(profile, Profile::EXACT);
        // The whole position is profit when it is long.
        assert_eq!(healthy, !size.starts_with('-'));
        format_scaled(&margin.maintenance, USD_DECIMALS + 2)
    };
    // The end of the first level is in it: 800 * 2500 = 2,000,000 at 1 %.
    assert_eq!(required("2500", "-800"), "20000");
    // All of 800.001 * 2500 = 2,000,002.5 is at 2 %.
    assert_eq!(required("2500", "800.001"), "40000.05");
    // 700 * 3205.25 = 2,243,675 at 2 %.
    assert_eq!(required("3205.25", "700"), "44873.5");
    let pepe = figures("USD", &marks("2500"), ("PF_PEPEUSD", "5000000", "51")).0;
    // 5,000,000 * 0.0000102345 = 51.1725 at 1 %, and a profit of 0.1725.
    assert_eq!(format_scaled(&pepe.maintenance, USD_DECIMALS + 2), "0.511725");
    assert_eq!(format_scaled(&pepe.equity, USD_DECIMALS + 2), "0.6725");
}

/// Neither side of a position gains by its rounding: -8000 / 91506.60098391 = -0.0874253869... and its reverse.
#[test]
fn inverse_requirements_by_hand() {
    for (size, value, requirement) in [
        ("8000", -8_742_539, 87_426),
        ("-8000", 8_742_538, 87_426),
        ("500000", -546_408_669, 5_464_087),
        // One contract more, and all are at 2 %.
        ("500001", -546_409_762, 10_928_196),
    ] {
        let marks = [("PI_XBTUSD", "91506.60098391")];
        let (margin, profile, _) = figures("BTC", &marks, ("PI_XBTUSD", size, "0"));
        assert_eq!(margin.positions[0].pnl, BigInt::from(value), "{size}");
        assert_eq!(margin.maintenance, BigInt::from(requirement) * 100, "{size}");
        assert_eq!(profile.rounded, Rounded::Value);
    }
}

#[test]
fn what_cannot_be_taken_is_left_out() {
    for (pointer, value, why) in [
        ("/instruments/1/symbol", json!("FF_ETHUSD_251226"), "fixed maturity"),
        ("/instruments/1/tradeable", json!(false), "not tradeable"),
        (
            "/instruments/0/type",
            json!("futures_vanilla"),
            "neither a multi-collateral nor an inverse contract",
        ),
    ] {
        let imported = Kraken::schedule(&with(&list(), pointer, value), &Options::default());
        let left_out = imported.unwrap().left_out;
        assert!(left_out.iter().any(|l| l.why == why), "{why}: {left_out:?}");
    }
    let none = "the file holds no perpetual that can be imported; PI_XBTUSD: settles in another asset; PF_ETHUSD: settles in another asset; PF_PEPEUSD: settles in another asset";
    assert_eq!(told(Kraken::schedule(&list(), &of("SOL"))), none);
}

#[test]
fn bad_lists_are_refused_with_the_place() {
    let at = |rest: &str| format!("/instruments/1{rest}");
    for (pointer, value, message) in [
        (at("/marginLevels"), json!([]), "is empty"),
        (at("/marginLevels/0/numNonContractUnits"), json!(1), "is not 0"),
        (at("/marginLevels/0/numNonContractUnits"), json!(-1), "is not a size"),
        (at("/marginLevels/0/maintenanceMargin"), json!("0.01"), "is not a JSON number"),
        (
            at("/marginLevels/1/maintenanceMargin"),
            json!(0.123_456_789_012_345_67),
            "has more than 15 digits, of which a program may have lost some",
        ),
        (at("/contractValueTradePrecision"), json!(17), "and contractSize have too many digits"),
    ] {
        let told = told(Kraken::schedule(&with(&list(), &pointer, value), &Options::default()));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
}
