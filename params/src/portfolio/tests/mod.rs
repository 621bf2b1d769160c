//! Tests of the portfolio formats as a whole.

mod accounts;
mod bad_schedules;
mod bad_snapshots;
mod digests;
mod examples;
mod expiry;
mod numbering;
mod series;

use super::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use crate::tests::edit;
use crate::{AccountFile, FileError, Requirement};
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::floor::{Floor, WrittenFloor};
use zkmargin_model::measure::{Measure, StressName};
use zkmargin_model::portfolio::{Margin, margin, stress};
use zkmargin_model::rule::Account;

/// Two units: one with a spot market and an expiry, the other with one future. Loadings are losses.
pub(super) fn schedule() -> Value {
    json!({
        "format": "zkmargin-portfolio-schedule/1",
        "venue": "test",
        "name": "small",
        "source": "made up",
        "date": "2024-01-01T00:00:00Z",
        "valuation": {"currency": "USD", "decimals": 4},
        "rate_decimals": 0,
        "digits": {"product": 2, "entry": 2, "slope": 1, "group_slope": 1, "scan": 1, "factor": 2},
        "equality_is_healthy": true,
        "capacity": {"positions": 8, "size_bits": 20},
        "menu": {
            "levels": [
                {"name": "maintenance", "requirement": "maintenance", "level_bps": 10000},
                {"name": "initial", "requirement": "initial", "level_bps": 10000},
                {"name": "buffer", "requirement": "maintenance", "level_bps": 15000}],
            "floors": ["0", "100"]
        },
        "leaves_out": ["open orders"],
        "assets": [{"id": 1, "symbol": "USD",
                    "collateral": {"variable": "value", "rows": [{"rate": "1", "amount": "0"}]}}],
        "indices": ["A", "PEG"],
        "units": [
            {"id": 1, "name": "A", "index": "A", "strike_step": "0.5", "series": [
                {"options": {"settle": "USD", "size_decimals": 0}},
                {"number": 1, "options": {"settle": "USD", "size_decimals": 0, "multiplier": "1.03"}}]},
            {"id": 2, "name": "B", "series": [{"futures": {"settle": "USD", "size_decimals": 0}}]}],
        "scans": ["basis"],
        "classes": [
            {"name": "flat", "slopes": {"positive": "1", "negative": "1"}},
            {"name": "options", "scans": [{"scan": "basis", "add": "0.5", "per_year": "0.5"}]}],
        "groups": [
            {"name": "A spot", "unit": "A", "class": "flat", "market": 1},
            {"name": "A May", "unit": "A", "class": "options", "expiry": "2024-05-26T00:00:00Z"},
            {"name": "B future", "unit": "B", "class": "flat", "day": "2024-06-28"}],
        "columns": [
            {"name": "down", "role": "scenario", "slope": "1", "sloped": true},
            {"name": "up", "role": "scenario", "slope": "1", "sloped": true},
            {"name": "far", "role": "group-scan", "scan": "basis", "slope": "1"},
            {"name": "gross", "role": "floor", "multiplier": "gross", "slope": "1"},
            {"name": "offset", "role": "added", "function": {"magnitude": "-0.1"}, "slope": "1"},
            {"name": "extra", "role": "added", "requirement": "initial", "slope": "1"}],
        "instruments": [
            {"symbol": "A-SPOT", "group": "A spot", "kind": "linear", "number": 1,
             "terms": {"settle": "USD", "size_decimals": 0}, "charge": "haircut", "feed": true},
            {"symbol": "A-MAY-150-C", "group": "A May", "kind": "call", "strike": "150"},
            {"symbol": "A-MAY-150-P", "group": "A May", "kind": "put", "strike": "150"},
            {"symbol": "B-FUTURE", "group": "B future", "kind": "linear"}],
        "requirements": {
            "maintenance": {
                "factor": "1.2",
                "unit_factors": [{"unit": "B", "factor": "0.5"}],
                "short_options": {"rate": "0.01", "of": "index"},
                "charges": [{"charge": "haircut", "rate": "0.05", "of": "value"}]},
            "initial": {
                "factor": "1.5",
                "peg": {"index": "PEG", "threshold": "0.99", "factor": "2"},
                "least_confidence": "0.5",
                "charges": [{"charge": "haircut", "rate": "0.1", "of": "size"}]}},
        "stresses": [{"name": "crash", "scenarios": ["down"]}]
    })
}

pub(super) fn snapshot() -> Value {
    json!({
        "format": "zkmargin-portfolio-snapshot/1",
        "schedule": read_schedule(&schedule()).unwrap().digest().to_string(),
        // 146 days, four tenths of a year, before the expiry.
        "time": "2024-01-01T00:00:00Z",
        "sequence": 3,
        "assets": [{"asset": "USD", "index": "1"}],
        "indices": [
            {"index": "A", "price": "150", "confidence": "0.9"},
            {"index": "PEG", "price": "0.97"}],
        "groups": [{"group": "A May", "positive": "0.9", "negative": "1.1", "confidence": "0.5"}],
        "instruments": [
            {"instrument": "A-SPOT", "value": "150", "loadings": ["10", "-10", "0", "1", "0", "1"],
             "confidence": "1"},
            {"instrument": "A-MAY-150-C", "value": "7", "loadings": ["2", "-3", "1.5", "0", "0", "0"]},
            {"instrument": "A-MAY-150-P", "value": "5", "loadings": ["-4", "1", "6", "0", "0", "0"]},
            {"instrument": "B-FUTURE", "value": "50", "loadings": ["5", "-5", "0", "0.5", "2", "0"]}]
    })
}

