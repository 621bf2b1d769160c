//! The report of a comparison: what is written, signed and checked.

use serde_json::{Value, json};
use zkmargin_reconcile::{Reconciled, json as of_venue, overview, overview_json};

/// Value of `format`.
pub const FORMAT: &str = "zkmargin-reconciliation/1";

/// The report.
pub fn report(all: &[Reconciled]) -> Value {
    let count = |code: &str| all.iter().map(|of| of.count(code)).sum::<usize>();
    let mut report = json!({
        "format": FORMAT,
        "counts": {
            "equal": count("equal"),
            "explained": count("explained"),
            "unexplained": count("unexplained"),
            "not_computed": count("not-computed"),
            "unlisted_there": all.iter().map(|of| of.unlisted_there.len()).sum::<usize>(),
            "unlisted_here": all.iter().map(|of| of.unlisted_here.len()).sum::<usize>(),
        },
        "overview": overview_json(&overview(all)),
    });
    report["venues"] = all.iter().map(of_venue).collect();
    report
}

/// The result in one line, from the counts of a report.
pub fn line(counts: &Value) -> Option<String> {
    let of = |name: &str| counts.get(name)?.as_u64();
    let counted = |name, words| match of(name)? {
        0 => Some(String::new()),
        count => Some(format!(", {count} of {words}")),
    };
    let there = counted("unlisted_there", "the account not in the answer")?;
    let here = counted("unlisted_here", "the answer not in the account")?;
    Some(format!(
        "{} equal, {} explained, {} without a cause, {} not compared{there}{here}",
        of("equal")?,
        of("explained")?,
        of("unexplained")?,
        of("not_computed")?
    ))
}
