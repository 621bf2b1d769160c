//! Markets at a few marks, and figures of answers.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use zkmargin_params::venues::{StatesFigures, VenueFigures, decimal};
use zkmargin_params::{
    AssetPriceFile, CompiledMarket, FractionText, InstrumentPriceFile, Schedule, SnapshotFile,
    compile,
};
use zkmargin_reconcile::{
    Alternatives, Line, Outcome, Own, Reconciled, Setting, check_report_json, overview,
    overview_json, reconcile, shown,
};

/// The folder of all venues.
pub fn venues_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../params/venues")
}

/// A file of a venue's folder.
pub fn venue_file(path: &str) -> Vec<u8> {
    std::fs::read(venues_folder().join(path)).unwrap()
}

pub fn schedule(path: &str) -> Schedule {
    Schedule::from_json(&venue_file(path)).unwrap()
}

/// A schedule at these marks, which index prices are too; all other prices are one, and no funding has accrued.
pub fn market(schedule: &Schedule, marks: &[(&str, &str)]) -> Arc<CompiledMarket> {
    let one = || decimal("1");
    let mark = |symbol: &str| {
        let found = marks.iter().find(|(name, _)| *name == symbol);
        found.map_or_else(one, |(_, mark)| decimal(*mark))
    };
    let has_index = schedule.file().venue == "deribit";
    let instruments = schedule.instruments().iter().map(|i| {
        let mark = mark(&i.symbol);
        let index = has_index.then(|| ("index price".to_owned(), FractionText::new(mark.as_str())));
        InstrumentPriceFile {
            funding_index: i.funding_unit.map(|_| decimal("0")),
            figures: index.into_iter().collect(),
            ..InstrumentPriceFile::at_mark(&*i.symbol, mark)
        }
    });
    let snapshot = SnapshotFile {
        format: "zkmargin-snapshot/1".to_owned(),
        schedule: schedule.digest().to_string(),
        time: "2025-01-01T00:00:00Z".to_owned(),
        sequence: 1,
        source: None,
        assets: schedule
            .assets()
            .iter()
            .map(|a| match schedule.file().bid_and_ask {
                true => AssetPriceFile::at_bid_and_ask(&*a.symbol, one(), one()),
                false => AssetPriceFile::at_index(&*a.symbol, one()),
            })
            .collect(),
        instruments: instruments.collect(),
    };
    Arc::new(compile(schedule, &snapshot).unwrap())
}

pub fn figures<V: StatesFigures>(answer: &Value) -> VenueFigures {
    V::figures(answer).unwrap()
}

/// The comparison with the answer's own holdings.
pub fn compared(market: &Arc<CompiledMarket>, answer: &VenueFigures) -> Reconciled {
    let setting = Setting::of_answer(market.clone(), answer).unwrap();
    signable(reconcile(setting, answer, &Alternatives::default()))
}

/// Whatever is compared can be signed.
pub fn signable(of: Reconciled) -> Reconciled {
    let report = json!({
        "venues": [zkmargin_reconcile::json(&of)],
        "overview": overview_json(&overview(std::slice::from_ref(&of))),
    });
    assert_eq!(check_report_json(&report), Ok(()), "{report:#}");
    of
}

/// The line of a figure at a place.
pub fn line<'a>(of: &'a Reconciled, place: &str) -> &'a Line {
    let found = of.lines.iter().find(|line| line.figure.place == place);
    found.unwrap_or_else(|| panic!("no figure at {place}"))
}

/// Our figure as text.
pub fn own(line: &Line) -> String {
    match &line.own {
        Own::Value(value) => shown(value),
        Own::None => "none".to_owned(),
        Own::NotComputed(why) => why.to_string(),
    }
}

/// Codes of causes with their effects, or the outcome's code.
pub fn causes(line: &Line) -> Vec<(String, String)> {
    match &line.outcome {
        Outcome::Explained(causes) => {
            let each = causes.iter();
            each.map(|c| (c.change.code().to_owned(), shown(&c.effect))).collect()
        }
        other => vec![(other.code().to_owned(), String::new())],
    }
}

/// The folder of other systems' samples, if there is one.
pub fn data_folder() -> Option<PathBuf> {
    let named = std::env::var_os("ZKMARGIN_DATA").map(PathBuf::from);
    let beside = || {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
        ["shared/data", "../shared/data"].iter().map(|path| root.join(path)).find(|p| p.is_dir())
    };
    named.or_else(beside)
}
