//! From a folder of a venue's answers to schedule, snapshot and account.

use super::choice;
use super::folder_error::{FolderError, FolderErrorCode as Code};
use super::marks;
use super::numbering;
use super::{
    Answers, Caps, Choice, Choosable, Endpoint, ImportError, LeftOut, MAX_SKEW_MS, OpenedFile,
    Subset, Venue,
};
use super::{agreement, direction};
use crate::{
    AccountFile, CompiledMarket, FileError, FileKind, MAX_NOTE_BYTES, Remark, RemarkKind, Schedule,
    SnapshotFile, compile, format_utc, parse_utc,
};
use serde_json::{Value, json};

/// A venue whose raw API answers are read from a folder.
pub trait Folder: Venue {
    /// The answers that a folder can have.
    const ENDPOINTS: &'static [Endpoint];

    /// What can be chosen, beside the schedule's name.
    const CHOICES: &'static [Choosable] = &[];

    /// The options for a schedule, from what is chosen and what the answers say, such as the account's mode.
    ///
    /// # Errors
    /// [`ImportError`] where the answers contradict the choice or each other. A pointer begins with the name of the
    /// answer, as in a source of several.
    fn options(answers: &Answers, choice: &Choice) -> Result<Self::Options, ImportError>;

    /// Answers without which no account is read, because what it holds is compared with them.
    ///
    /// # Errors
    /// [`ImportError`] where the answers do not say which they are.
    fn needed_for_account(answers: &Answers) -> Result<&'static [&'static str], ImportError> {
        let _ = answers;
        Ok(&[])
    }

    /// What the answers say about the account as a whole, before it is read: that it is the one that was chosen, and
    /// that all of them are about the same one.
    ///
    /// # Errors
    /// [`ImportError::OtherAccount`], with a pointer that begins with the name of the answer.
    fn check_account(answers: &Answers, choice: &Choice) -> Result<(), ImportError> {
        let _ = (answers, choice);
        Ok(())
    }

    /// The account of the answers.
    ///
    /// # Errors
    /// As for [`Venue::account`].
    fn account_of(
        source: &Value,
        schedule: &Schedule,
        choice: &Choice,
    ) -> Result<AccountFile, ImportError> {
        let _ = choice;
        Self::account(source, schedule)
    }

    /// Compares totals of the account with what it holds by the rule at these prices, where no total is of figures that the
    /// positions have themselves.
    ///
    /// # Errors
    /// [`ImportError`], with a pointer that begins with the name of the answer.
    fn check_totals(
        answers: &Answers,
        market: &CompiledMarket,
        account: &AccountFile,
    ) -> Result<(), ImportError> {
        let _ = (answers, market, account);
        Ok(())
    }

    /// Whether a snapshot is read of these answers. Where they do not say when they came, a venue may need another that does.
    fn has_prices(answers: &Answers) -> bool {
        answers.has(FileKind::Snapshot)
    }
}

/// How a folder is read.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// What is chosen.
    pub choice: Choice,
    /// How far apart prices and account may be, in milliseconds.
    pub max_skew_ms: u64,
    /// Whether figures that are seldom a venue's rule are declared to be.
    pub accept_rule: bool,
    /// An earlier schedule of the venue, whose ids are kept. Schedules of maintenance margin give new ones, and no other
    /// requirement's do.
    pub previous: Option<&'a Schedule>,
    /// The instruments that are kept; all if absent.
    pub subset: Option<Subset>,
    /// Whether a folder without prices or account is refused.
    pub whole: bool,
}

impl Default for Reading<'_> {
    fn default() -> Self {
        Self {
            choice: Choice::default(),
            max_skew_ms: MAX_SKEW_MS,
            accept_rule: false,
            previous: None,
            subset: None,
            whole: false,
        }
    }
}

/// What was taken from one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The answer's file.
    pub file: &'static str,
    /// Its request.
    pub request: &'static str,
    /// When it was answered, if that is known, in milliseconds since 1970.
    pub time_ms: Option<u64>,
    /// What was taken.
    pub takes: &'static str,
    /// What was assumed; empty for nothing.
    pub assumes: &'static str,
    /// What was left out; empty for nothing.
    pub leaves_out: &'static str,
}

