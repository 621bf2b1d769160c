//! Text for people, line by line.

use zkmargin_model::shown::shown;

/// Lines that are printed. Each is escaped as it is added, and only what is printed between them
/// breaks a line: text that comes from a file cannot begin one of its own.
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

    /// The same with one line more.
    pub fn with(mut self, line: impl AsRef<str>) -> Self {
        self.line(line);
        self
    }

    /// Adds the lines of another text.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// As it is printed.
    pub fn printed(&self) -> String {
        self.0.iter().flat_map(|line| [line, "\n"]).collect()
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
        assert_eq!(text.printed(), "a\\u{a}VALID\nb\\u{d}\\u{1b}[2J\n");
    }
}
