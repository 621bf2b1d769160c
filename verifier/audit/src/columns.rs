//! Entries and verdicts as Parquet files, whose columns `docs/audit.md` lists. Public data only.

use crate::merge::WorkerVerdict;
use crate::run::Build;
use crate::status::{Judgement, Status};
use crate::store::{Entry, LogHead};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zkmargin_model::commitment::field_bytes;
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_verifier::Envelope;

/// Rows of a batch that is written.
const BATCH: usize = 1024;

/// Bytes of files of a batch that is written.
const BATCH_BYTES: usize = 64 << 20;

/// Rows that are read at once. A column of few bytes can stand for very many: each row has at most one
/// file of the greatest length that is kept.
const READ_ROWS: usize = 32;

/// Why a Parquet file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ColumnsError {
    /// The file system.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: std::io::Error,
    },
    /// Not Parquet, or damaged.
    #[error("{path}: {error}")]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: ParquetError,
    },
    /// A column that is not there or holds something else.
    #[error("{path}: no column `{column}` of type {expected}")]
    Column {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// Its type.
        expected: &'static str,
    },
    /// A value that is none of its column's.
    #[error("{path}, row {row}: `{column}` is not {expected}")]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which row, from 0.
        row: usize,
        /// Which column.
        column: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> ColumnsError {
    let path = path.to_owned();
    move |error| ColumnsError::Io { path: path.clone(), error }
}

fn parquet(path: &Path) -> impl Fn(ParquetError) -> ColumnsError {
    let path = path.to_owned();
    move |error| ColumnsError::Parquet { path: path.clone(), error }
}

/// Whether a path is a Parquet file or a folder of them, as Spark writes one.
pub fn is_parquet(path: &Path) -> bool {
    path.is_dir() || path.extension().is_some_and(|e| e == "parquet")
}

/// The Parquet files of a path, in order of their names.
fn parts(path: &Path) -> Result<Vec<PathBuf>, ColumnsError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io(path))? {
        let part = entry.map_err(io(path))?.path();
        let hidden = part.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if !hidden && part.extension().is_some_and(|e| e == "parquet") {
            parts.push(part);
        }
    }
    parts.sort();
    Ok(parts)
}

fn field(name: &str, kind: DataType, nullable: bool) -> Field {
    Field::new(name, kind, nullable)
}

fn entry_schema() -> SchemaRef {
    use DataType::{Binary, Boolean, Int64, Utf8};
    let fields = [
        ("number", Int64, false),
        ("kind", Utf8, false),
        ("digest", Binary, false),
        ("submitter", Utf8, false),
        ("time_ms", Int64, false),
        ("bytes", Binary, false),
        ("circuit", Int64, true),
        ("shape", Int64, true),
        ("k", Int64, true),
        ("schedule", Binary, true),
        ("snapshot", Binary, true),
        ("snapshot_time_ms", Int64, true),
        ("epoch", Int64, true),
        ("audience", Utf8, true),
        ("purpose", Utf8, true),
        ("in_ledger", Boolean, true),
        ("account", Binary, true),
        ("pseudonym", Binary, true),
        ("nullifier", Binary, true),
        ("level_bps", Int64, true),
        ("floor", Utf8, true),
        ("expires_ms", Int64, true),
    ];
    Arc::new(Schema::new(fields.map(|(n, k, null)| field(n, k, null)).to_vec()))
}

fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn binary<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> ArrayRef {
    Arc::new(BinaryArray::from_iter(values))
}

/// A column of an optional statement's field.
macro_rules! column {
    ($array:ty, $statements:expr, $value:expr) => {
        Arc::new(<$array>::from_iter(
            $statements.iter().map(|s: &Option<Statement>| s.as_ref().map($value)),
        )) as ArrayRef
    };
}

