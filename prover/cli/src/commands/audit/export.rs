//! `zkmargin audit export`.

use super::stores::{self, open, store_failure};
use crate::commands::Run;
use crate::commands::describe::lines_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::progress::Bar;
use crate::shared::Global;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use zkmargin_audit::columns::write_entries;
use zkmargin_audit::{ColumnsError, Entry, LogHead, Store, StoreError};
use zkmargin_model::counted;

#[derive(Debug, Args)]
pub struct Export {
    /// Store
    pub store: PathBuf,
    /// Folder to write evidence.parquet, proofs-00000.parquet and so on, and the manifest to
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Name of the manifest [default: the only one, if there is one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// Proofs per file
    #[arg(long, value_name = "NUMBER", default_value = "5000")]
    pub rows: std::num::NonZeroU64,
}

impl Run for Export {
    fn name(&self) -> &'static str {
        "audit export"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        export(self, global)
    }
}

#[derive(Debug)]
enum Error {
    Columns(ColumnsError),
    Store(StoreError),
}

impl From<ColumnsError> for Error {
    fn from(error: ColumnsError) -> Self {
        Self::Columns(error)
    }
}

/// Writes a whole file or nothing.
fn write(
    path: &Path,
    store: &Path,
    log: &LogHead,
    next: impl FnMut() -> std::result::Result<Option<Entry>, Error>,
) -> Result<u64> {
    let cannot = |e: std::io::Error| {
        Failure::new(Exit::Io, "CannotWrite", e.to_string()).in_file(&path.display().to_string())
    };
    files::check_absent(path, false)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Public data; the file mask still counts.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.prefix(".zkmargin-").tempfile_in(folder).map_err(cannot)?;
    let rows = write_entries(file.as_file(), path, Some(log), next).map_err(|e| match e {
        Error::Columns(e) => Failure::new(Exit::Io, "CannotWrite", e.to_string()),
        Error::Store(e) => store_failure(&e, store),
    })?;
    file.as_file().sync_all().map_err(cannot)?;
    file.persist_noclobber(path).map_err(|e| cannot(e.error))?;
    Ok(rows)
}

/// Writes entries as Parquet.
fn export(a: &Export, global: &Global) -> Result<Outcome> {
    let store = open(&a.store)?;
    std::fs::create_dir_all(&a.output).map_err(|e| {
        Failure::new(Exit::Io, "CannotWrite", e.to_string())
            .in_file(&a.output.display().to_string())
    })?;
    let failed = |e: StoreError| store_failure(&e, &a.store);
    // What comes in meanwhile is not exported.
    let head = store.head().map_err(failed)?;
    let numbers = |proofs: bool| store.numbers(proofs, head.size).map_err(failed);
    let entry = |store: &Store, number: Option<&u64>| {
        number.map(|number| store.entry(*number)).transpose().map_err(Error::Store)
    };
    // Evidence that was handed in again has a row for each time.
    let mut evidence = Vec::new();
    for number in numbers(false)? {
        evidence.push((number, None));
        let times = store.times(number, head.size).map_err(failed)?;
        evidence.extend(times.into_iter().map(|time_ms| (number, Some(time_ms))));
    }
    let mut left = evidence.iter();
    let dated = |row: Option<&(u64, Option<u64>)>| -> std::result::Result<Option<Entry>, Error> {
        let Some((number, time_ms)) = row else { return Ok(None) };
        let entry = store.entry(*number).map_err(Error::Store)?;
        Ok(Some(Entry { time_ms: time_ms.unwrap_or(entry.time_ms), ..entry }))
    };
    let path = a.output.join("evidence.parquet");
    let rows = write(&path, &a.store, &head, || dated(left.next()))?;
    let proofs = numbers(true)?;
    let bar = Bar::counting(!global.quiet && !global.json, proofs.len() as u64);
    let per_file = usize::try_from(a.rows.get()).unwrap_or(usize::MAX);
    let mut parts = 0u64;
    for (at, part) in proofs.chunks(per_file).enumerate() {
        let mut left = part.iter();
        let path = a.output.join(format!("proofs-{at:05}.parquet"));
        write(&path, &a.store, &head, || entry(&store, left.next()))?;
        bar.set((at * per_file + part.len()) as u64, "proofs".to_owned());
        parts += 1;
    }
    drop(bar);
    let named = a.audit.is_some() || store.manifests().map_err(failed)?.len() == 1;
    if named {
        let expected = stores::expected(&store, a.audit.as_deref(), &a.store)?;
        let (manifest, note) = (a.output.join("manifest.json"), a.output.join("manifest.note"));
        files::write(&manifest, &expected.file, Secrecy::Public, false)?;
        files::write(&note, &expected.note, Secrecy::Public, false)?;
    }
    let lines = [
        ("proofs", format!("{} in {}", proofs.len(), counted(parts, "file", "files"))),
        ("evidence", rows.to_string()),
        ("manifest", if named { "manifest.json" } else { "none" }.to_owned()),
    ];
    let result = json!({ "proofs": proofs.len(), "files": parts, "evidence": rows });
    Ok(Outcome::done(lines_of(&lines), result))
}