impl Taken {
    /// All of an answer that was given at this time.
    pub(crate) fn of(endpoint: &Endpoint, time_ms: Option<u64>) -> Self {
        Self {
            file: endpoint.file,
            request: endpoint.request,
            time_ms,
            takes: endpoint.takes,
            assumes: endpoint.assumes,
            leaves_out: endpoint.leaves_out,
        }
    }

    /// In machine-readable form.
    pub fn report(&self) -> Value {
        json!({
            "file": self.file,
            "request": self.request,
            "time": self.time_ms.map(format_utc),
            "taken": self.takes,
            "assumed": self.assumes,
            "left_out": self.leaves_out,
        })
    }
}

/// What a person should look at in a folder: code and text.
pub(super) fn warnings_of(
    unread: &[String],
    undated: &[&str],
    delisted: &[String],
) -> Vec<(&'static str, String)> {
    let unread = unread.iter().map(|name| {
        let message = format!("{name} is in the folder and was not read: no answer has this name");
        ("NotRead", message)
    });
    let undated = (!undated.is_empty()).then(|| {
        let names = undated.join(", ");
        let message = format!(
            "nothing says when {names} came: that prices and account are of one time is taken on trust"
        );
        ("NoTime", message)
    });
    let delisted = (!delisted.is_empty()).then(|| {
        let message = format!(
            "the earlier schedule lists {}, and these answers do not: their ids are not given again, so that what returns gets a new one; if an answer is not whole, import again with the same earlier schedule",
            first_of(delisted)
        );
        ("Delisted", message)
    });
    unread.chain(undated).chain(delisted).collect()
}

/// What a folder gives.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The schedule, checked.
    pub schedule: Schedule,
    /// The snapshot, if the folder has prices.
    pub snapshot: Option<SnapshotFile>,
    /// The market that the two make.
    pub market: Option<CompiledMarket>,
    /// The account without secrets, if the folder has one.
    pub account: Option<AccountFile>,
    /// What was taken from each answer.
    pub taken: Vec<Taken>,
    /// What the importer filled in for the schedule.
    pub assumed: String,
    /// Contracts that are not in the schedule.
    pub left_out: Vec<LeftOut>,
    /// Figures declared to be the venue's own rule.
    pub declared: Vec<Remark>,
    /// Names in the folder that were not read.
    pub unread: Vec<String>,
    /// Answers for prices or account of which no time is known.
    pub undated: Vec<&'static str>,
    /// How many instruments the venue's market has, if the schedule lists fewer.
    pub subset_of: Option<usize>,
    /// Symbols that the earlier schedule lists and these answers do not have: their ids are not given again.
    pub delisted: Vec<String>,
}

impl Imported {
    /// What was taken in, assumed and left out, in machine-readable form.
    pub fn report(&self) -> Value {
        let left_out = self.left_out.iter().map(|l| json!({"symbol": l.symbol, "reason": l.why}));
        json!({
            "read": self.taken.iter().map(Taken::report).collect::<Vec<_>>(),
            "assumed": self.assumed,
            "left_out": left_out.collect::<Vec<_>>(),
            "declared": self.declared.iter().map(Remark::to_string).collect::<Vec<_>>(),
            "not_read": self.unread,
            "undated": self.undated,
            "subset_of": self.subset_of,
            "delisted": self.delisted,
        })
    }

    /// Code and text of what a person should look at.
    pub fn warnings(&self) -> Vec<(&'static str, String)> {
        warnings_of(&self.unread, &self.undated, &self.delisted)
    }
}

