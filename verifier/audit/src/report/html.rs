//! The report as one page: no scripts, no external resources, for screen and paper.

use super::picture::picture;
use super::{DOES_NOT_SHOW, Method, SHOWS};
use crate::findings::{Exception, ExceptionKind, Findings, Verdict};
use crate::status::Status;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use zkmargin_model::counted;
use zkmargin_model::shown::{is_visible, shown};

const STYLE: &str = include_str!("style.css");

/// Number of periods the page lists.
const PERIODS: usize = 400;

fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Complete => "good",
        Verdict::CompleteWithExceptions => "note",
        Verdict::InvalidProofs | Verdict::Incomplete => "bad",
    }
}

/// Narrow space between groups of digits.
const GROUPS: char = '\u{202f}';

/// Digits in groups of three.
fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(GROUPS);
        }
        out.push(digit);
    }
    out
}

fn short(hex: &str) -> Markup {
    html! { @if hex.is_empty() { "" } @else { code title=(hex) { (hex.get(..12).unwrap_or(hex)) "…" } } }
}

fn plain_words(findings: &Findings) -> Markup {
    let lacking = findings.due - findings.shown.min(findings.due);
    let of = |kind: ExceptionKind| findings.exceptions.get(kind.code()).copied().unwrap_or(0);
    html! {
        p.lead {
            (number(findings.shown)) " of " (number(findings.due))
            " due entries are shown by valid proofs, over " (findings.periods.len())
            @if findings.periods.len() == 1 { " period" } @else { " periods" } ". "
            @if lacking > 0 { (number(lacking)) " are not." }
        }
        p {
            (number(findings.proofs)) " proofs were examined: "
            @for (at, (status, count)) in findings.statuses.iter().enumerate() {
                @if at > 0 { ", " } (number(*count)) " " (status)
            }
            ". "
            @if of(ExceptionKind::Contradiction) > 0 {
                strong { "The venue has signed statements that contradict each other. " }
            }
            @if of(ExceptionKind::Population) > 0 {
                "Population figures do not agree with the venue's ledger. "
            }
        }
    }
}

fn period_table(findings: &Findings) -> Markup {
    let left_out = findings.periods.len().saturating_sub(PERIODS);
    html! {
        div.wide { table {
            thead { tr {
                th { "Venue" } th { "Registry" } th { "Epoch" } th.n { "Population" } th.n { "Ledger" }
                th.n { "Due" } th.n { "Shown" } th.n { "Valid" } th.n { "Invalid" }
                th.n { "Other" } th.n { "Unexpected" } th.n { "Enrolled" }
            } }
            tbody { @for p in findings.periods.iter().take(PERIODS) {
                @let count = |s: Status| p.proofs.get(s.code()).copied().unwrap_or(0);
                @let all: u64 = p.proofs.values().sum();
                @let other = all - count(Status::Valid) - count(Status::Invalid);
                tr.bad[p.shown < p.due] {
                    td { (p.venue) } td { (short(&p.registry)) } td.n { (p.epoch) } td.n { (number(p.population)) }
                    td.n { @if let Some(size) = p.ledger_size { (number(size)) } @else { "none" } }
                    td.n { (number(p.due)) } td.n.bad[p.shown < p.due] { (number(p.shown)) }
                    td.n { (number(count(Status::Valid))) } td.n { (number(count(Status::Invalid))) }
                    td.n { (number(other)) } td.n { (number(p.unexpected)) } td.n { (number(p.enrolled)) }
                }
            } }
        } }
        @if left_out > 0 { p.small { (left_out) " further periods are in periods.csv." } }
    }
}

