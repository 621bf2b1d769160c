//! Writes entries as Parquet.

use super::{ColumnsError, parquet};
use crate::kinds::PROOF;
use crate::store::{Entry, LogHead};
use arrow_array::{ArrayRef, BinaryArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::element::{Nullifier, Pseudonym};
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Books, Isolated, PositionName};
use zkmargin_model::statement::{AccountReference, Statement};

/// Rows per batch written.
const BATCH: usize = 1024;

/// Bytes of files per batch written.
const BATCH_BYTES: usize = 32 << 20;

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
        ("does_not_meet", Boolean, true),
        ("settlement_asset", Int64, true),
        ("cross_alone", Boolean, true),
        ("only_isolated", Utf8, true),
        ("all_but_isolated", Utf8, true),
        ("requirement", Utf8, true),
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

/// What portfolio accounts' equity is held against; null for a linear account, whose schedule says it.
fn measures(statements: &[Option<Statement>]) -> ArrayRef {
    let measure = |s: &Option<Statement>| Some(s.as_ref()?.subject().measure()?.to_string());
    Arc::new(StringArray::from_iter(statements.iter().map(measure)))
}

/// The isolated position that a claim names, as `id:long` or `id:short`: the only one that it is about, or the one that it
/// leaves out.
fn positions(statements: &[Option<Statement>], isolated: Isolated) -> ArrayRef {
    let position = |s: &Option<Statement>| {
        let books = s.as_ref()?.subject().books().filter(|books| books.isolated == isolated)?;
        let PositionName { instrument, side } = books.position?;
        Some(format!("{instrument}:{side}"))
    };
    Arc::new(StringArray::from_iter(statements.iter().map(position)))
}

/// A column for a field of an optional statement.
macro_rules! column {
    ($array:ty, $statements:expr, $value:expr) => {
        Arc::new(<$array>::from_iter(
            $statements.iter().map(|s: &Option<Statement>| s.as_ref().map($value)),
        )) as ArrayRef
    };
}

fn entries_batch(schema: &SchemaRef, entries: &[Entry]) -> Result<RecordBatch, ParquetError> {
    let statement = |entry: &Entry| match entry.kind.as_str() {
        PROOF => Envelope::decode(&entry.bytes).ok().map(|e| e.statement().clone()),
        _ => None,
    };
    let statements: Vec<_> = entries.iter().map(statement).collect();
    let s = &statements;
    let account = |s: &Statement| match s.account {
        AccountReference::Commitment(commitment) => commitment.to_bytes(),
        AccountReference::Ledger { root, .. } => root.to_bytes(),
    };
    // Null for an account that is named by its commitment.
    let of_ledger = |value: fn(&AccountReference) -> Option<[u8; 32]>| {
        let values = statements.iter().map(|s| s.as_ref().and_then(|s| value(&s.account)));
        Arc::new(BinaryArray::from_iter(values)) as ArrayRef
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
        column!(Int64Array, s, |s| i64::from(s.version().number())),
        column!(Int64Array, s, |s| i64::from(s.basis.slots().code())),
        column!(Int64Array, s, |s| i64::from(s.k.code())),
        column!(BinaryArray, s, |s| s.schedule_digest.bytes()),
        column!(BinaryArray, s, |s| s.snapshot_digest.bytes()),
        column!(Int64Array, s, |s| integer(s.snapshot_time)),
        column!(Int64Array, s, |s| integer(zero_for_none(s.context.epoch()))),
        column!(StringArray, s, |s| s.context.audience().to_owned()),
        column!(StringArray, s, |s| s.context.purpose().to_owned()),
        column!(BooleanArray, s, |s| s.account.is_in_ledger()),
        column!(BinaryArray, s, account),
        of_ledger(|account| account.pseudonym().map(Pseudonym::to_bytes)),
        of_ledger(|account| account.nullifier().map(Nullifier::to_bytes)),
        column!(Int64Array, s, |s| i64::from(s.claim.level_bps())),
        column!(StringArray, s, |s| s.claim.floor().to_string()),
        column!(BooleanArray, s, |s| s.claim.is_deficiency()),
        column!(Int64Array, s, |s| {
            let books = s.subject().books();
            books.and_then(Books::asset_id).map_or(0, i64::from)
        }),
        column!(BooleanArray, s, |s| {
            s.subject().books().is_some_and(|books| books.isolated == Isolated::LeftOut)
        }),
        positions(s, Isolated::Only),
        positions(s, Isolated::AllBut),
        measures(s),
        column!(Int64Array, s, |s| integer(zero_for_none(s.context.expires()))),
    ];
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

/// Name of the log the entries come from, in the metadata of their file.
const LOG: &str = "zkmargin.log";

/// Writes entries as a Parquet file: everything `next` returns until it returns none. The log they come from is in the
/// file's metadata, under `zkmargin.log`.
///
/// # Errors
/// [`ColumnsError`], or the error of `next`.
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
