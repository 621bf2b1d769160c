//! Every page a person reads: links lead somewhere, files that are named exist, the book has every page.

use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders whose files pages name in code spans.
const FOLDERS: [&str; 10] = [
    ".ci/",
    "benches/",
    "circuits/",
    "docs/",
    "fuzz/",
    "params/",
    "prover/",
    "src/",
    "tests/",
    "verifier/",
];

/// The venue that `CONTRIBUTING.md` lets its reader add.
const TOY: &str = "params/venues/toy";

/// Folders that hold no page of the project.
const OTHER: [&str; 3] = ["target", ".git", "node_modules"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All pages, by their path from the root.
fn pages() -> Vec<PathBuf> {
    let (mut folders, mut pages) = (vec![PathBuf::new()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).expect("folder") {
            let entry = entry.expect("entry");
            let name = entry.file_name().into_string().expect("UTF-8");
            let path = folder.join(&name);
            let kind = entry.file_type().expect("type");
            if kind.is_dir() && !OTHER.contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file() && name.ends_with(".md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// What a page links to and which code spans it has, with the anchors of its headings.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    spans: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(root().join(path)).expect("page");
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        for event in Parser::new(&text) {
            match event {
                Event::Start(Tag::Link { link_type, dest_url, .. })
                    if link_type != LinkType::Autolink =>
                {
                    page.links.push(dest_url.to_string());
                }
                Event::Start(Tag::Image { dest_url, .. }) => page.links.push(dest_url.to_string()),
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchors.extend(heading.take().map(|heading| anchor(&heading)));
                }
                Event::Text(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                    page.spans.push(text.to_string());
                }
                _ => {}
            }
        }
        page
    }
}

/// A heading's anchor, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for path in pages() {
        for link in Page::read(&path).links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().expect("folder").join(file),
            };
            let exists = root().join(&target).exists();
            let has_anchor = || Page::read(&target).anchors.contains(fragment);
            if !exists || !(fragment.is_empty() || has_anchor()) {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn files_that_are_named_exist() {
    let mut missing = Vec::new();
    for path in pages().iter().filter(|path| !path.ends_with("CHANGELOG.md")) {
        for span in Page::read(path).spans {
            let is_path = FOLDERS.iter().any(|folder| span.starts_with(folder))
                && span.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c));
            if is_path && !span.starts_with(TOY) && !root().join(&span).exists() {
                missing.push(format!("{}: {span}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_book_has_every_page() {
    let listed: BTreeSet<_> =
        Page::read(Path::new("docs/SUMMARY.md")).links.into_iter().map(PathBuf::from).collect();
    let docs =
        pages().into_iter().filter_map(|path| Some(path.strip_prefix("docs").ok()?.to_owned()));
    let written: BTreeSet<_> = docs.filter(|path| !path.ends_with("SUMMARY.md")).collect();
    assert_eq!(listed, written);
}
