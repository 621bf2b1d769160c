//! What a command has to say, in text and in JSON.

use crate::exit::Exit;
use crate::failure::{Failure, Warning};
use crate::text::Text;
use serde_json::{Value, json};
use zkmargin_policy::NotChecked;

/// Value of `format` in `--json` output.
const FORMAT: &str = "zkmargin-cli/1";

/// The form that is printed: what is long is made in this one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Form {
    /// The text, if it is printed; none otherwise.
    pub fn text(self, text: impl FnOnce() -> Text) -> Text {
        if self == Self::Text { text() } else { Text::new() }
    }

    /// The result, if it is printed; null otherwise, which can be added to likewise.
    pub fn json(self, result: impl FnOnce() -> Value) -> Value {
        if self == Self::Json { result() } else { Value::Null }
    }
}

/// The result of a command that ran to completion.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code.
    pub exit: Exit,
    /// Verdict line, for commands that have one.
    pub verdict: Option<String>,
    /// Code and reason when the verdict is not favourable.
    pub reason: Option<(&'static str, String)>,
    /// What was not checked.
    pub not_checked: Vec<NotChecked>,
    /// Code and text of what is likely a mistake but was done anyway.
    pub warnings: Vec<Warning>,
    /// What an audit did not check: code and text.
    pub not_audited: Vec<(&'static str, String)>,
    /// Text for people, without the verdict.
    pub text: Text,
    /// Output generated from this program's own definitions for another program to read; printed as is.
    pub verbatim: Option<String>,
    /// The same in machine-readable form.
    pub result: Value,
    /// Whether standard output holds a file that was asked for, so that text goes to standard
    /// error.
    pub stdout_taken: bool,
}

impl Outcome {
    /// A command without a verdict that did its work.
    pub fn done(text: Text, result: Value) -> Self {
        Self {
            exit: Exit::Ok,
            verdict: None,
            reason: None,
            not_checked: Vec::new(),
            warnings: Vec::new(),
            not_audited: Vec::new(),
            text,
            verbatim: None,
            result,
            stdout_taken: false,
        }
    }

    /// Verdict, notes and text, for a terminal of the given width or for no terminal.
    pub fn into_text(self, width: Option<usize>) -> String {
        if let Some(verbatim) = self.verbatim {
            return verbatim;
        }
        let mut text = Text::new();
        self.verdict.iter().for_each(|verdict| text.line(verdict));
        for what in &self.not_checked {
            text.line(format!("NOT CHECKED: {what}"));
        }
        for (_, what) in &self.not_audited {
            text.line(format!("NOT CHECKED: {what}"));
        }
        text.append(self.text);
        text.printed(width)
    }
}

/// What a command warned about, whether or not it reached a result.
pub fn warnings_of(outcome: &std::result::Result<Outcome, Failure>) -> &[Warning] {
    match outcome {
        Ok(outcome) => &outcome.warnings,
        Err(failure) => failure.warnings(),
    }
}

/// The same with warnings about what the command read.
pub fn warned(
    outcome: std::result::Result<Outcome, Failure>,
    warnings: Vec<Warning>,
) -> std::result::Result<Outcome, Failure> {
    match outcome {
        Ok(mut outcome) => {
            outcome.warnings.extend(warnings);
            Ok(outcome)
        }
        Err(failure) => Err(failure.warned(warnings)),
    }
}

/// The one object of `--json` output.
pub fn to_json(command: &str, outcome: std::result::Result<Outcome, Failure>) -> Value {
    let warnings: Vec<_> = warnings_of(&outcome)
        .iter()
        .map(|(code, message)| json!({ "code": code, "message": message }))
        .collect();
    let object = |exit: Exit, verdict: Option<&str>, not_checked: Value, error, result| {
        let mut object = json!({
            "format": FORMAT,
            "command": command,
            "ok": exit == Exit::Ok,
            "exit_code": exit.code(),
            "verdict": verdict,
            "not_checked": not_checked,
            "warnings": warnings,
            "error": error,
        });
        object["result"] = result;
        object
    };
    match outcome {
        Ok(o) => {
            let audited = o.not_audited.iter().map(|(code, _)| *code);
            let notes = o.not_checked.iter().map(|n| n.code()).chain(audited).collect();
            let error = o.reason.as_ref().map_or(Value::Null, |(code, message)| {
                Failure::new(o.exit, *code, message.as_str()).to_json()
            });
            object(o.exit, o.verdict.as_deref(), notes, error, o.result)
        }
        Err(f) => {
            let verdict = not_checked_line(command, &f);
            object(f.exit, verdict.as_deref(), json!([]), f.to_json(), Value::Null)
        }
    }
}

/// The verdict line of a verification that did not reach a verdict.
pub fn not_checked_line(command: &str, failure: &Failure) -> Option<String> {
    match command {
        "verify" => Some(format!("NOT CHECKED: {failure}")),
        "prove" if failure.exit == Exit::Invalid => Some(format!("INVALID: {failure}")),
        _ => None,
    }
}
