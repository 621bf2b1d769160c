//! The alphabet of names: of venues, instruments, assets, audiences, keys, sources and everything else that people tell
//! apart by reading.
//!
//! A name is text in normal form C of letters, marks and digits that [UTS 39](https://www.unicode.org/reports/tr39/)
//! recommends for identifiers, of currency signs, of printable ASCII except `"`, `;`, `<`, `>`, `\`, `` ` `` and `|`,
//! and of single spaces within it. Its letters are of one script, or of scripts commonly written together (UTS 39,
//! "highly restrictive": Latin with Chinese, Japanese or Korean). What is not plain ASCII must not read like plain
//! ASCII.

use crate::shown::{MOST_MARKS, is_mark, is_visible, quoted};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use std::collections::BTreeMap;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkc_quick};
use unicode_security::{
    GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, skeleton,
};

/// Printable ASCII that ends a field, a quotation or a tag in other formats.
const NOT_IN_NAMES: [char; 7] = ['"', ';', '<', '>', '\\', '`', '|'];

/// Why text is not a name. Characters are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No text.
    #[error("is empty")]
    Empty,
    /// Too much text.
    #[error("has {bytes} bytes; at most {most} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// What is allowed.
        most: usize,
    },
    /// A character that is invisible, or affects its neighbours.
    #[error("has an invisible character, U+{:04X}, at place {at}; remove it", u32::from(*.character))]
    Invisible {
        /// Which.
        character: char,
        /// Where.
        at: usize,
    },
    /// A space at the beginning, at the end or after another one.
    #[error(
        "has a space at place {at}, where none belongs; names have only single spaces, and only inside"
    )]
    Space {
        /// Where.
        at: usize,
    },
    /// A character that is not in the alphabet.
    #[error("has {character} (U+{:04X}) at place {at}, which is not in the alphabet of names", u32::from(*.character))]
    Character {
        /// Which.
        character: char,
        /// Where.
        at: usize,
    },
    /// A combining mark with nothing under it, or on top of too many others.
    #[error("has the mark U+{:04X} at place {at} without a letter under it", u32::from(*.character))]
    Mark {
        /// Which.
        character: char,
        /// Where.
        at: usize,
    },
    /// Text for which another spelling looks the same.
    #[error("is not in Unicode's normal form C; write {}", quoted(.0))]
    Form(String),
    /// Letters that are not written together.
    #[error("mixes scripts whose letters look alike, at place {at} with {character} (U+{:04X})", u32::from(*.character))]
    Scripts {
        /// The first letter that does not belong with those before it.
        character: char,
        /// Where.
        at: usize,
    },
    /// Non-ASCII letters that look like plain ones.
    #[error("reads like {} but begins to differ at place {at} with U+{:04X}; write it in plain letters", quoted(.reads), u32::from(*.character))]
    ReadsLike {
        /// How it reads.
        reads: String,
        /// The first character that is not what it looks like.
        character: char,
        /// Where.
        at: usize,
    },
}

fn is_in_alphabet(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || (c.is_ascii_graphic() && !NOT_IN_NAMES.contains(&c));
    }
    let currency =
        CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::CurrencySymbol;
    let itself = is_nfkc_quick(std::iter::once(c)) != IsNormalized::No;
    GeneralSecurityProfile::identifier_allowed(c) || (currency && itself)
}

fn check_characters(text: &str) -> Result<(), NameError> {
    let mut before = None;
    let mut marks = MOST_MARKS;
    for (at, character) in (1..).zip(text.chars()) {
        if !is_visible(character) {
            return Err(NameError::Invisible { character, at });
        }
        if character == ' ' && matches!(before, None | Some(' ')) {
            return Err(NameError::Space { at });
        }
        if !is_in_alphabet(character) {
            return Err(NameError::Character { character, at });
        }
        match is_mark(character) {
            true if marks >= MOST_MARKS || before == Some(' ') => {
                return Err(NameError::Mark { character, at });
            }
            true => marks += 1,
            false => marks = 0,
        }
        before = Some(character);
    }
    if before == Some(' ') {
        return Err(NameError::Space { at: text.chars().count() });
    }
    Ok(())
}

/// Letters and digits; punctuation and currency signs have no script.
fn letters(text: &str) -> String {
    text.chars().filter(|c| GeneralSecurityProfile::identifier_allowed(*c)).collect()
}

fn is_of_one_script(text: &str) -> bool {
    letters(text).check_restriction_level(RestrictionLevel::HighlyRestrictive)
}

fn check_scripts(text: &str) -> Result<(), NameError> {
    if is_of_one_script(text) {
        return Ok(());
    }
    let ends = text.char_indices().map(|(start, c)| (start + c.len_utf8(), c));
    let first = (1..).zip(ends).find(|(_, (end, _))| !is_of_one_script(&text[..*end]));
    let (at, (_, character)) = first.unwrap_or((1, (0, '?')));
    Err(NameError::Scripts { character, at })
}

fn check_reading(text: &str) -> Result<(), NameError> {
    let looks_plain = |c: char| {
        let mut buffer = [0; 4];
        let text = &*c.encode_utf8(&mut buffer);
        c.is_ascii() || skeleton(text).all(|c| c.is_ascii())
    };
    let mut others = (1..).zip(text.chars()).filter(|(_, c)| !c.is_ascii());
    // Whatever letters surround it, nobody can tell another hyphen or apostrophe from the plain one.
    let punctuation = others.clone().find(|(_, c)| !c.is_alphanumeric() && looks_plain(*c));
    let all_plain = text.chars().all(looks_plain);
    let Some((at, character)) = punctuation.or_else(|| others.next().filter(|_| all_plain)) else {
        return Ok(());
    };
    let reads = text.chars().flat_map(|c| {
        let own = c.to_string();
        if looks_plain(c) && !c.is_ascii() { skeleton(&own).collect() } else { own }
            .chars()
            .collect::<Vec<_>>()
    });
    Err(NameError::ReadsLike { reads: reads.collect(), character, at })
}

