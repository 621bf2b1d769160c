//! The report of a comparison: what is written, signed and checked.

use serde_json::{Value, json};
use zkmargin_reconcile::{Reconciled, json as of_venue, overview, overview_json};

/// Value of `format`.
pub const FORMAT: &str = "zkmargin-reconciliation/1";

/// The report.
pub fn report(all: &[Reconciled]) -> Value {
    let count = |code: &str| all.iter().map(|of| of.count(code)).sum::<usize>();
    json!({
        "format": FORMAT,
        "counts": {
            "equal": count("equal"),
            "explained": count("explained"),
            "unexplained": count("unexplained"),
            "not_computed": count("not-computed"),
            "unlisted_there": all.iter().map(|of| of.unlisted_there.len()).sum::<usize>(),
        },
        "overview": overview_json(&overview(all)),
        "venues": all.iter().map(of_venue).collect::<Vec<_>>(),
    })
}

/// The result in one line, from the counts of a report.
pub fn line(counts: &Value) -> Option<String> {
    let of = |name: &str| counts.get(name)?.as_u64();
    let unlisted = match of("unlisted_there")? {
        0 => String::new(),
        count => format!(", {count} of the account not in the answer"),
    };
    Some(format!(
        "{} equal, {} explained, {} without a cause, {} not compared{unlisted}",
        of("equal")?,
        of("explained")?,
        of("unexplained")?,
        of("not_computed")?
    ))
}
