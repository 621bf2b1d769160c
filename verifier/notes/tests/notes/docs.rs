//! The examples of `docs/notes.md` are those of the code.

use crate::support::*;
use std::fmt::Write;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/notes.md");
const MARK: &str = "<!-- examples -->\n";

#[test]
fn the_page_has_the_examples() {
    let mut examples = String::new();
    for (title, note) in self::examples() {
        write!(examples, "\n### {title}\n\n```text\n{}```\n", note.to_text()).expect("text");
    }
    let secret = venue().to_text();
    let (public, secret) = (venue().verifier().to_text(), secret.as_str());
    write!(examples, "\n### Verifier key and signer key\n\n```text\n{public}\n{secret}\n```\n")
        .expect("text");
    let keys = keys_file().to_json().expect("json");
    write!(examples, "\n### Trusted keys\n\n```json\n{keys}```\n").expect("text");

    let page = std::fs::read_to_string(PAGE).expect("page");
    let (before, found) = page.split_once(MARK).expect("mark");
    if std::env::var_os("ZKMARGIN_UPDATE").is_some_and(|v| v == "1") {
        std::fs::write(PAGE, format!("{before}{MARK}{examples}")).expect("written");
    } else {
        assert_eq!(found, examples, "run the tests with ZKMARGIN_UPDATE=1");
    }
}
