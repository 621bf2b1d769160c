//! A folder of a venue of portfolio margin. Its answers give less than a linear venue's: the rule without an account, or an
//! account without the rule. What they do not say is given beside them as files of this project.

use super::answers::SAVE;
use super::folder_error::{FolderError, FolderErrorCode as Code};
use super::{Answers, Endpoint, MAX_SKEW_MS, Member, OpenedFile, Taken};
use crate::portfolio::{
    PortfolioMarket, PortfolioSchedule, PortfolioScheduleFile, PortfolioSnapshotFile,
};
use crate::{AccountFile, AccountKind, AnySchedule, FileError, FileKind, parse_utc};
use serde_json::{Value, json};

/// Why what belongs into an account of the other kind is refused: a mixed account is two.
pub fn two_accounts(found: AccountKind) -> String {
    let kind = found.name();
    format!(
        "is of a {kind} account: an account is linear or portfolio, and a venue that has both keeps two accounts of one holder key"
    )
}

/// Files of this project for what a venue's answers do not say.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The schedule.
    pub schedule: Option<PortfolioScheduleFile>,
    /// The snapshot of that schedule.
    pub snapshot: Option<PortfolioSnapshotFile>,
    /// The account.
    pub account: Option<AccountFile>,
}

/// How a folder is read.
#[derive(Clone, Debug)]
pub struct PortfolioReading {
    /// What the answers do not say.
    pub beside: Beside,
    /// Risk units that are kept, by name; all if empty.
    pub only: Vec<String>,
    /// The account that is meant, as the venue's answers name it.
    pub account: Option<String>,
    /// An earlier schedule of the venue, whose numbers its lists keep.
    pub previous: Option<PortfolioSchedule>,
    /// How far apart prices and account may be, in milliseconds.
    pub max_skew_ms: u64,
}

impl Default for PortfolioReading {
    fn default() -> Self {
        let (beside, only, account) = (Beside::default(), Vec::new(), None);
        Self { beside, only, account, previous: None, max_skew_ms: MAX_SKEW_MS }
    }
}

/// What a folder and the files beside it give.
#[derive(Clone, Debug)]
pub struct PortfolioImported {
    /// The market of schedule and snapshot.
    pub market: PortfolioMarket,
    /// The schedule as it is written.
    pub schedule: PortfolioScheduleFile,
    /// The snapshot as it is written.
    pub snapshot: PortfolioSnapshotFile,
    /// The account without secrets, if there is one.
    pub account: Option<AccountFile>,
    /// What was taken from each answer.
    pub taken: Vec<Taken>,
    /// What was given beside the answers, of which none says it.
    pub given: Vec<FileKind>,
    /// Names in the folder that were not read.
    pub unread: Vec<String>,
    /// Answers for prices or account of which no time is known.
    pub undated: Vec<&'static str>,
    /// How many risk units the venue's file has, if the schedule has fewer.
    pub subset_of: Option<usize>,
    /// Units and markets that the earlier schedule lists and these answers do not have: their numbers are not given again.
    pub delisted: Vec<String>,
}

impl PortfolioImported {
    /// What was read and given, in machine-readable form.
    pub fn report(&self) -> Value {
        let given = self.given.iter().map(|kind| kind.name());
        json!({
            "account": "portfolio",
            "read": self.taken.iter().map(Taken::report).collect::<Vec<_>>(),
            "given": given.collect::<Vec<_>>(),
            "not_read": self.unread,
            "undated": self.undated,
            "subset_of": self.subset_of,
            "delisted": self.delisted,
        })
    }

    /// Code and text of what a person should look at.
    pub fn warnings(&self) -> Vec<(&'static str, String)> {
        super::folder::warnings_of(&self.unread, &self.undated, &self.delisted)
    }
}

/// What a venue's answers say.
pub(crate) struct Said {
    pub schedule: Option<PortfolioScheduleFile>,
    pub snapshot: Option<PortfolioSnapshotFile>,
    pub account: Option<AccountFile>,
    pub taken: Vec<Taken>,
    pub unread: Vec<String>,
    pub undated: Vec<&'static str>,
    pub subset_of: Option<usize>,
}

