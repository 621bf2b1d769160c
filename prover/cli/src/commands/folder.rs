//! A folder of a venue's answers: which venue reads it and how, and what is said about what was read.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::resolve;
use crate::shared::requirement;
use crate::text::Text;
use clap::Args;
use clap::builder::PossibleValuesParser;
use rand::TryRng;
use rand::rngs::SysRng;
use serde_json::Value;
use std::path::{Path, PathBuf};
use zkmargin_params::portfolio::{PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::venues::{
    Answers, Beside, Choice, Endpoint, Imported, MAX_SKEW_MS, OpenedFile, PORTFOLIO_VENUES,
    PortfolioImported, PortfolioReading, PortfolioVenue, Reading, RulePart, Subset, Taken, VENUES,
    first_of, known_answers, other_venue_of,
};
use zkmargin_params::{AccountFile, FileError, FileKind, MAX_FILE_BYTES, Requirement, format_utc};

/// Parses the name of a venue.
pub fn venue_names() -> PossibleValuesParser {
    let linear = VENUES.iter().map(|venue| venue.name);
    PossibleValuesParser::new(linear.chain(PORTFOLIO_VENUES.iter().map(|venue| venue.name)))
}

/// The venue of portfolio margin with this name.
pub fn portfolio_venue(name: &str) -> Option<&'static PortfolioVenue> {
    PORTFOLIO_VENUES.iter().find(|venue| venue.name == name)
}

/// What to save so that files of this kind are read of a venue's folder.
pub fn to_save(venue: &str, kind: FileKind) -> String {
    let known = VENUES.iter().find(|known| known.name == venue);
    let endpoints = known.map_or(&[][..], |venue| venue.endpoints).iter();
    let answers = endpoints.filter(|endpoint| endpoint.is_for(kind));
    let answers: Vec<_> = answers.map(|e| format!("{} as {}", e.content(), e.file)).collect();
    format!("save {} in it", answers.join(", or "))
}

/// How a folder is read.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct FolderOptions {
    /// Name of the schedule
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Settlement assets of the instruments, where a venue has several; each has a book of its own in Binance's
    /// single-asset mode
    #[arg(long, value_name = "ASSET,..", value_delimiter = ',')]
    pub settle: Vec<String>,
    /// Other assets that are collateral, in Binance's multi-assets mode; all with rates if not given
    #[arg(long, value_name = "ASSET,..", value_delimiter = ',')]
    pub collateral: Vec<String>,
    /// Which of the venue's margin requirements the schedule computes [default: maintenance]. Binance, Bybit and Lighter: one
    /// that is named, `maintenance` as well, is of another registry than none
    #[arg(long, value_name = "REQUIREMENT", value_parser = requirement)]
    pub requirement: Option<Requirement>,
    /// A part of the venue's rule that it has in some cases only; may be repeated. dYdX: `liquidation`; Drift:
    /// `strict`, `least-ratio=RATIO`, `liquidation-buffer=RATIO`
    #[arg(long = "rule", value_name = "NAME[=FIGURE]")]
    pub rule: Vec<String>,
    /// The account that the answers must be about, as the venue names it there
    #[arg(long, value_name = "ID")]
    pub account_id: Option<String>,
    /// How many seconds prices and account may be apart [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub max_skew: Option<u64>,
    /// Keep only these instruments. The proof then shows that the account holds no other
    #[arg(long, value_name = "SYMBOL,..", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Keep only instruments that the account holds, and this many others, drawn at random. The proof then shows that the
    /// account holds none of the rest
    #[arg(long, value_name = "NUMBER", conflicts_with = "only")]
    pub held_and: Option<usize>,
    /// Declare that jumps in a requirement, falling or zero rates and tiers without a cap are the
    /// venue's own rule; the schedule then says so
    #[arg(long)]
    pub accept_rule: bool,
    /// Earlier schedule of the registry, whose ids are kept: what is new gets ids that were never given. Only schedules of
    /// maintenance margin give new ones
    #[arg(long, value_name = "FILE")]
    pub previous: Option<PathBuf>,
}

impl FolderOptions {
    fn subset(&self) -> Result<Option<Subset>> {
        if !self.only.is_empty() {
            return Ok(Some(Subset::Only(self.only.clone())));
        }
        let Some(others) = self.held_and else { return Ok(None) };
        let mut key = [0; 32];
        SysRng
            .try_fill_bytes(&mut key)
            .map_err(|e| Failure::new(Exit::Io, "Randomness", e.to_string()))?;
        Ok(Some(Subset::Held { others, key }))
    }
}

