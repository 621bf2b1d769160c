//! What a Parquet file may cost, checked before any of it is decoded.
//!
//! A few bytes of Parquet can expand to very many: compressed pages, dictionaries whose one long value every row refers
//! to, lists in the footer. Every figure that determines what the decoder allocates is in the footer or in a page
//! header, so all of them are walked first. With these bounds a file takes less than 256 MiB while it is read.

use super::ColumnsError;
use super::thrift::{Broken, LIST, STRUCT, Walk};
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Maximum length of the footer.
pub const MAX_FOOTER: u64 = 8 << 20;

/// Maximum number of columns, nested ones and their groups included.
pub const MAX_COLUMNS: u64 = 256;

/// Maximum number of column chunks in all row groups.
pub const MAX_CHUNKS: u64 = 1 << 17;

/// Maximum number of rows.
pub const MAX_ROWS: u64 = 1 << 24;

/// Maximum length of a page, decompressed or not.
pub const MAX_PAGE: u64 = 64 << 20;

/// Maximum total bytes of the longest pages and dictionaries of all columns of a row group.
pub const MAX_PAGES: u64 = 96 << 20;

/// What any file may grow to when read, in pages or in values.
pub const MAX_GROWN: u64 = 1 << 30;

/// What a longer file may grow to, times its length.
pub const MAX_GROWTH: u64 = 128;

/// Maximum length of a page header.
const MAX_HEADER: usize = 64 << 10;

/// Maximum number of rows in a batch, and the bytes of pages a batch may keep alive.
const BATCH: (u64, u64) = (64, 64 << 20);

/// Encodings of values that take no more memory than their pages, by their numbers in the format: plain, and the two
/// names of dictionaries.
const ENCODINGS: [i64; 3] = [0, 2, 8];

/// What a file that passed the checks may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Rows to decode at once.
    pub(super) batch: usize,
    /// Bytes of values that may be passed on.
    pub(super) values: u64,
}

/// Reports what exceeds a bound, in a row group.
struct Refuse<'a> {
    path: &'a Path,
    group: Option<usize>,
}

impl Refuse<'_> {
    fn error(&self, what: String) -> ColumnsError {
        ColumnsError::Limit { path: self.path.to_owned(), group: self.group, what }
    }

    fn within(&self, what: &str, found: u64, most: u64) -> Result<(), ColumnsError> {
        if found <= most {
            return Ok(());
        }
        Err(self.error(format!("{what}: {found}, but at most {most} are read")))
    }

    fn broken(&self, what: &str) -> impl FnOnce(Broken) -> ColumnsError + use<> {
        let error = self.error(format!("{what} is damaged or too long"));
        move |_| error
    }
}

/// Checks the footer's length and how much it lists. What is not Parquet at all is left to the decoder.
pub(super) fn check_footer(file: &File, path: &Path) -> Result<(), ColumnsError> {
    let refuse = Refuse { path, group: None };
    let io = super::io(path);
    let length = file.metadata().map_err(&io)?.len();
    let mut tail = [0; 8];
    if length < 12 {
        return Ok(());
    }
    read_at(file, length - 8, &mut tail).map_err(&io)?;
    let [a, b, c, d, magic @ ..] = tail;
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    if &magic != b"PAR1" || footer > length - 8 {
        return Ok(());
    }
    refuse.within("bytes of the footer", footer, MAX_FOOTER)?;
    let mut bytes = vec![0; usize::try_from(footer).unwrap_or(0)];
    read_at(file, length - 8 - footer, &mut bytes).map_err(&io)?;
    let (mut columns, mut chunks) = (0, 0);
    let walked = Walk::new(&bytes).fields(0, |walk, number, kind| match (number, kind) {
        (2, LIST) => {
            let mut ahead = Walk::new(walk.rest());
            columns = ahead.list()?.1.max(columns);
            Ok(false)
        }
        (4, LIST) => {
            let (kind, groups) = walk.list()?;
            if kind != STRUCT {
                return Err(Broken::Form);
            }
            for _ in 0..groups {
                // A group costs as much as a chunk.
                chunks += 1;
                walk.fields(1, |walk, number, kind| {
                    if (number, kind) == (1, LIST) {
                        chunks += Walk::new(walk.rest()).list()?.1;
                    }
                    Ok(false)
                })?;
            }
            Ok(true)
        }
        _ => Ok(false),
    });
    walked.map_err(refuse.broken("the footer"))?;
    refuse.within("columns", columns, MAX_COLUMNS)?;
    refuse.within("chunks of columns", chunks, MAX_CHUNKS)
}

