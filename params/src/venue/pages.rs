//! Answers in pages.

use super::{ImportError, Member};
use std::collections::BTreeSet;

/// What an answer holds, or what each page of a list of them holds. `held` opens one page and `cursor` names the member by
/// which a page names the next: every page but the last has one of its own, and the last has none. A page that is missing
/// between two others cannot be told by that: totals of the account tell it.
///
/// # Errors
/// [`ImportError`] if there is no page, if pages that a cursor announces are not there, or if pages follow the last.
pub fn chained_pages<'a>(
    answer: &Member<'a>,
    held: impl Fn(&Member<'a>) -> Result<Member<'a>, ImportError>,
    cursor: &str,
) -> Result<Vec<Member<'a>>, ImportError> {
    let pages = if answer.is_list() { answer.list()? } else { vec![answer.clone()] };
    if pages.is_empty() {
        return Err(answer.wrong("is a list of no pages"));
    }
    let help = "ask for all pages, and put them into a list, in the order in which they came";
    let (mut opened, mut cursors) = (Vec::new(), BTreeSet::new());
    for (at, page) in pages.iter().enumerate() {
        let page = held(page)?;
        let next = page.member(cursor);
        let named = if next.is_present() { next.text()? } else { "" };
        let message = match (named.is_empty(), at + 1 == pages.len()) {
            (true, true) => None,
            (true, false) => Some("says that this is the last page, but others follow it"),
            (false, true) => Some("says that there are more pages"),
            (false, false) if !cursors.insert(named) => Some("is that of an earlier page"),
            (false, false) => None,
        };
        if let Some(message) = message {
            return Err(next.wrong(message).with_help(help));
        }
        opened.push(page);
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_page_but_the_last_names_the_next() {
        let told = |answer: Value| {
            let read = chained_pages(&Member::root(&answer), |page| Ok(page.clone()), "next");
            read.map(|pages| pages.len()).map_err(|e| e.to_string())
        };
        let page = |next: &str| json!({"next": next});
        assert_eq!(told(page("")), Ok(1));
        assert_eq!(told(json!({})), Ok(1));
        assert_eq!(told(json!([page("a"), page("b"), page("")])), Ok(3));
        for (answer, message) in [
            (json!([]), "the file is a list of no pages"),
            (page("a"), "/next: says that there are more pages"),
            (json!([page("a"), page("b")]), "/1/next: says that there are more pages"),
            (
                json!([page(""), page("")]),
                "/0/next: says that this is the last page, but others follow it",
            ),
            (
                json!([{}, page("")]),
                "/0/next: says that this is the last page, but others follow it",
            ),
            (json!([page("a"), page("a"), page("")]), "/1/next: is that of an earlier page"),
            (json!([{"next": 5}, page("")]), "/0/next: is not text"),
        ] {
            assert_eq!(told(answer), Err(message.to_owned()));
        }
    }
}