/// A venue of portfolio margin, by its name.
#[derive(Clone, Copy)]
pub struct PortfolioVenue {
    /// Its name, as in the files that it gives.
    pub name: &'static str,
    /// The files that a folder can have.
    pub endpoints: &'static [Endpoint],
    /// What its answers do not say.
    pub lacks: &'static [FileKind],
    say: Say,
}

/// Reads a venue's answers.
pub(crate) type Say =
    fn(&PortfolioVenue, &Opened<'_>, &PortfolioReading) -> Result<Said, FolderError>;

/// The files of a folder.
pub(crate) struct Opened<'a> {
    pub files: &'a [OpenedFile],
    pub others: &'a [String],
    pub known: &'a [(&'static str, &'static [Endpoint])],
}

impl std::fmt::Debug for PortfolioVenue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PortfolioVenue({:?})", self.name)
    }
}

fn unusable(error: &FileError) -> FolderError {
    let message = format!("gives no usable {} ({}): {}", error.file, error.pointer, error.message);
    FolderError::new(Code::Unusable, "", message)
}

/// What to do about files that no answer gives.
fn give(kinds: &[FileKind]) -> String {
    let option = |kind: &FileKind| match kind {
        FileKind::PortfolioSchedule => "--schedule FILE",
        FileKind::PortfolioSnapshot => "--snapshot FILE",
        _ => "--account FILE",
    };
    format!("pass {}", kinds.iter().map(option).collect::<Vec<_>>().join(" and "))
}

impl PortfolioVenue {
    pub(crate) const fn new(
        name: &'static str,
        endpoints: &'static [Endpoint],
        lacks: &'static [FileKind],
        say: Say,
    ) -> Self {
        Self { name, endpoints, lacks, say }
    }

    /// Reads the files of a folder. `others` are names in it that were not opened, and `known` the answers of other venues,
    /// by which another one's file is recognised.
    ///
    /// # Errors
    /// [`FolderError`], which names the file.
    pub fn import(
        &self,
        files: &[OpenedFile],
        others: &[String],
        known: &[(&'static str, &'static [Endpoint])],
        reading: &PortfolioReading,
    ) -> Result<PortfolioImported, FolderError> {
        let given = self.check_given(&reading.beside)?;
        let mut said = (self.say)(self, &Opened { files, others, known }, reading)?;
        let mut delisted = Vec::new();
        if let Some(previous) = &reading.previous {
            self.continue_from(previous, &mut said)?;
            // A subset leaves out what is chosen.
            let whole = said.schedule.as_ref().filter(|_| said.subset_of.is_none());
            delisted = whole.map_or(delisted, |schedule| schedule.delisted(previous));
        }
        let beside = reading.beside.clone();
        let missing = |kind: FileKind| {
            let message = format!("has no {}, and none is given", kind.name());
            FolderError::new(Code::MissingAnswer, "", message).with_help(&give(&[kind]))
        };
        let schedule = said.schedule.or(beside.schedule);
        let schedule = schedule.ok_or_else(|| missing(FileKind::PortfolioSchedule))?;
        let snapshot = said.snapshot.or(beside.snapshot);
        let snapshot = snapshot.ok_or_else(|| missing(FileKind::PortfolioSnapshot))?;
        let account = said.account.or(beside.account);
        let checked = PortfolioSchedule::new(schedule.clone()).map_err(|e| unusable(&e))?;
        if let Some(account) = &account {
            (&checked as &dyn AnySchedule).owns(account).map_err(|e| unusable(&e))?;
            checked.account(account).map_err(|e| unusable(&e))?;
        }
        let market = PortfolioMarket::compile(&checked, &snapshot).map_err(|e| unusable(&e))?;
        Ok(PortfolioImported {
            market,
            schedule,
            snapshot,
            account,
            given,
            taken: said.taken,
            unread: said.unread,
            undated: said.undated,
            subset_of: said.subset_of,
            delisted,
        })
    }

