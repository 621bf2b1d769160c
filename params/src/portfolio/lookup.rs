//! Lists in which names are looked up.

use crate::error::{ErrorCode, FileError};
use crate::figures::Checker;
use crate::nearest::did_you_mean;
use crate::read::shorten;
use std::collections::BTreeMap;
use zkmargin_model::shown::quoted;

/// Names of one list of a file, each with its place there.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    list: &'static str,
    what: &'static str,
    code: ErrorCode,
    by_name: BTreeMap<String, usize>,
}

impl Lookup {
    /// Checks the names of a list: `field` is where an entry has its name, empty if the entry is the name. `what` one of
    /// them is called, and `code` is what an unknown one is refused with.
    pub(super) fn new<'a>(
        check: Checker,
        [list, field, what]: [&'static str; 3],
        code: ErrorCode,
        names: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Self, FileError> {
        let place = |at| format!("/{list}/{at}{field}");
        let mut by_name = BTreeMap::new();
        for (at, name) in names.clone().enumerate() {
            check.name(name, &place(at))?;
            if by_name.insert(name.to_owned(), at).is_some() {
                let message = format!("{} is listed twice; keep one of them", quoted(name));
                return Err(check.error(ErrorCode::DuplicateName, place(at), message));
            }
        }
        check.names_differ(names, place)?;
        Ok(Self { list, what, code, by_name })
    }

    /// The place of a name.
    pub(super) fn get(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The place of a name that stands at a pointer of a file.
    pub(super) fn find(
        &self,
        check: Checker,
        name: &str,
        pointer: impl FnOnce() -> String,
    ) -> Result<usize, FileError> {
        self.get(name).ok_or_else(|| {
            let near = did_you_mean(name, self.by_name.keys().map(String::as_str));
            let message = format!(
                "no {} in the schedule's list of {} is called {}{near}",
                self.what,
                self.list,
                quoted(&shorten(name))
            );
            check.error(self.code, pointer(), message)
        })
    }
}

/// Ids of a list, ascending, with the entries' places: refuses ids out of range and ids used twice.
pub(super) fn by_id(
    check: Checker,
    list: &str,
    most: u32,
    ids: impl Iterator<Item = u32>,
) -> Result<Vec<usize>, FileError> {
    let mut sorted: Vec<(u32, usize)> = ids.enumerate().map(|(at, id)| (id, at)).collect();
    sorted.sort_unstable();
    let mut previous = 0;
    for &(id, at) in &sorted {
        let here = format!("/{list}/{at}/id");
        if id == 0 || id > most {
            let message = format!("{id} is not an id; ids of {list} are 1 to {most}");
            return Err(check.error(ErrorCode::BadId, here, message));
        }
        if id == previous {
            let message = format!("id {id} is used twice; ids of {list} must differ");
            return Err(check.error(ErrorCode::DuplicateId, here, message));
        }
        previous = id;
    }
    Ok(sorted.into_iter().map(|(_, at)| at).collect())
}
