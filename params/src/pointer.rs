//! The location of something in a JSON file, as defined by RFC 6901.

use serde_path_to_error::{Path, Segment};
use zkmargin_model::shown::shorten;

/// RFC 6901 JSON pointer of a path.
pub(super) fn pointer(path: &Path) -> String {
    let mut out = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => out.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                out.push('/');
                out.push_str(&escape(key));
            }
            Segment::Unknown => {}
        }
    }
    out
}

/// A key as a segment of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    shorten(key).replace('~', "~0").replace('/', "~1")
}