pub(super) fn account() -> Value {
    json!({
        "format": "zkmargin-account/1",
        "venue": "test",
        "balances": [{"asset": "USD", "balance": "100"}],
        "positions": [
            {"instrument": "A-SPOT", "size": "2", "entry_value": "290"},
            {"instrument": "A-MAY-150-C", "size": "-3", "entry_value": "-30"},
            {"instrument": "A-MAY-150-P", "size": "1", "entry_value": "6"},
            {"instrument": "B-FUTURE", "size": "-4", "entry_value": "-190"}]
    })
}

pub(super) fn read_schedule(value: &Value) -> Result<PortfolioSchedule, FileError> {
    PortfolioSchedule::from_json(value.to_string().as_bytes())
}

pub(super) fn read_market(value: &Value, snapshot: &Value) -> Result<PortfolioMarket, FileError> {
    let schedule = read_schedule(value)?;
    let file = PortfolioSnapshotFile::from_json(snapshot.to_string().as_bytes())?;
    PortfolioMarket::compile(&schedule, &file)
}

pub(super) fn read_account(value: &Value) -> Result<Account, FileError> {
    let schedule = read_schedule(&schedule()).unwrap();
    AccountFile::from_json(value.to_string().as_bytes()).and_then(|file| schedule.account(&file))
}

fn figures(market: &PortfolioMarket, requirement: Requirement) -> Margin {
    let account = read_account(&account()).unwrap();
    margin(&account, market.market(requirement).unwrap()).unwrap()
}

/// Equity and requirement in decimal text.
fn told(market: &PortfolioMarket, of: &Margin) -> [String; 2] {
    let schedule = market.schedule();
    let digits = schedule.loss_decimals() + schedule.file().digits.factor;
    [format_scaled(&of.equity, schedule.margin_decimals()), format_scaled(&of.requirement, digits)]
}

/// The figures are computed by hand:
///
/// ```text
/// A spot: down 2 * 10 = 20, up -20
/// A May:  down -3 * 2 - 4 = -10, times 1.1 = -11; up 3 * 3 + 1 = 10, times 0.9 = 9
///         far -3 * 1.5 + 6 = 1.5, times 0.5 + 0.5 * 0.4 = 0.7: 1.05
/// A:      down 9, up -11, basis 1.05: 9, times 1.2 = 10.8; gross 2
/// B:      up 20, times 0.5 = 10; offset -8 * 0.1 = -0.8: 9.2; gross 2
/// strike: 2 net short, 1 % of 150 each: 3;  haircut: 5 % of 300: 15
/// E:      100 + (300 - 290) + (-21 + 30) + (5 - 6) + (-200 + 190) = 108
/// initial: 1.5 + 2 * (0.99 - 0.97) = 1.54; A 9 * 1.54 + 2 = 15.86, B 20 * 1.54 - 0.8 = 30, haircut 0.2
/// ```
#[test]
fn figures_by_hand() {
    let market = read_market(&schedule(), &snapshot()).unwrap();
    let maintenance = figures(&market, Requirement::Maintenance);
    assert_eq!(told(&market, &maintenance), ["108", "38"]);
    let initial = figures(&market, Requirement::Initial);
    assert_eq!(told(&market, &initial), ["108", "46.06"]);
    let text = |figure: &_| format_scaled(figure, market.schedule().loss_decimals());
    let a = &maintenance.units[0];
    assert_eq!([&a.losses[0], &a.losses[1], &a.scans[0]].map(text), ["9", "-11", "1.05"]);
    let account = read_account(&account()).unwrap();
    let of = market.market(Requirement::Maintenance).unwrap();
    let crash = stress(&account, of, "crash").unwrap();
    assert_eq!(text(&crash.left()), "99");
}

#[test]
fn claims_are_those_of_the_menu() {
    let schedule = read_schedule(&schedule()).unwrap();
    let floor = |text: &str| WrittenFloor::parse(text).unwrap();
    let (of, claim) = schedule.claim("buffer", &floor("100")).unwrap();
    assert_eq!((of, claim.level_bps()), (Requirement::Maintenance, 15_000));
    assert_eq!(claim.floor().amount(), &1_000_000.into());
    assert_eq!(
        schedule.claim("initial", &floor("0")).unwrap(),
        (Requirement::Initial, Claim::margin())
    );
    for (level, amount) in [
        ("other", "0"),
        ("buffer", "1"),
        ("buffer", "0.00001"),
        ("buffer", "-100"),
        ("buffer", "none"),
    ] {
        let error = schedule.claim(level, &floor(amount)).unwrap_err();
        assert_eq!(error.code, crate::ErrorCode::OffMenu, "{level} {amount}");
    }
    let menu = edit(&self::schedule(), "/menu/floors", json!(["none", "-100", "0"]));
    let schedule = read_schedule(&menu).unwrap();
    for (text, amount) in [("-100", Floor::from(BigInt::from(-1_000_000))), ("none", Floor::none())]
    {
        let (_, claim) = schedule.claim("buffer", &floor(text)).unwrap();
        assert_eq!(claim.floor(), &amount);
        assert!(schedule.publishes(&claim, &Measure::Maintenance));
    }
    // What a stress leaves has a floor, also below zero.
    assert_eq!(schedule.stress_claim(&floor("-100")).unwrap().level_bps(), 10_000);
    let error = schedule.stress_claim(&floor("none")).unwrap_err();
    assert_eq!(error.code, crate::ErrorCode::OffMenu);
    let stress = Measure::Stress(StressName::new("crash").unwrap());
    let none = Claim::with_floor(10_000, Floor::none()).unwrap();
    assert!(!schedule.publishes(&none, &stress));
    // Each floor is another schedule.
    let without = edit(&menu, "/menu/floors", json!(["-100", "0"]));
    assert_ne!(read_schedule(&without).unwrap().digest(), schedule.digest());
}
