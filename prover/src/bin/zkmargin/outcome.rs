//! What a command has to say, in text and in JSON.

use crate::exit::Exit;
use crate::failure::Failure;
use serde_json::{Value, json};
use zkmargin_verifier::NotChecked;

/// Value of `format` in `--json` output.
const FORMAT: &str = "zkmargin-cli/1";

/// The result of a command that ran to its end.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code.
    pub exit: Exit,
    /// Verdict line, for commands that have one.
    pub verdict: Option<String>,
    /// Code and reason when the verdict is not in favour.
    pub reason: Option<(&'static str, String)>,
    /// What was not checked.
    pub not_checked: Vec<NotChecked>,
    /// What an audit did not check: code and words.
    pub not_audited: Vec<(&'static str, String)>,
    /// Text for people, without verdict.
    pub text: String,
    /// The same for programs.
    pub result: Value,
    /// Whether standard output holds a file that was asked for, so that text goes to standard
    /// error.
    pub stdout_taken: bool,
}

impl Outcome {
    /// A command without a verdict that did its work.
    pub fn done(text: impl Into<String>, result: Value) -> Self {
        Self {
            exit: Exit::Ok,
            verdict: None,
            reason: None,
            not_checked: Vec::new(),
            not_audited: Vec::new(),
            text: text.into(),
            result,
            stdout_taken: false,
        }
    }

    /// Verdict, notes and text.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        if let Some(verdict) = &self.verdict {
            out.push_str(verdict);
            out.push('\n');
        }
        for what in &self.not_checked {
            out.push_str(&format!("NOT CHECKED: {what}\n"));
        }
        for (_, what) in &self.not_audited {
            out.push_str(&format!("NOT CHECKED: {what}\n"));
        }
        out.push_str(&self.text);
        out
    }
}

/// The one object of `--json` output.
pub fn to_json(command: &str, outcome: &std::result::Result<Outcome, Failure>) -> Value {
    let object = |exit: Exit, verdict: Option<&str>, not_checked: Value, error, result| {
        json!({
            "format": FORMAT,
            "command": command,
            "ok": exit == Exit::Ok,
            "exit_code": exit.code(),
            "verdict": verdict,
            "not_checked": not_checked,
            "error": error,
            "result": result,
        })
    };
    match outcome {
        Ok(o) => {
            let audited = o.not_audited.iter().map(|(code, _)| *code);
            let notes = o.not_checked.iter().map(|n| n.code()).chain(audited).collect();
            let error = o.reason.as_ref().map_or(Value::Null, |(code, message)| {
                Failure::new(o.exit, *code, message.as_str()).to_json()
            });
            object(o.exit, o.verdict.as_deref(), notes, error, o.result.clone())
        }
        Err(f) => {
            let verdict = not_checked_line(command, f);
            object(f.exit, verdict.as_deref(), json!([]), f.to_json(), Value::Null)
        }
    }
}

/// The verdict of a verification that did not come to one.
pub fn not_checked_line(command: &str, failure: &Failure) -> Option<String> {
    match command {
        "verify" => Some(format!("NOT CHECKED: {failure}")),
        "prove" if failure.exit == Exit::Invalid => Some(format!("INVALID: {failure}")),
        _ => None,
    }
}