fn read_at(mut file: &File, offset: u64, bytes: &mut [u8]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

/// What the header of a page says.
#[derive(Default)]
struct Page {
    header: u64,
    kind: i64,
    stored: u64,
    decoded: u64,
    values: u64,
    encoding: i64,
    /// Bytes of a version 2 page that are never compressed.
    levels: u64,
    compressed: bool,
}

fn size(value: i64) -> Result<u64, Broken> {
    u64::try_from(value).map_err(|_| Broken::Form)
}

fn header(bytes: &[u8]) -> Result<Page, Broken> {
    let mut page = Page { compressed: true, ..Page::default() };
    let mut walk = Walk::new(bytes);
    walk.fields(0, |walk, number, kind| {
        match (number, kind) {
            (1, _) => page.kind = walk.integer()?,
            (2, _) => page.decoded = size(walk.integer()?)?,
            (3, _) => page.stored = size(walk.integer()?)?,
            (5 | 7, STRUCT) => walk.fields(1, |walk, number, _| {
                match number {
                    1 => page.values = size(walk.integer()?)?,
                    2 => page.encoding = walk.integer()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?,
            (8, STRUCT) => walk.fields(1, |walk, number, kind| {
                match number {
                    1 => page.values = size(walk.integer()?)?,
                    4 => page.encoding = walk.integer()?,
                    5 | 6 => page.levels += size(walk.integer()?)?,
                    7 => page.compressed = kind == 1,
                    _ => return Ok(false),
                }
                // A truth value is in the head of its field.
                Ok(number != 7)
            })?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    page.header = (bytes.len() - walk.left()) as u64;
    Ok(page)
}

/// The header of the page at an offset. Most are short; statistics make some longer.
fn header_at(file: &File, offset: u64, left: u64) -> std::io::Result<Result<Page, Broken>> {
    let mut bytes = Vec::new();
    for most in [1 << 10, MAX_HEADER as u64] {
        let most = most.min(left);
        let mut from = file;
        from.seek(SeekFrom::Start(offset))?;
        bytes.clear();
        from.take(most).read_to_end(&mut bytes)?;
        match header(&bytes) {
            Err(Broken::End) if most < left && most < MAX_HEADER as u64 => {}
            read => return Ok(read),
        }
    }
    Ok(Err(Broken::End))
}

/// Where a column chunk is in its file.
fn range(chunk: &ColumnChunkMetaData, length: u64) -> Option<(u64, u64)> {
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    let (start, size) = (u64::try_from(start).ok()?, u64::try_from(chunk.compressed_size()).ok()?);
    let end = start.checked_add(size).filter(|end| *end <= length)?;
    Some((start, end))
}

/// Whether gzip expands a page to exactly as much as its header says: its decoder continues as long as there is more.
fn gzip_is_true(file: &File, page: &Page, offset: u64) -> std::io::Result<bool> {
    let Some(expected) = page.decoded.checked_sub(page.levels) else { return Ok(false) };
    let Some(stored) = page.stored.checked_sub(page.levels) else { return Ok(false) };
    let mut from = file;
    from.seek(SeekFrom::Start(offset + page.levels))?;
    let mut grown = MultiGzDecoder::new(from.take(stored)).take(expected + 1);
    // What is damaged is left to the decoder, which does not get further.
    Ok(std::io::copy(&mut grown, &mut std::io::sink()).map_or(true, |made| made <= expected))
}

/// Checks every page of the columns that are read.
pub(super) fn check_pages(
    file: &File,
    metadata: &ParquetMetaData,
    leaves: &[usize],
    path: &Path,
) -> Result<Cost, ColumnsError> {
    let io = super::io(path);
    let length = file.metadata().map_err(&io)?.len();
    let grown_most = MAX_GROWN.max(length.saturating_mul(MAX_GROWTH));
    let (mut rows, mut grown, mut longest) = (0_u64, 0_u64, 0_u64);
    let mut ranges = Vec::new();
    for (number, group) in metadata.row_groups().iter().enumerate() {
        let refuse = Refuse { path, group: Some(number) };
        let of_group = u64::try_from(group.num_rows());
        let of_group =
            of_group.map_err(|_| refuse.error("a negative number of rows".to_owned()))?;
        rows = rows.saturating_add(of_group);
        refuse.within("rows up to here", rows, MAX_ROWS)?;
        let mut together = 0;
        for leaf in leaves {
            let chunk = group.column(*leaf);
            let name = chunk.column_path().string();
            match chunk.compression() {
                Compression::UNCOMPRESSED
                | Compression::SNAPPY
                | Compression::GZIP(_)
                | Compression::ZSTD(_)
                | Compression::LZ4_RAW => {}
                other => {
                    return Err(refuse.error(format!(
                        "column `{name}` is compressed with {other}; write it with zstd, snappy, gzip, lz4_raw or not at all"
                    )));
                }
            }
            let Some((mut at, end)) = range(chunk, length) else {
                return Err(refuse.error(format!("column `{name}` is not inside the file")));
            };
            ranges.push((at, end, number));
            let (mut dictionary, mut data) = (0, 0);
            while at < end {
                let page = header_at(file, at, end - at).map_err(&io)?;
                let what = format!("the header of a page of column `{name}`");
                let page = page.map_err(refuse.broken(&what))?;
                let body = at + page.header;
                at = body.saturating_add(page.stored);
                if at > end {
                    return Err(refuse.error(format!("{what} points outside its column")));
                }
                let of = format!("bytes of a page of column `{name}`");
                refuse.within(&of, page.stored.max(page.decoded), MAX_PAGE)?;
                grown += page.decoded;
                refuse.within("decompressed bytes up to here", grown, grown_most)?;
                // 0 is a page of data, 2 a dictionary, 3 a page of data of the second version.
                match page.kind {
                    2 => {
                        dictionary = page.decoded.max(dictionary);
                        let most = page.decoded / 4;
                        refuse.within("values of a dictionary by its length", page.values, most)?;
                    }
                    0 | 3 => data = page.decoded.max(data),
                    _ => continue,
                }
                if !ENCODINGS.contains(&page.encoding) {
                    return Err(refuse.error(format!(
                        "column `{name}` has a page of encoding {}; write it plain or with a dictionary (Parquet version 1 pages)",
                        page.encoding
                    )));
                }
                if matches!(chunk.compression(), Compression::GZIP(_))
                    && page.compressed
                    && !gzip_is_true(file, &page, body).map_err(&io)?
                {
                    return Err(refuse.error(format!(
                        "a page of column `{name}` decompresses to more than the {} bytes that it claims",
                        page.decoded
                    )));
                }
            }
            together += dictionary + data;
            longest = longest.max(data);
        }
        refuse.within("bytes of the longest pages of all columns", together, MAX_PAGES)?;
    }
    // One chunk that many groups refer to would be read as often.
    ranges.sort_unstable();
    if let Some(pair) = ranges.windows(2).find(|pair| pair[1].0 < pair[0].1) {
        let refuse = Refuse { path, group: Some(pair[1].2) };
        return Err(refuse.error("columns overlap".to_owned()));
    }
    let (most, bytes) = BATCH;
    let batch = (bytes / longest.max(1)).clamp(1, most);
    Ok(Cost { batch: usize::try_from(batch).unwrap_or(1), values: grown_most })
}