fn evidence(findings: &Findings) -> Markup {
    html! {
        @for p in findings.periods.iter().take(PERIODS) {
            @for found in &p.evidence {
                details {
                    summary {
                        (p.venue) " " (short(&p.registry)) " " (p.epoch) ": " (number(found.proofs)) " proofs at snapshot "
                        (short(&found.snapshot))
                        @if found.refused.is_some() { " " strong.bad { "not met" } }
                    }
                    @if let Some(reason) = &found.refused { p.bad { (reason) } }
                    dl {
                        @if !found.rules.is_empty() { dt { "rules" } dd { (found.rules) } }
                        @for (demand, how) in &found.met { dt { (demand) } dd { (how) } }
                        @for (_, what) in &found.not_checked { dt { "not checked" } dd { (what) } }
                    }
                    @if !found.notes.is_empty() {
                        table.small {
                            thead { tr { th { "Note" } th { "Time in it" } th { "Ingested" } } }
                            tbody { @for note in &found.notes { tr {
                                td { (note.what) } td { (note.stated.as_deref().unwrap_or("none")) }
                                td { (note.ingested) }
                            } } }
                        }
                    }
                    @if found.refused.is_none() && !found.met.iter().any(|(d, _)| d.contains("price sources")) {
                        p.small { "The policy demands no comparison with other price sources: the marks rest on the venue's word." }
                    }
                }
            }
        }
    }
}

fn exceptions(findings: &Findings, first: &[Exception]) -> Markup {
    let all: u64 = findings.exceptions.values().sum();
    html! {
        @if all == 0 { p { "None." } } @else {
            div.wide { table {
                thead { tr { th { "Kind" } th.n { "Count" } } }
                tbody { @for kind in ExceptionKind::ALL {
                    @if let Some(count) = findings.exceptions.get(kind.code()) {
                        tr { td { (kind.code()) } td.n { (number(*count)) } }
                    }
                } }
            } }
            p.small {
                @if (first.len() as u64) < all {
                    (first.len()) " of " (number(all)) ", the first of each kind; exceptions.csv has all of them."
                } @else { "All of them:" }
            }
            div.wide { table.small {
                thead { tr {
                    th { "Kind" } th { "Venue" } th { "Epoch" } th { "Subject" } th { "Proof" }
                    th { "Submitter" } th { "Reason" }
                } }
                tbody { @for e in first {
                    tr {
                        td { (e.kind.code()) } td { (e.venue) }
                        td.n { @if e.epoch > 0 { (e.epoch) } }
                        td { (short(&e.subject)) } td { (short(&e.proof)) } td { (e.submitter) }
                        td { (e.reason) @if !e.code.is_empty() { " (" (e.code) ")" } }
                    }
                } }
            } }
        }
    }
}

fn method(m: &Method) -> Markup {
    let row = |what: &str, value: &str| {
        html! { @if !value.is_empty() { dt { (what) } dd { (value) } } }
    };
    html! {
        dl {
            (row("Audit", &m.name))
            (row("Manifest, SHA-256", &m.manifest))
            (row("Manifest signed by", &m.manifest_signers))
            @for (venue, audience) in &m.audiences { (row(&format!("Audience at {venue}"), audience)) }
            @for (venue, claim) in &m.claims { (row(&format!("Claim at {venue}"), claim)) }
            (row("Log", &format!("{}, root {}", counted(m.log_size, "entry", "entries"), m.log_root)))
            (row("Program", &m.version))
            (row("Circuits", &m.circuits))
            (row("Machine", &m.machine))
            (row("Report made", &m.made))
            (row("Verdicts, SHA-256", &format!("{}, in entry {} of the log", m.verdicts, m.record)))
            (row("According to the run itself: workers", &m.workers))
            (row("According to the run itself: started", &m.started))
            (row("According to the run itself: seconds of verification", &m.seconds))
            (row("Proofs with random bytes, as declared by the store's maker", &m.declared))
        }
        p {
            "Proofs are verified in batches: each proof's equation is multiplied by its own 128-bit random number, "
            "drawn from the operating system once the proofs are in place; the products are added up and evaluated once per chunk. "
            "The numbers are not recorded. A chunk that does not hold is split until every wrong proof is identified."
        }
        p {
            "For this report every entry of the log was read and compared with its leaf, its rows and its receipt, and "
            "the list of what is due with the manifest. " (m.again.repeated) " proofs that are not valid were all judged "
            "again, and of the valid ones a random sample of " (m.again.sampled) ", drawn now with seed "
            code { (m.again.seed) } ". "
        }
        @if let Some((inputs, again)) = &m.merged {
            p {
                "Workers' verdicts were merged; number of inputs: " (inputs) ". " (again.repeated)
                " that are not favourable were all judged again, and of the valid ones a random sample of "
                (again.sampled) ", drawn at the merge with seed " code { (again.seed) } ". "
                strong { "Beyond the samples, the workers are trusted." }
            }
        }
        @for what in &m.not_checked { p { strong { "NOT CHECKED: " } (what) } }
        h3 { "How to repeat it" }
        pre { @for command in &m.commands { (shown(command)) "\n" } }
    }
}

