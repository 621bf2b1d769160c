//! Entries of an answer by their name.

use super::{ImportError, Member};
use std::collections::BTreeMap;

/// Entries of an answer, each with a name of its own.
pub struct Listed<'a> {
    answer: Member<'a>,
    entries: BTreeMap<&'a str, Member<'a>>,
}

impl<'a> Listed<'a> {
    /// The items of a list, by their member of this name.
    ///
    /// # Errors
    /// [`ImportError`] if it is no list, or a name is no text or is there twice.
    pub fn read(answer: &Member<'a>, name: &str) -> Result<Self, ImportError> {
        Self::of_items(answer, answer.list()?, name)
    }

    /// Items that were gathered from an answer, such as those of all its pages, likewise.
    ///
    /// # Errors
    /// [`ImportError`] if a name is no text or is there twice.
    pub fn of_items(
        answer: &Member<'a>,
        items: Vec<Member<'a>>,
        name: &str,
    ) -> Result<Self, ImportError> {
        let mut entries = BTreeMap::new();
        for entry in items {
            let symbol = entry.member(name);
            if entries.insert(symbol.text()?, entry).is_some() {
                return Err(symbol.wrong("is in the answer twice"));
            }
        }
        Ok(Self { answer: answer.clone(), entries })
    }

    /// The entry of a name.
    ///
    /// # Errors
    /// [`ImportError`] if there is none.
    pub fn of(&self, name: &str) -> Result<&Member<'a>, ImportError> {
        let missing = || self.answer.wrong(format!("has no entry of {name:?}"));
        self.entries.get(name).ok_or_else(missing)
    }

    /// All entries, by name.
    pub fn entries(&self) -> impl Iterator<Item = &Member<'a>> {
        self.entries.values()
    }
}