/// The files of a folder that the venue's answers have, and the other names in it.
fn open(
    folder: &Path,
    venue: &str,
    endpoints: &'static [Endpoint],
) -> Result<(Vec<OpenedFile>, Vec<String>)> {
    let failed = |e: std::io::Error| {
        let message = format!("cannot be read as a folder: {e}");
        let help = of_file(folder, venue).unwrap_or_else(|| {
            "save the venue's answers as files in one folder; docs/import.md has their names"
                .to_owned()
        });
        Failure::new(Exit::Io, "CannotRead", message).in_file(&files::name_of(folder)).help(help)
    };
    let (mut opened, mut others) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if Answers::names(endpoints).any(|known| known == name) {
            let bytes = files::read(&entry.path(), MAX_FILE_BYTES)?;
            opened.push(OpenedFile { name, bytes });
        } else {
            others.push(name);
        }
    }
    others.sort();
    Ok((opened, others))
}

/// What to do about another venue's answer in place of a folder.
fn of_file(file: &Path, venue: &str) -> Option<String> {
    let bytes = if file.is_file() { files::read(file, MAX_FILE_BYTES).ok()? } else { return None };
    let answer: Value = serde_json::from_slice(&bytes).ok()?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let (other, endpoint) = other_venue_of(venue, &name, &answer, &known_answers())?;
    Some(format!(
        "it looks like a file of {other}, not of {venue}: {} in a folder with the others that docs/import.md lists, and pass --from {other}",
        endpoint.to_save()
    ))
}

/// What files of these kinds are read from in a folder: an answer, or an object of several by their names; `None` for those
/// of which it has nothing.
pub fn sources<const N: usize>(
    folder: &Path,
    venue: &str,
    kinds: [FileKind; N],
) -> Result<[Option<Value>; N]> {
    let known = known_answers();
    let found = known.iter().find(|(name, _)| *name == venue);
    let (venue, endpoints) =
        found.ok_or_else(|| Failure::usage(format!("no venue is named {venue:?}")))?;
    let (opened, others) = open(folder, venue, endpoints)?;
    let answers = Answers::read(venue, endpoints, &opened, &others, &known);
    let answers = answers.map_err(|e| Failure::in_folder(&e, folder))?;
    let mut sources = [const { None }; N];
    for (source, kind) in sources.iter_mut().zip(kinds).filter(|(_, kind)| answers.has(*kind)) {
        let read = answers.source(kind).map_err(|e| Failure::in_folder(&e, folder))?;
        *source = Some(read.value.into_owned());
    }
    Ok(sources)
}

/// Reads a folder. `whole` demands prices and an account.
pub fn read(folder: &Path, venue: &str, options: &FolderOptions, whole: bool) -> Result<Imported> {
    let known = VENUES.iter().find(|known| known.name == venue);
    let venue = known.ok_or_else(|| Failure::usage(format!("no venue is named {venue:?}")))?;
    let previous = options.previous.as_deref().map(resolve::schedule).transpose()?;
    let (opened, others) = open(folder, venue.name, venue.endpoints)?;
    let choice = Choice {
        name: options.name.clone(),
        settle: options.settle.clone(),
        collateral: options.collateral.clone(),
        requirement: options.requirement,
        rule: options.rule.iter().map(|text| RulePart::parse(text)).collect(),
        account: options.account_id.clone(),
    };
    let max_skew_ms = options.max_skew.map_or(MAX_SKEW_MS, |seconds| seconds.saturating_mul(1000));
    let reading = Reading {
        choice,
        max_skew_ms,
        accept_rule: options.accept_rule,
        previous: previous.as_ref(),
        subset: options.subset()?,
        whole,
    };
    let imported = venue.import(&opened, &others, &known_answers(), &reading);
    imported.map_err(|e| Failure::in_folder(&e, folder))
}

/// Files beside a folder of portfolio margin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    pub schedule: Option<&'a Path>,
    pub snapshot: Option<&'a Path>,
    pub account: Option<&'a Path>,
}