fn ingestion(m: &Method) -> Markup {
    let i = &m.ingestion;
    html! {
        p {
            @if let (Some(first), Some(last)) = (&i.first, &i.last) {
                "By the auditor's clock, from " (first) " to " (last) ", " (number(i.receipts))
                " receipts. "
            }
            "Files that were submitted again: " (number(i.again)) ". "
            @if i.later_entries > 0 {
                strong {
                    "Entries that arrived later, which this report does not cover: "
                    (number(i.later_entries)) ", proofs among them: " (number(i.later_proofs)) "."
                }
            } @else { "Nothing arrived later." }
        }
        @if i.refused > 0 {
            p { "Files that were refused, and are not in the store: " (number(i.refused)) "." }
            div.wide { table.small {
                thead { tr { th { "Time" } th { "Submitter" } th { "Name" } th { "SHA-256" } th { "Reason" } } }
                tbody { @for r in &i.first_refused { tr {
                    td { (r.time) } td { (r.submitter) } td { (r.name) } td { (short(&r.sha256)) }
                    td { (r.reason) " (" (r.code) ")" }
                } } }
            } }
            @if (i.first_refused.len() as u64) < i.refused {
                p.small { "The first " (i.first_refused.len()) " of them; the receipts in the log list all of them." }
            }
        }
    }
}

/// The report's page.
pub fn html(findings: &Findings, first: &[Exception], m: &Method) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Margin audit: " (m.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { p.small { "Margin audit" } h1 { (m.name) } }
                main {
                    section.verdict.(tone(findings.verdict)) {
                        p.stamp { (findings.verdict) }
                        (plain_words(findings))
                    }
                    section { h2 { "Population and completeness" }
                        figure { (picture(findings))
                            figcaption {
                                @for (shade, meaning) in [
                                    ("full", "all shown"), ("most", "at least 99 % shown"),
                                    ("part", "at least half shown"), ("few", "fewer shown"), ("empty", "none shown"), ("none", "none due"),
                                ] { span.legend { span.key.(shade) {} (meaning) } " " }
                            }
                        }
                    }
                    section { h2 { "Results by venue and epoch" } (period_table(findings)) }
                    section { h2 { "Freshness and provenance of prices" } (evidence(findings)) }
                    section { h2 { "What was submitted" } (ingestion(m)) }
                    section { h2 { "Exceptions" } (exceptions(findings, first)) }
                    section.columns {
                        div { h2 { "What this shows" } ul { @for line in SHOWS { li { (line) } } } }
                        div { h2 { "What this does not show" } ul { @for line in DOES_NOT_SHOW { li { (line) } } } }
                    }
                    section { h2 { "Method" } (method(m)) }
                }
                footer { p.small {
                    @if m.signed {
                        "This page, report.json, periods.csv and exceptions.csv are named with their SHA-256 in report.note, which the auditor signed; `zkmargin audit report verify` checks it."
                    } @else { "Nobody signed this report." }
                } }
            }
        }
    };
    visible(&page.into_string())
}

/// The page with invisible characters escaped, whoever wrote that part of it.
fn visible(page: &str) -> String {
    let ours = |c: char| matches!(c, '\n' | GROUPS) || is_visible(c);
    page.chars().fold(String::with_capacity(page.len()), |mut out, c| {
        if ours(c) {
            out.push(c);
        } else {
            out.push_str(&shown(c.encode_utf8(&mut [0; 4])));
        }
        out
    })
}
