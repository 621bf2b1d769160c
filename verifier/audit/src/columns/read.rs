//! Reads Parquet as written by Spark, pandas, Polars, DuckDB and this program.

use super::bounds::{Cost, check_footer, check_pages};
use super::parts::parts;
use super::{ColumnsError, io, parquet};
use crate::merge::WorkerVerdict;
use crate::regular::{Links, open_regular};
use crate::run::Build;
use crate::status::{Judgement, Status};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, FixedSizeBinaryArray, RecordBatch, StringViewArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::ParquetStatisticsPolicy;
use std::path::Path;
use std::sync::Arc;
use zkmargin_params::MAX_FILE_BYTES;

fn options() -> ArrowReaderOptions {
    // Without the writer's own types there is one type for texts and one for bytes, whatever wrote them.
    ArrowReaderOptions::new()
        .with_skip_arrow_metadata(true)
        .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
}

/// Strings and bytes as views: rows that refer to the same dictionary value share it.
fn with_views(schema: &Schema) -> Schema {
    let view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        DataType::Binary => field.as_ref().clone().with_data_type(DataType::BinaryView),
        _ => field.as_ref().clone(),
    };
    Schema::new(schema.fields().iter().map(view).collect::<Vec<_>>())
}

/// Those of the wanted columns that are present. Lists, structs and repeated names do not count.
fn open(path: &Path, columns: &[&str]) -> Result<(ParquetRecordBatchReader, Cost), ColumnsError> {
    let file = open_regular(path, Links::Followed).map_err(io(path))?;
    check_footer(&file, path)?;
    let wrong = parquet(path);
    let metadata = ArrowReaderMetadata::load(&file, options()).map_err(&wrong)?;
    let mut leaves = Vec::new();
    for column in columns {
        let all = metadata.parquet_schema().columns().iter().enumerate();
        let mut named = all.filter(|(_, leaf)| {
            leaf.path().parts() == [(*column).to_owned()]
                && leaf.max_rep_level() == 0
                && leaf.max_def_level() <= 1
        });
        leaves.extend(named.next().map(|(leaf, _)| leaf));
        if named.next().is_some() {
            let what = format!("two columns are named `{column}`");
            return Err(ColumnsError::Limit { path: path.to_owned(), group: None, what });
        }
    }
    let cost = check_pages(&file, metadata.metadata(), &leaves, path)?;
    let schema = Arc::new(with_views(metadata.schema()));
    let metadata = ArrowReaderMetadata::try_new(
        metadata.metadata().clone(),
        ArrowReaderOptions::new().with_schema(schema),
    );
    let builder =
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.map_err(&wrong)?);
    let mask = ProjectionMask::leaves(builder.parquet_schema(), leaves);
    let builder = builder.with_projection(mask).with_batch_size(cost.batch);
    Ok((builder.build().map_err(&wrong)?, cost))
}

/// A column of texts without nulls.
struct Texts<'a>(&'a StringViewArray);

impl Texts<'_> {
    fn get(&self, row: usize) -> &str {
        self.0.value(row)
    }
}

/// A column of bytes without nulls. A text is its bytes.
enum Bytes<'a> {
    Any(&'a BinaryViewArray),
    Fixed(&'a FixedSizeBinaryArray),
    Text(&'a StringViewArray),
}

impl Bytes<'_> {
    fn get(&self, row: usize) -> &[u8] {
        match self {
            Self::Any(values) => values.value(row),
            Self::Fixed(values) => values.value(row),
            Self::Text(values) => values.value(row).as_bytes(),
        }
    }
}

/// A batch with the file it comes from.
struct Batch<'a> {
    path: &'a Path,
    first: usize,
    batch: RecordBatch,
}

