//! Figures in the text format of Prometheus, for its node exporter's folder of text files.

use super::figures::{PERCENT_DECIMALS, RATIO_DECIMALS, Reading};
use super::rules::{Rules, Snapshot};
use crate::commands::margin::Amount;
use std::fmt::Write;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::shown::shown;
use zkmargin_params::parse_utc;

/// A label's value: without line breaks, quotes and backslashes of its own.
fn label(text: &str) -> String {
    shown(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// One gauge with its samples.
fn gauge(out: &mut String, name: &str, help: &str, samples: &[(String, String)]) {
    if samples.is_empty() {
        return;
    }
    let _ = writeln!(out, "# HELP zkmargin_{name} {help}\n# TYPE zkmargin_{name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(out, "zkmargin_{name}{{{labels}}} {value}");
    }
}

/// The file; without a reading, that nothing is known, and no figure that was known before.
pub fn text(rules: &Rules, known: Option<(&Snapshot, &Reading)>) -> String {
    let venue = label(rules.venue());
    let of_venue = format!("venue=\"{venue}\"");
    let mut out = String::new();
    let is_known = [(of_venue.clone(), u8::from(known.is_some()).to_string())];
    gauge(&mut out, "known", "Whether the account is known at the last snapshot.", &is_known);
    let Some((file, reading)) = known else { return out };
    let of_books = |value: &dyn Fn(&zkmargin_risk::BookStanding) -> Option<String>| {
        let each = reading.books.iter().filter_map(|(name, book)| {
            let (name, currency) = (label(name), label(&book.currency));
            let labels = format!("venue=\"{venue}\",book=\"{name}\",currency=\"{currency}\"");
            Some((labels, value(book)?))
        });
        each.collect::<Vec<_>>()
    };
    let amount = |value: &num_bigint::BigInt, book: &zkmargin_risk::BookStanding| {
        Some(Amount::counted(value, book.unit).exact())
    };
    gauge(&mut out, "equity", "Equity of the book.", &of_books(&|b| amount(&b.equity, b)));
    let required = of_books(&|b| amount(&b.requirement, b));
    gauge(&mut out, "requirement", "Margin that the book requires.", &required);
    let buffer = of_books(&|b| amount(&b.buffer(), b));
    gauge(&mut out, "buffer", "Equity less requirement.", &buffer);
    let ratio = of_books(&|b| b.ratio().map(|ratio| format_scaled(&ratio, RATIO_DECIMALS)));
    gauge(&mut out, "ratio", "Equity over requirement, rounded down.", &ratio);
    let met = of_books(&|b| Some(u8::from(b.is_met).to_string()));
    gauge(&mut out, "met", "Whether the book meets the claim.", &met);
    let is_searched = reading
        .status()
        .map(|status| (of_venue.clone(), u8::from(status != "not-searched").to_string()));
    let help = "Whether liquidation prices could be computed.";
    gauge(&mut out, "distance_known", help, is_searched.as_slice());
    let nearest = reading.nearest().into_iter().map(|nearest| {
        let (instrument, side, status) = (label(&nearest.instrument), nearest.side, nearest.status);
        let labels =
            format!("{of_venue},instrument=\"{instrument}\",side=\"{side}\",status=\"{status}\"");
        (labels, format_scaled(&nearest.percent, PERCENT_DECIMALS))
    });
    let help =
        "Distance of the nearest liquidation price, or end of the rule, from its mark, in percent.";
    gauge(&mut out, "distance_percent", help, &nearest.collect::<Vec<_>>());
    let seconds = parse_utc(file.time()).map(|ms| format_scaled(&ms.into(), 3));
    let time = seconds.map(|seconds| (of_venue, seconds));
    gauge(&mut out, "snapshot_time_seconds", "Time of the snapshot.", time.as_slice());
    out
}