/// Reads a folder of this venue.
///
/// # Errors
/// [`FolderError`], which names the file.
pub(super) fn import<V: Folder>(
    answers: &Answers,
    reading: &Reading<'_>,
) -> Result<Imported, FolderError> {
    let choice = &reading.choice;
    choice::check(V::NAME, V::CHOICES, choice)?;
    answers.check_times(reading.max_skew_ms)?;
    let of_several = |e: ImportError| answers.placed(&e, None);
    if answers.has(FileKind::Account) {
        answers.need(V::needed_for_account(answers).map_err(of_several)?)?;
    }
    V::check_account(answers, choice).map_err(of_several)?;
    if reading.whole {
        answers.source(FileKind::Snapshot)?;
        answers.source(FileKind::Account)?;
    }
    let options = V::options(answers, choice).map_err(of_several)?;
    let source = answers.source(FileKind::Schedule)?;
    let made = V::schedule(&source.value, &options);
    let made = made.map_err(|e| answers.placed(&e, source.file))?;
    let mut file = made.schedule;
    if let Some(time) = as_of(answers) {
        file.source.push_str(&format!(" As of {}.", format_utc(time)));
    }
    if let Some(previous) = reading.previous {
        numbering::continue_from(&mut file, &made.without_table, previous)?;
    }
    let whole = Schedule::new(file.clone()).map_err(|e| unusable(&e))?;
    let mut delisted = Vec::new();
    if let Some(previous) = reading.previous {
        // What has an id of the earlier schedule must still mean the same.
        whole.continues(previous).map_err(|e| unusable(&e))?;
        delisted = numbering::delisted(&file, &made.without_table, previous);
    }
    let account = match answers.has(FileKind::Account) {
        false => None,
        true => {
            let source = answers.source(FileKind::Account)?;
            let account = V::account_of(&source.value, &whole, choice);
            Some(account.map_err(|e| answers.placed(&e, source.file))?)
        }
    };
    let mut subset_of = None;
    if let Some(subset) = &reading.subset {
        let all = file.instruments.len();
        subset.restrict(&mut file, account.as_ref())?;
        subset_of = (file.instruments.len() < all).then_some(all);
    }
    let remarks = undeclared(&Schedule::new(file.clone()).map_err(|e| unusable(&e))?, made.caps);
    declare(&mut file.source, &remarks, reading.accept_rule)?;
    // As those who get the file will read it.
    let schedule = file.to_json().and_then(|text| Schedule::from_json(text.as_bytes()));
    let schedule = schedule.map_err(|e| unusable(&e))?;
    let (mut snapshot, mut market) = (None, None);
    if reading.whole || V::has_prices(answers) {
        let source = answers.source(FileKind::Snapshot)?;
        let file = V::snapshot(&source.value, &schedule);
        let file = file.map_err(|e| answers.placed(&e, source.file))?;
        answers.check_time_of_prices(parse_utc(&file.time), reading.max_skew_ms)?;
        market = Some(compile(&schedule, &file).map_err(|e| unusable(&e))?);
        snapshot = Some(file);
    }
    if let Some(account) = &account {
        account.belongs_to(&schedule).map_err(|e| unusable(&e))?;
        account.holdings(&schedule).map_err(|e| unusable(&e))?;
        if let Some(market) = &market {
            V::check_totals(answers, market, account).map_err(of_several)?;
        }
    }
    let taken = answers.iter().map(|answer| Taken::of(answer.endpoint(), answer.time()));
    Ok(Imported {
        schedule,
        snapshot,
        market,
        account,
        taken: taken.collect(),
        assumed: made.assumed,
        left_out: made.left_out,
        declared: remarks,
        unread: answers.unread().to_vec(),
        undated: answers.undated().collect(),
        subset_of,
        delisted,
    })
}

/// When the schedule's figures were answered: the earliest of its answers, if all have a time.
fn as_of(answers: &Answers) -> Option<u64> {
    let given = answers.iter().filter(|answer| answer.endpoint().is_for(FileKind::Schedule));
    given.map(|answer| answer.time()).min().flatten()
}

fn unusable(error: &FileError) -> FolderError {
    let message = format!("gives no usable {} ({}): {}", error.file, error.pointer, error.message);
    FolderError::new(Code::Unusable, "", message)
}