impl Batch<'_> {
    fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn missing(&self, column: &'static str, expected: &'static str) -> ColumnsError {
        ColumnsError::Column { path: self.path.to_owned(), column, expected }
    }

    fn column(
        &self,
        column: &'static str,
        expected: &'static str,
    ) -> Result<&ArrayRef, ColumnsError> {
        let array = self.batch.column_by_name(column);
        let array = array.ok_or_else(|| self.missing(column, expected))?;
        match (0..array.len()).find(|row| array.is_null(*row)) {
            Some(row) if array.null_count() > 0 => {
                Err(self.value(row, column, "filled in: it is null"))
            }
            _ => Ok(array),
        }
    }

    fn texts(&self, column: &'static str) -> Result<Texts<'_>, ColumnsError> {
        let expected = "text without nulls";
        let array = self.column(column, expected)?.as_string_view_opt();
        array.map(Texts).ok_or_else(|| self.missing(column, expected))
    }

    fn bytes(&self, column: &'static str) -> Result<Bytes<'_>, ColumnsError> {
        let expected = "bytes without nulls";
        let array = self.column(column, expected)?;
        match array.data_type() {
            DataType::BinaryView => array.as_binary_view_opt().map(Bytes::Any),
            DataType::Utf8View => array.as_string_view_opt().map(Bytes::Text),
            _ => array.as_fixed_size_binary_opt().map(Bytes::Fixed),
        }
        .ok_or_else(|| self.missing(column, expected))
    }

    /// Times in milliseconds since 1970; `None` where the column is missing or null.
    fn times(&self, column: &'static str) -> Result<Vec<Option<u64>>, ColumnsError> {
        let Some(array) = self.batch.column_by_name(column) else {
            return Ok(vec![None; self.rows()]);
        };
        let values: Vec<Option<i128>> = match array.data_type() {
            DataType::Int32 => {
                array.as_primitive::<Int32Type>().iter().map(|t| t.map(i128::from)).collect()
            }
            DataType::Int64 => {
                array.as_primitive::<Int64Type>().iter().map(|t| t.map(i128::from)).collect()
            }
            DataType::UInt32 => {
                array.as_primitive::<UInt32Type>().iter().map(|t| t.map(i128::from)).collect()
            }
            DataType::UInt64 => {
                array.as_primitive::<UInt64Type>().iter().map(|t| t.map(i128::from)).collect()
            }
            // A time without a zone could be that of any.
            DataType::Timestamp(unit, Some(_)) => {
                let of = |t: i64, per_ms: i64| i128::from(t.div_euclid(per_ms));
                match unit {
                    TimeUnit::Millisecond => array
                        .as_primitive::<TimestampMillisecondType>()
                        .iter()
                        .map(|t| t.map(|t| of(t, 1)))
                        .collect(),
                    TimeUnit::Microsecond => array
                        .as_primitive::<TimestampMicrosecondType>()
                        .iter()
                        .map(|t| t.map(|t| of(t, 1_000)))
                        .collect(),
                    TimeUnit::Nanosecond => array
                        .as_primitive::<TimestampNanosecondType>()
                        .iter()
                        .map(|t| t.map(|t| of(t, 1_000_000)))
                        .collect(),
                    TimeUnit::Second => return Err(self.missing(column, TIMES)),
                }
            }
            _ => return Err(self.missing(column, TIMES)),
        };
        let time = |(row, value): (usize, &Option<i128>)| {
            let time = value.map(u64::try_from).transpose();
            time.map_err(|_| self.value(row, column, "a time since 1970"))
        };
        values.iter().enumerate().map(time).collect()
    }

    /// Bytes of all values of a row's texts and bytes.
    fn weight(&self) -> u64 {
        let of = |array: &ArrayRef| match array.data_type() {
            DataType::Utf8View => {
                array.as_string_view().iter().flatten().map(|v| v.len() as u64).sum()
            }
            DataType::BinaryView => {
                array.as_binary_view().iter().flatten().map(|v| v.len() as u64).sum()
            }
            _ => 0_u64,
        };
        self.batch.columns().iter().map(of).sum()
    }

    fn value(&self, row: usize, column: &'static str, expected: &'static str) -> ColumnsError {
        ColumnsError::Value { path: self.path.to_owned(), row: self.first + row, column, expected }
    }
}

/// What a column of times may hold.
const TIMES: &str = "integer milliseconds since 1970, or timestamp in UTC";

fn batches<E: From<ColumnsError>>(
    path: &Path,
    columns: &[&str],
    mut take: impl FnMut(&Batch<'_>) -> Result<(), E>,
) -> Result<(), E> {
    for part in parts(path)? {
        let (mut first, mut weight) = (0, 0_u64);
        let (batches, cost) = open(&part, columns)?;
        for batch in batches {
            let batch = batch.map_err(|e| parquet(&part)(e.into()))?;
            let batch = Batch { path: &part, first, batch };
            // Very many rows can refer to one long value.
            weight = weight.saturating_add(batch.weight());
            if weight > cost.values {
                let what = format!(
                    "bytes of values up to row {}: {weight}, but at most {} are read",
                    first + batch.rows(),
                    cost.values
                );
                return Err(ColumnsError::Limit { path: part, group: None, what }.into());
            }
            take(&batch)?;
            first += batch.rows();
        }
    }
    Ok(())
}

/// Passes on every file of evidence in Parquet files of entries: kind, bytes, and the time in milliseconds since 1970
/// if there is one. A file that is too long to be kept is cut one byte past the maximum length.
///
/// # Errors
/// [`ColumnsError`], or that of `take`.
pub fn read_files<E: From<ColumnsError>>(
    path: &Path,
    mut take: impl FnMut(&str, Vec<u8>, Option<u64>) -> Result<(), E>,
) -> Result<(), E> {
    batches(path, &["kind", "bytes", "time_ms"], |batch| {
        let (kinds, files) = (batch.texts("kind")?, batch.bytes("bytes")?);
        let times = batch.times("time_ms")?;
        for (row, time_ms) in times.into_iter().enumerate() {
            let bytes = files.get(row);
            // One byte more shows that there is more.
            let bytes = &bytes[..bytes.len().min(MAX_FILE_BYTES + 1)];
            take(kinds.get(row), bytes.to_vec(), time_ms)?;
        }
        Ok(())
    })
}

/// The log that the workers' first verdict is about; `None` without verdicts.
///
/// # Errors
/// [`ColumnsError`].
pub fn log_of(path: &Path) -> Result<Option<String>, ColumnsError> {
    for part in parts(path)? {
        let (mut batches, _) = open(&part, &["log"])?;
        if let Some(batch) = batches.next() {
            let batch = batch.map_err(|e| parquet(&part)(e.into()))?;
            let batch = Batch { path: &part, first: 0, batch };
            let logs = batch.texts("log")?;
            if batch.rows() > 0 {
                return Ok(Some(logs.get(0).to_owned()));
            }
        }
    }
    Ok(None)
}

/// Reads workers' verdicts: the columns `digest`, `status`, `code`, `reason`, `manifest`, `log`, `build` and
/// `circuits`.
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
        for row in 0..batch.rows() {
            let digest = digests.get(row).try_into();
            let digest = digest.map_err(|_| batch.value(row, "digest", "32 bytes"))?;
            let status = Status::of_code(statuses.get(row));
            let status = status.ok_or_else(|| batch.value(row, "status", "a status"))?;
            let mut manifest = [0; 32];
            hex::decode_to_slice(manifests.get(row), &mut manifest)
                .map_err(|_| batch.value(row, "manifest", "64 hexadecimal digits"))?;
            let text = |column: &Texts<'_>| column.get(row).to_owned();
            let (version, circuits) = (text(&builds), text(&circuits));
            let (code, reason) = (text(&codes), text(&reasons));
            take(WorkerVerdict {
                digest,
                judgement: Judgement { status, code, reason },
                manifest,
                log: text(&logs),
                build: Build { version, circuits },
            })?;
        }
        Ok(())
    })
}
