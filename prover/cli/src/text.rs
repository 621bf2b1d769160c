//! Text for people, line by line.

use std::io::IsTerminal;
use terminal_size::{Height, Width, terminal_size_of};
use zkmargin_model::shown::shown;

/// Indentation of continuation rows.
const INDENT: &str = "    ";

fn columns(size: Option<(Width, Height)>) -> Option<usize> {
    // Narrower ones than this are not for reading.
    size.map(|(width, _)| usize::from(width.0).max(20))
}

/// Columns of standard output, if it is a terminal.
pub fn stdout_width() -> Option<usize> {
    let stdout = std::io::stdout();
    stdout.is_terminal().then(|| columns(terminal_size_of(&stdout))).flatten()
}

/// Columns of standard error, if it is a terminal.
pub fn stderr_width() -> Option<usize> {
    let stderr = std::io::stderr();
    stderr.is_terminal().then(|| columns(terminal_size_of(&stderr))).flatten()
}

/// Lines to print. Each is escaped as it is added, and only what is printed between them breaks a line: text that comes
/// from a file cannot start a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<String>);

impl Text {
    /// No lines.
    pub fn new() -> Self {
        Self::default()
    }

    /// One line.
    pub fn of(line: impl AsRef<str>) -> Self {
        Self::new().with(line)
    }

    /// Adds a line.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.0.push(shown(line.as_ref()).into_owned());
    }

    /// The same with one more line.
    pub fn with(mut self, line: impl AsRef<str>) -> Self {
        self.line(line);
        self
    }

    /// Adds the lines of another text.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// As printed: in rows of a terminal's width, with continuation rows indented, or in lines as they are.
    pub fn printed(&self, width: Option<usize>) -> String {
        let row = |line: &String| match width {
            Some(width) => {
                let options = textwrap::Options::new(width).subsequent_indent(INDENT);
                format!("{}\n", textwrap::fill(line, options))
            }
            None => format!("{line}\n"),
        };
        self.0.iter().map(row).collect()
    }
}

impl<T: AsRef<str>> FromIterator<T> for Text {
    fn from_iter<I: IntoIterator<Item = T>>(lines: I) -> Self {
        let mut text = Self::new();
        lines.into_iter().for_each(|line| text.line(line));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_printer_breaks_lines() {
        let text: Text = ["a\nVALID", "b\r\u{1b}[2J"].into_iter().collect();
        assert_eq!(text.printed(None), "a\\u{a}VALID\nb\\u{d}\\u{1b}[2J\n");
        let long = Text::of(format!("error: {}VALID", "x".repeat(13)));
        assert_eq!(long.printed(Some(20)), "error:\n    xxxxxxxxxxxxxVAL\n    ID\n");
    }
}