fn entries_batch(schema: &SchemaRef, entries: &[Entry]) -> Result<RecordBatch, ParquetError> {
    let statement = |entry: &Entry| match entry.kind.as_str() {
        "proof" => Envelope::decode(&entry.bytes).ok().map(|e| e.statement().clone()),
        _ => None,
    };
    let statements: Vec<_> = entries.iter().map(statement).collect();
    let s = &statements;
    let account = |s: &Statement| match s.account {
        AccountReference::Commitment(a) | AccountReference::Ledger(a) => field_bytes(&a),
    };
    let number = |value: fn(&Entry) -> u64| {
        Arc::new(Int64Array::from_iter_values(entries.iter().map(|e| integer(value(e)))))
            as ArrayRef
    };
    let text = |value: fn(&Entry) -> &str| {
        Arc::new(StringArray::from_iter_values(entries.iter().map(value))) as ArrayRef
    };
    let columns = vec![
        number(|e| e.number),
        text(|e| &e.kind),
        binary(entries.iter().map(|e| Some(&e.digest[..]))),
        text(|e| &e.submitter),
        number(|e| e.time_ms),
        binary(entries.iter().map(|e| Some(&e.bytes[..]))),
        column!(Int64Array, s, |s| i64::from(s.circuit.version)),
        column!(Int64Array, s, |s| i64::from(s.circuit.shape)),
        column!(Int64Array, s, |s| i64::from(s.circuit.k)),
        column!(BinaryArray, s, |s| s.schedule_digest),
        column!(BinaryArray, s, |s| s.snapshot_digest),
        column!(Int64Array, s, |s| integer(s.snapshot_time)),
        column!(Int64Array, s, |s| integer(s.context.epoch())),
        column!(StringArray, s, |s| s.context.audience().to_owned()),
        column!(StringArray, s, |s| s.context.purpose().to_owned()),
        column!(BooleanArray, s, |s| matches!(s.account, AccountReference::Ledger(_))),
        column!(BinaryArray, s, account),
        column!(BinaryArray, s, |s| field_bytes(&s.pseudonym)),
        column!(BinaryArray, s, |s| field_bytes(&s.nullifier)),
        column!(Int64Array, s, |s| i64::from(s.claim.level_bps())),
        column!(StringArray, s, |s| s.claim.floor().to_string()),
        column!(Int64Array, s, |s| integer(s.context.expires())),
    ];
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

/// Name of the log that entries are of, in the metadata of their file.
const LOG: &str = "zkmargin.log";

/// Writes entries as a Parquet file: all that `next` gives until it gives none. The log that they are of is
/// in the file's metadata, under `zkmargin.log`.
///
/// # Errors
/// [`ColumnsError`], or that of `next`.
pub fn write_entries<W: Write + Send, E: From<ColumnsError>>(
    to: W,
    name: &Path,
    log: Option<&LogHead>,
    mut next: impl FnMut() -> Result<Option<Entry>, E>,
) -> Result<u64, E> {
    let schema = entry_schema();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(BATCH))
        .build();
    let wrong = parquet(name);
    let mut writer = ArrowWriter::try_new(to, schema.clone(), Some(properties)).map_err(&wrong)?;
    if let Some(log) = log {
        writer.append_key_value_metadata(KeyValue::new(LOG.to_owned(), log.to_string()));
    }
    let mut count = 0;
    loop {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Some(entry) = next()? else { break };
            bytes += entry.bytes.len();
            batch.push(entry);
        }
        if batch.is_empty() {
            writer.close().map_err(&wrong)?;
            return Ok(count);
        }
        count += batch.len() as u64;
        let batch = entries_batch(&schema, &batch).map_err(&wrong)?;
        writer.write(&batch).map_err(&wrong)?;
        writer.flush().map_err(&wrong)?;
    }
}

fn open(path: &Path, columns: &[&str]) -> Result<ParquetRecordBatchReader, ColumnsError> {
    let file = File::open(path).map_err(io(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet(path))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let builder = builder.with_projection(mask).with_batch_size(READ_ROWS);
    builder.build().map_err(parquet(path))
}

/// A batch with the file that it is of.
struct Batch<'a> {
    path: &'a Path,
    first: usize,
    batch: RecordBatch,
}

impl Batch<'_> {
    fn column(
        &self,
        column: &'static str,
        expected: &'static str,
    ) -> Result<&ArrayRef, ColumnsError> {
        let wrong = || ColumnsError::Column { path: self.path.to_owned(), column, expected };
        self.batch.column_by_name(column).filter(|c| c.null_count() == 0).ok_or_else(wrong)
    }

    fn texts(&self, column: &'static str) -> Result<Vec<String>, ColumnsError> {
        let expected = "text without nulls";
        let wrong = || ColumnsError::Column { path: self.path.to_owned(), column, expected };
        let array = self.column(column, expected)?;
        let texts = array.as_string_opt::<i32>().ok_or_else(wrong)?;
        Ok(texts.iter().map(|t| t.unwrap_or_default().to_owned()).collect())
    }

    fn bytes(&self, column: &'static str) -> Result<Vec<Vec<u8>>, ColumnsError> {
        let expected = "bytes without nulls";
        let wrong = || ColumnsError::Column { path: self.path.to_owned(), column, expected };
        let array = self.column(column, expected)?;
        let bytes = array.as_binary_opt::<i32>().ok_or_else(wrong)?;
        Ok(bytes.iter().map(|b| b.unwrap_or_default().to_vec()).collect())
    }

    fn numbers(&self, column: &'static str) -> Result<Vec<i64>, ColumnsError> {
        let expected = "64-bit integers without nulls";
        let wrong = || ColumnsError::Column { path: self.path.to_owned(), column, expected };
        let array = self.column(column, expected)?;
        let numbers = array.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?;
        Ok(numbers.values().to_vec())
    }

    fn value(&self, row: usize, column: &'static str, expected: &'static str) -> ColumnsError {
        ColumnsError::Value { path: self.path.to_owned(), row: self.first + row, column, expected }
    }
}