    /// Gives what the venue lists the numbers of an earlier schedule. The snapshot names the schedule by its digest.
    fn continue_from(
        &self,
        previous: &PortfolioSchedule,
        said: &mut Said,
    ) -> Result<(), FolderError> {
        let Some(schedule) = &mut said.schedule else {
            return self.has_no_choice("an earlier schedule: its answers have no later one");
        };
        super::numbering::check_whole(previous)?;
        schedule.renumber(previous);
        let checked = PortfolioSchedule::new(schedule.clone()).map_err(|e| unusable(&e))?;
        checked.continues(previous).map_err(|e| unusable(&e))?;
        if let Some(snapshot) = &mut said.snapshot {
            snapshot.schedule = checked.digest().to_string();
        }
        Ok(())
    }

    /// Refuses files beside the folder that its answers give themselves, and says which there are.
    fn check_given(&self, beside: &Beside) -> Result<Vec<FileKind>, FolderError> {
        let there = [
            (FileKind::PortfolioSchedule, beside.schedule.is_some()),
            (FileKind::PortfolioSnapshot, beside.snapshot.is_some()),
            (FileKind::Account, beside.account.is_some()),
        ];
        let given: Vec<_> = there.into_iter().filter(|(_, given)| *given).map(|(k, _)| k).collect();
        if let Some(kind) = given.iter().find(|kind| !self.lacks.contains(kind)) {
            let message = format!("{} has its own {}: give none", self.name, kind.name());
            return Err(FolderError::new(Code::Choice, "", message));
        }
        Ok(given)
    }

    /// What was read breaks a rule of its file.
    pub(crate) fn unusable(&self, error: &FileError) -> FolderError {
        unusable(error)
    }

    /// # Errors
    /// Always: files have to be given, because of what the answers do not say.
    pub(crate) fn must_be_given<T>(
        &self,
        what: &[FileKind],
        why: &'static str,
    ) -> Result<T, FolderError> {
        let names: Vec<_> = what.iter().map(|kind| kind.name()).collect();
        let message = format!("no answer of {} says its {}: {why}", self.name, names.join(" and "));
        Err(FolderError::new(Code::MissingAnswer, "", message).with_help(&give(what)))
    }

    /// An answer, whose places are told with its name.
    ///
    /// # Errors
    /// [`FolderError`] if it is missing.
    pub(crate) fn root<'a>(
        &self,
        answers: &'a Answers,
        file: &str,
    ) -> Result<Member<'a>, FolderError> {
        let Some(answer) = answers.get(file) else { return self.must_have(file) };
        Ok(answer.root().within(file.trim_end_matches(".json")))
    }

    /// # Errors
    /// Always: an answer is missing.
    pub(crate) fn must_have<T>(&self, file: &str) -> Result<T, FolderError> {
        let endpoint = self.endpoints.iter().find(|endpoint| endpoint.file == file);
        let request = endpoint.map_or("", |endpoint| endpoint.request);
        let message = format!("has no {file} ({request})");
        Err(FolderError::new(Code::MissingAnswer, "", message).with_help(SAVE))
    }

    /// # Errors
    /// Always: the venue has no such choice.
    pub(crate) fn has_no_choice<T>(&self, what: &str) -> Result<T, FolderError> {
        let message = format!("{} has no choice of {what}", self.name);
        Err(FolderError::new(Code::Choice, "", message))
    }
}

/// What one JSON answer says, with the notes of the folder about it.
pub(crate) fn of_answers(
    venue: &PortfolioVenue,
    opened: &Opened<'_>,
    reading: &PortfolioReading,
    snapshot_time: Option<&str>,
) -> Result<(Answers, Said), FolderError> {
    let answers =
        Answers::read(venue.name, venue.endpoints, opened.files, opened.others, opened.known)?;
    answers.check_times(reading.max_skew_ms)?;
    answers.check_time_of_prices(snapshot_time.and_then(parse_utc), reading.max_skew_ms)?;
    let taken = answers.iter().map(|answer| Taken::of(answer.endpoint(), answer.time()));
    let said = Said {
        schedule: None,
        snapshot: None,
        account: None,
        taken: taken.collect(),
        unread: answers.unread().to_vec(),
        undated: answers.undated().collect(),
        subset_of: None,
    };
    Ok((answers, said))
}
