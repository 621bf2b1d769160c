//! Folders and files of another venue than is said, and of none: what is told about each.

use crate::venues::*;
use std::path::Path;
use zeroize::Zeroizing;

/// Venues of one API, whose answers are the same.
const ALIKE: [&[&str]; 2] =
    [&["binance", "binance-coinm", "binance-pm"], &["deribit", "deribit-pm"]];

/// Names of all venues, with the answers that each reads.
fn all() -> Vec<(&'static str, &'static [Endpoint])> {
    known_answers()
}

/// The example answers of a venue, without the file that names it.
fn example(venue: &str) -> Option<Vec<OpenedFile>> {
    let folder = format!("venues/{}/examples/answers", venue.replace('-', "_"));
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).ok()?;
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            OpenedFile { name, bytes: Zeroizing::new(std::fs::read(path).unwrap()) }
        })
        .filter(|file| file.name != TIMES_FILE)
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Some(files)
}

/// What is said about files under a venue's name, as a program opens them: names that it has not are told and not opened.
fn refused(name: &str, files: &[OpenedFile]) -> Option<FolderError> {
    let (_, endpoints) = all().into_iter().find(|(venue, _)| *venue == name).unwrap();
    let is_read = |file: &&OpenedFile| Answers::names(endpoints).any(|known| known == file.name);
    let opened: Vec<_> = files.iter().filter(is_read).cloned().collect();
    let others = files.iter().filter(|file| !is_read(file)).map(|file| file.name.clone());
    let (others, known) = (others.collect::<Vec<_>>(), known_answers());
    if let Some(venue) = VENUES.iter().find(|venue| venue.name == name) {
        return venue.import(&opened, &others, &known, &Reading::default()).err();
    }
    let venue = PORTFOLIO_VENUES.iter().find(|venue| venue.name == name).unwrap();
    venue.import(&opened, &others, &known, &PortfolioReading::default()).err()
}

/// Every answer but a document of another kind and a single word says what it has, so that another venue's is recognised.
#[test]
fn every_answer_is_known_by_what_it_has() {
    for (venue, endpoints) in all() {
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.file.ends_with(".json")) {
            let is_word = endpoint.gives.is_empty();
            assert!(is_word || !endpoint.has.is_empty(), "{venue} {}", endpoint.file);
        }
        for file in example(venue).into_iter().flatten() {
            let of = endpoints.iter().find(|endpoint| endpoint.file == file.name).unwrap();
            let Ok(value) = serde_json::from_slice(&file.bytes) else { continue };
            assert_eq!(of.lacks(&value), None, "{venue} {}", file.name);
        }
    }
}

/// A folder of one venue under the name of another is refused with the names of both.
#[test]
fn another_venues_folder_is_named() {
    let mut pairs = 0;
    for (of, _) in all() {
        let Some(files) = example(of) else { continue };
        for (name, _) in all().into_iter().filter(|(name, _)| *name != of) {
            if ALIKE.iter().any(|alike| alike.contains(&of) && alike.contains(&name)) {
                continue;
            }
            let error = refused(name, &files).unwrap();
            let help = error.help.clone().unwrap_or_default();
            let told = format!("{of} as {name}: {error}; {help}");
            assert!(error.to_string().contains(of) && error.to_string().contains(name), "{told}");
            assert!(help.contains(&format!("--from {of}")), "{told}");
            pairs += 1;
        }
    }
    assert!(pairs > 200, "{pairs}");
}

/// A folder without an answer is refused with a place and with what to do.
#[test]
fn a_folder_without_answers_says_what_to_save() {
    for (name, endpoints) in all() {
        let error = refused(name, &[]).unwrap();
        assert_eq!(error.code, FolderErrorCode::MissingAnswer, "{name}");
        assert_eq!(error.to_string(), format!("the folder: has no answer of {name}: it is empty"));
        assert!(error.help.unwrap().contains(&format!("as {}", endpoints[0].file)), "{name}");
    }
    let strange = OpenedFile { name: "notes.json".to_owned(), bytes: Zeroizing::default() };
    let error = refused("okx", &[strange]).unwrap();
    assert_eq!(error.to_string(), "the folder: has no answer of okx, but notes.json");
}

/// Each answer that is missing, empty, cut or of no JSON is told with its name and with what to do.
#[test]
fn each_answer_that_is_broken_says_what_to_do() {
    let mut helpless = Vec::new();
    for (name, _) in all() {
        let Some(files) = example(name) else { continue };
        for at in 0..files.len() {
            let mut fewer = files.clone();
            let gone = fewer.remove(at).name;
            if let Some(error) = refused(name, &fewer) {
                let told = format!("{name} without {gone}: {error}");
                if error.help.is_none() && !told.contains("save the answer") {
                    helpless.push(told);
                }
            }
            let whole = files[at].bytes.clone();
            let half = whole[..whole.len() / 2].to_vec();
            for (bytes, message) in [
                (Vec::new(), "is empty"),
                (b" \n".to_vec(), "is empty"),
                (half, "the file was cut"),
                (b"<html>".to_vec(), ""),
                (b"{}x".to_vec(), "from here on"),
            ] {
                let mut broken = files.clone();
                *broken[at].bytes = bytes;
                let error = refused(name, &broken).unwrap();
                let told = format!("{name} {gone}: {error}");
                assert_eq!(error.file, gone, "{told}");
                assert!(error.to_string().contains(message) && error.help.is_some(), "{told}");
            }
        }
    }
    assert_eq!(helpless, Vec::<String>::new());
}