/// What in the figures must be declared to be the venue's own rule.
fn undeclared(schedule: &Schedule, caps: Caps) -> Vec<Remark> {
    let mut remarks = schedule.remarks();
    remarks.retain(|r| r.kind != RemarkKind::NoCap || caps == Caps::Published);
    remarks
}

/// Maximum number of rows, and of contracts left out, shown in text.
const SHOWN: usize = 20;

/// The first lines, and how many more there are.
pub fn first_of(lines: &[String]) -> String {
    let more = lines.len().saturating_sub(SHOWN);
    let mut text = lines[..lines.len() - more].join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Refuses what is usually a mistake, or records it in the schedule's source as declared.
fn declare(source: &mut String, remarks: &[Remark], accepted: bool) -> Result<(), FolderError> {
    if remarks.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = remarks.iter().map(Remark::to_string).collect();
    if !accepted {
        let message = format!("has figures that are seldom a venue's rule: {}", first_of(&lines));
        let help = "compare them with the venue's page; if they are its rule, pass --accept-rule, which records that in the schedule";
        return Err(FolderError::new(Code::ImportRule, "", message).with_help(help));
    }
    let declared = format!(" Declared to be the venue's own rule: {}.", first_of(&lines));
    let room = MAX_NOTE_BYTES.saturating_sub(source.len());
    if declared.len() <= room {
        source.push_str(&declared);
    } else {
        let count = remarks.len();
        source.push_str(&format!(" Declared to be the venue's own rule: {count} unusual rows."));
    }
    Ok(())
}

/// A venue whose folders are read, by its name.
#[derive(Clone, Copy)]
pub struct KnownVenue {
    /// Its name, as in the files that it gives.
    pub name: &'static str,
    /// The answers that a folder can have.
    pub endpoints: &'static [Endpoint],
    /// What can be chosen.
    pub choices: &'static [Choosable],
    import: fn(&Answers, &Reading<'_>) -> Result<Imported, FolderError>,
}

impl std::fmt::Debug for KnownVenue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KnownVenue({:?})", self.name)
    }
}

impl KnownVenue {
    /// A venue under the name by which a caller chooses it.
    pub const fn of<V: Folder>(name: &'static str) -> Self {
        Self { name, endpoints: V::ENDPOINTS, choices: V::CHOICES, import: import::<V> }
    }

    /// Reads the files of a folder. `others` are names in it that were not opened, and `known` the answers of all
    /// venues by name, by which another one's file is recognised.
    ///
    /// # Errors
    /// [`FolderError`], which names the file.
    pub fn import(
        &self,
        files: &[OpenedFile],
        others: &[String],
        known: &[(&'static str, &'static [Endpoint])],
        reading: &Reading<'_>,
    ) -> Result<Imported, FolderError> {
        let answers = Answers::read(self.name, self.endpoints, files, others, known)?;
        let imported = (self.import)(&answers, reading)?;
        if let (Some(_), Some(snapshot)) = (&imported.account, &imported.snapshot) {
            self.check_figures(&answers, &imported.schedule, snapshot)?;
        }
        Ok(imported)
    }

    /// Compares marks, the sign of each size with that of its profit, and figures of a position with one another, as far as
    /// a venue's answer states them.
    fn check_figures(
        &self,
        answers: &Answers,
        schedule: &Schedule,
        snapshot: &SnapshotFile,
    ) -> Result<(), FolderError> {
        let stating = crate::venues::STATING.iter().find(|venue| venue.name == self.name);
        let Some(stating) = stating else { return Ok(()) };
        let source = answers.source(FileKind::Account)?;
        if !stating.states(&source.value) {
            return Ok(());
        }
        let stated = stating.read(&source.value, None);
        let checked = stated.and_then(|stated| {
            marks::check(&stated, schedule, snapshot)?;
            direction::check(&stated, schedule, snapshot)?;
            agreement::check(&stated, schedule)
        });
        checked.map_err(|e| answers.placed(&e, source.file))
    }
}