fn batches<E: From<ColumnsError>>(
    path: &Path,
    columns: &[&str],
    mut take: impl FnMut(&Batch<'_>) -> Result<(), E>,
) -> Result<(), E> {
    for part in parts(path)? {
        let mut first = 0;
        for batch in open(&part, columns)? {
            let batch = batch.map_err(|e| parquet(&part)(e.into()))?;
            let rows = batch.num_rows();
            take(&Batch { path: &part, first, batch })?;
            first += rows;
        }
    }
    Ok(())
}

/// Hands over every file of evidence in Parquet files of entries: kind, bytes, time in milliseconds
/// since 1970.
///
/// # Errors
/// [`ColumnsError`], or that of `take`.
pub fn read_files<E: From<ColumnsError>>(
    path: &Path,
    mut take: impl FnMut(&str, Vec<u8>, u64) -> Result<(), E>,
) -> Result<(), E> {
    batches(path, &["kind", "bytes", "time_ms"], |batch| {
        let (kinds, files) = (batch.texts("kind")?, batch.bytes("bytes")?);
        let times = batch.numbers("time_ms")?;
        for ((kind, bytes), time) in kinds.iter().zip(files).zip(times) {
            take(kind, bytes, u64::try_from(time).unwrap_or(0))?;
        }
        Ok(())
    })
}

/// The log that workers' first verdict is about; none without verdicts.
///
/// # Errors
/// [`ColumnsError`].
pub fn log_of(path: &Path) -> Result<Option<String>, ColumnsError> {
    for part in parts(path)? {
        for batch in open(&part, &["log"])? {
            let batch = batch.map_err(|e| parquet(&part)(e.into()))?;
            let batch = Batch { path: &part, first: 0, batch };
            if let Some(log) = batch.texts("log")?.into_iter().next() {
                return Ok(Some(log));
            }
        }
    }
    Ok(None)
}

/// Reads verdicts of workers: the columns `digest`, `status`, `code`, `reason`, `manifest`, `log`,
/// `build` and `circuits`.
///
/// # Errors
/// [`ColumnsError`], or that of `take`.
pub fn read_verdicts<E: From<ColumnsError>>(
    path: &Path,
    mut take: impl FnMut(WorkerVerdict) -> Result<(), E>,
) -> Result<(), E> {
    let columns = ["digest", "status", "code", "reason", "manifest", "log", "build", "circuits"];
    batches(path, &columns, |batch| {
        let (digests, statuses) = (batch.bytes("digest")?, batch.texts("status")?);
        let (codes, reasons) = (batch.texts("code")?, batch.texts("reason")?);
        let (manifests, builds) = (batch.texts("manifest")?, batch.texts("build")?);
        let (circuits, logs) = (batch.texts("circuits")?, batch.texts("log")?);
        for row in 0..digests.len() {
            let digest = digests[row].as_slice().try_into();
            let digest = digest.map_err(|_| batch.value(row, "digest", "32 bytes"))?;
            let status = Status::of_code(&statuses[row]);
            let status = status.ok_or_else(|| batch.value(row, "status", "a status"))?;
            let mut manifest = [0; 32];
            hex::decode_to_slice(&manifests[row], &mut manifest)
                .map_err(|_| batch.value(row, "manifest", "64 hexadecimal digits"))?;
            let (version, circuits) = (builds[row].clone(), circuits[row].clone());
            let (code, reason) = (codes[row].clone(), reasons[row].clone());
            take(WorkerVerdict {
                digest,
                judgement: Judgement { status, code, reason },
                manifest,
                log: logs[row].clone(),
                build: Build { version, circuits },
            })?;
        }
        Ok(())
    })
}