impl Given<'_> {
    /// Refuses files beside a folder that has everything.
    pub fn must_be_none(&self, venue: &str) -> Result<()> {
        if self.schedule.or(self.snapshot).or(self.account).is_none() {
            return Ok(());
        }
        let message = format!(
            "--from {venue} reads schedule, snapshot and account from the folder: give none of them"
        );
        Err(Failure::usage(message))
    }

    fn read(&self) -> Result<Beside> {
        fn one<T>(
            path: Option<&Path>,
            read: impl Fn(&[u8]) -> std::result::Result<T, FileError>,
        ) -> Result<Option<T>> {
            let Some(path) = path else { return Ok(None) };
            let bytes = files::read(path, MAX_FILE_BYTES)?;
            read(&bytes).map(Some).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
        }
        let schedule = |bytes: &[u8]| PortfolioSchedule::from_json(bytes).map(|s| s.file().clone());
        Ok(Beside {
            schedule: one(self.schedule, schedule)?,
            snapshot: one(self.snapshot, PortfolioSnapshotFile::from_json)?,
            account: one(self.account, AccountFile::from_json)?,
        })
    }
}

/// The earlier schedule of a venue of portfolio margin.
fn previous_of(path: &Path) -> Result<PortfolioSchedule> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    PortfolioSchedule::from_json(&bytes)
        .map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// Reads a folder of portfolio margin with the files beside it.
pub fn read_portfolio(
    folder: &Path,
    venue: &PortfolioVenue,
    options: &FolderOptions,
    given: Given<'_>,
) -> Result<PortfolioImported> {
    let reading = PortfolioReading {
        beside: given.read()?,
        only: options.only.clone(),
        account: options.account_id.clone(),
        previous: options.previous.as_deref().map(previous_of).transpose()?,
        ..PortfolioReading::default()
    };
    let max_skew_ms = options.max_skew.map_or(MAX_SKEW_MS, |seconds| seconds.saturating_mul(1000));
    let reading = PortfolioReading { max_skew_ms, ..reading };
    let has = FolderOptions {
        only: options.only.clone(),
        account_id: options.account_id.clone(),
        max_skew: options.max_skew,
        previous: options.previous.clone(),
        ..FolderOptions::default()
    };
    if *options != has {
        let message = format!(
            "{} is of portfolio margin, which has --only, --account-id, --previous and --max-skew alone",
            venue.name
        );
        return Err(Failure::usage(message));
    }
    let (opened, others) = open(folder, venue.name, venue.endpoints)?;
    let imported = venue.import(&opened, &others, &known_answers(), &reading);
    imported.map_err(|e| Failure::in_folder(&e, folder))
}

/// What was taken in, assumed, left out and given.
pub fn portfolio_text(imported: &PortfolioImported) -> Text {
    let mut text = Text::new();
    taken_text(&mut text, &imported.taken);
    for kind in &imported.given {
        text.line(format!("given        {}: no answer of the venue says it", kind.name()));
    }
    if let Some(whole) = imported.subset_of {
        let kept = imported.schedule.units.len();
        text.line(format!(
            "subset       {kept} of the file's {whole} risk units: who sees the schedule learns that the account holds nothing of the others"
        ));
    }
    text
}

fn taken_text(text: &mut Text, taken: &[Taken]) {
    for taken in taken {
        let time = taken.time_ms.map_or(String::new(), |ms| format!(", {}", format_utc(ms)));
        text.line(format!(
            "read         {} ({}{time}): {}",
            taken.file, taken.request, taken.takes
        ));
        for (what, words) in [("assumed", taken.assumes), ("left out", taken.leaves_out)] {
            if !words.is_empty() {
                text.line(format!("  {what:9}  {words}"));
            }
        }
    }
}

/// What was taken in, assumed and left out.
pub fn text(imported: &Imported) -> Text {
    let mut text = Text::new();
    taken_text(&mut text, &imported.taken);
    text.line(format!("assumed      {}", imported.assumed));
    let lines: Vec<_> =
        imported.left_out.iter().map(|l| format!("{} ({})", l.symbol, l.why)).collect();
    if !lines.is_empty() {
        text.line(format!("left out     {}: {}", lines.len(), first_of(&lines)));
    }
    if let Some(note) = imported.account.as_ref().and_then(|account| account.note.as_ref()) {
        text.line(format!("account      {note}"));
    }
    if let Some(whole) = imported.subset_of {
        let kept = imported.schedule.instruments().len();
        text.line(format!(
            "subset       {kept} of the market's {whole} instruments: who sees the schedule learns that the account holds none of the others"
        ));
    }
    text
}
