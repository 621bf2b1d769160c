//! Everything in machine-readable form.

use crate::figure::{Cause, Line, Outcome, Own};
use crate::number::shown;
use crate::overview::{Overview, Standing};
use crate::reconcile::Reconciled;
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::decimal::format_scaled;

fn cause(cause: &Cause) -> Value {
    json!({
        "code": cause.change.code(),
        "cause": cause.change.to_string(),
        "effect": shown(&cause.effect),
    })
}

/// One figure.
pub fn line_json(line: &Line) -> Value {
    let (own, why) = match &line.own {
        Own::Value(value) => (Some(shown(value)), None),
        Own::None => (None, None),
        Own::NotComputed(why) => (None, Some(why.to_string())),
    };
    let (causes, nearest) = match &line.outcome {
        Outcome::Explained(causes) => (causes.iter().map(cause).collect(), Value::Null),
        Outcome::Unexplained(Some((near, rest))) => {
            let mut value = cause(near);
            value["remainder"] = json!(shown(rest));
            (Vec::new(), value)
        }
        _ => (Vec::new(), Value::Null),
    };
    json!({
        "figure": line.figure.kind.code(),
        "of": line.figure.subject.to_string(),
        "place": line.figure.place,
        "unit": line.figure.unit,
        "venue": line.figure.value.as_ref().map(ToString::to_string),
        "own": own,
        "not_computed": why,
        "difference": line.difference.as_ref().map(shown),
        "outcome": line.outcome.code(),
        "causes": causes,
        "nearest": nearest,
    })
}

/// One account at one venue.
pub fn json(of: &Reconciled) -> Value {
    let [schedule, schedule_digest] = &of.schedule;
    let [time, snapshot_digest] = &of.snapshot;
    let mut all = json!({
        "venue": of.venue,
        "schedule": { "name": schedule, "digest": schedule_digest },
        "snapshot": { "time": time, "digest": snapshot_digest },
        "counts": {
            "equal": of.count("equal"),
            "explained": of.count("explained"),
            "unexplained": of.count("unexplained"),
            "not_computed": of.count("not-computed"),
        },
        "outside": of.outside,
        "unlisted_there": of.unlisted_there,
        "unlisted_here": of.unlisted_here,
    });
    all["figures"] = of.lines.iter().map(line_json).collect();
    all
}

/// Several venues side by side.
pub fn overview_json(all: &Overview) -> Value {
    let parts = |value: &BigInt| format_scaled(value, 4);
    let books = all.standings.iter().map(|s| {
        json!({
            "venue": s.venue,
            "book": s.book,
            "currency": s.currency,
            "equity": shown(&s.equity),
            "required": shown(&s.required),
            "buffer": shown(&s.buffer),
            "ratio": s.ratio.as_ref().map(parts),
            "rate": s.rate.as_ref().map(parts),
        })
    });
    let name = |at: Option<usize>| at.and_then(|at| all.standings.get(at)).map(Standing::name);
    let totals = all.totals.iter().map(|(currency, total)| {
        json!({
            "currency": currency,
            "books": total.books,
            "equity": shown(&total.equity),
            "required": shown(&total.required),
            "lacking": shown(&total.lacking),
        })
    });
    let missing =
        all.missing.iter().map(|(book, why)| json!({ "book": book, "why": why.to_string() }));
    json!({
        "books": books.collect::<Vec<_>>(),
        "not_computed": missing.collect::<Vec<_>>(),
        "most_conservative": name(all.most_conservative),
        "least_room": name(all.least_room),
        "totals": totals.collect::<Vec<_>>(),
    })
}