/// Checks that text is a name of at most `most` bytes.
///
/// # Errors
/// [`NameError`] with the character and its place.
pub fn check_name(text: &str, most: usize) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > most {
        return Err(NameError::TooLong { bytes: text.len(), most });
    }
    check_characters(text)?;
    if text.is_ascii() {
        return Ok(());
    }
    if is_nfc_quick(text.chars()) != IsNormalized::Yes {
        let normal: String = text.nfc().collect();
        if normal != text {
            return Err(NameError::Form(normal));
        }
    }
    check_scripts(text)?;
    check_reading(text)
}

/// The first name of a list that looks like an earlier one, and that earlier one: indices. Plain ASCII names are
/// distinguished byte by byte (`0G` and `OG` are two tokens); all others by their UTS 39 skeletons.
pub fn look_alikes<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<(usize, usize)> {
    if names.clone().all(str::is_ascii) {
        return None;
    }
    // Of each skeleton the first name, and the first that is not plain ASCII.
    let mut seen: BTreeMap<String, [Option<usize>; 2]> = BTreeMap::new();
    for (at, name) in names.enumerate() {
        let [first, other] = seen.entry(skeleton(name).collect()).or_default();
        let like = if name.is_ascii() { *other } else { *first };
        if let Some(like) = like {
            return Some((at, like));
        }
        first.get_or_insert(at);
        if !name.is_ascii() {
            other.get_or_insert(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_pass() {
        for name in [
            "1000BONKUSDT",
            "BTC/USDT:USDT",
            "BTC-27DEC24-50000-C",
            "币安人生USDT",
            "kPEPE",
            "PURR/USDC",
            "@107",
            "xyz:TSLA",
            "Büro 42",
            "Kreditlinie Q3",
            "BTCUSDT_250328",
            "USD₮0",
            "ETH/USD [WETH-USDC]",
            "$WIF",
            "desk-42",
            "auditor.example",
            "デスク42",
            "비트코인",
            "Биржа",
            "Crédit à 50%",
            "0x1f98+x",
            "M&M (new)",
            "Ελλάδα",
            "#1",
        ] {
            assert_eq!(check_name(name, 128), Ok(()), "{name}");
        }
    }

    #[test]
    fn others_are_refused_with_the_character() {
        let invisible = |character, at| Err(NameError::Invisible { character, at });
        for (name, expected) in [
            ("BTC\u{200b}USDT", invisible('\u{200b}', 4)),
            ("desk\u{fe0f}", invisible('\u{fe0f}', 5)),
            ("\u{202e}TDSU", invisible('\u{202e}', 1)),
            ("a\u{a0}b", invisible('\u{a0}', 2)),
            ("a\u{3164}", invisible('\u{3164}', 2)),
            ("a\tb", invisible('\t', 2)),
            ("a\u{e000}", invisible('\u{e000}', 2)),
            (" a", Err(NameError::Space { at: 1 })),
            ("a ", Err(NameError::Space { at: 2 })),
            ("a  b", Err(NameError::Space { at: 3 })),
            ("a;b", Err(NameError::Character { character: ';', at: 2 })),
            ("ＢＴＣ", Err(NameError::Character { character: 'Ｂ', at: 1 })),
            ("\u{301}a", Err(NameError::Mark { character: '\u{301}', at: 1 })),
            ("Bu\u{308}ro", Err(NameError::Form("Büro".to_owned()))),
            ("B\u{422}C", Err(NameError::Scripts { character: '\u{422}', at: 2 })),
            (
                "\u{412}\u{422}\u{421}",
                Err(NameError::ReadsLike { reads: "BTC".to_owned(), character: '\u{412}', at: 1 }),
            ),
            (
                "Büro\u{2010}42",
                Err(NameError::ReadsLike {
                    reads: "Büro-42".to_owned(),
                    character: '\u{2010}',
                    at: 5,
                }),
            ),
            (
                "Café d\u{2019}Or",
                Err(NameError::ReadsLike {
                    reads: "Café d'Or".to_owned(),
                    character: '\u{2019}',
                    at: 7,
                }),
            ),
            ("", Err(NameError::Empty)),
            ("abc", Err(NameError::TooLong { bytes: 3, most: 2 })),
        ] {
            let most = if name == "abc" { 2 } else { 128 };
            assert_eq!(check_name(name, most), expected, "{name:?}");
        }
    }

    #[test]
    fn look_alikes_of_a_list() {
        assert_eq!(look_alikes(["0G", "OG", "1INCH", "lINCH", "rn", "m"].into_iter()), None);
        assert_eq!(look_alikes(["币O", "x", "币0"].into_iter()), Some((2, 0)));
        assert_eq!(look_alikes(["BTC", "ETH", "\u{412}\u{422}\u{421}"].into_iter()), Some((2, 0)));
        assert_eq!(look_alikes(["\u{412}\u{422}\u{421}", "BTC"].into_iter()), Some((1, 0)));
        assert_eq!(look_alikes(["Büro", "Buro"].into_iter()), None);
    }
}
