//! Names the build by a digest of the sources of the command and the Python module, so that two builds of one
//! version can be told apart, and both of one build know each other.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What goes into the command, from the workspace's folder.
const PARTS: [&str; 14] = [
    "Cargo.lock",
    "Cargo.toml",
    "circuits",
    "params/Cargo.toml",
    "params/src",
    "params/venues",
    "prover/Cargo.toml",
    "prover/answers",
    "prover/cli",
    "prover/ledger",
    "prover/reconcile",
    "prover/risk",
    "prover/src",
    "verifier",
];

/// Folders of other programs, of tests and of what is built.
const OTHER: [&str; 4] = ["benches", "examples", "target", "tests"];

/// Version, name of the build where `ZKMARGIN_BUILD` gives one, first digits of the digest.
fn main() {
    let workspace = Path::new("../..");
    let mut files = Vec::new();
    PARTS.iter().for_each(|part| collect(&workspace.join(part), &mut files));
    files.sort();
    let mut hash = Sha256::new();
    for path in &files {
        // Not their folders, in which tools keep their own files: a new source is named in one of these.
        println!("cargo:rerun-if-changed={}", path.display());
        let bytes = std::fs::read(path).unwrap_or_default();
        // Windows writes other separators.
        let name = path.to_string_lossy().replace('\\', "/");
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rerun-if-env-changed=ZKMARGIN_BUILD");
    let build = std::env::var("ZKMARGIN_BUILD").map(|b| format!("{b}.")).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    println!("cargo:rustc-env=ZKMARGIN_VERSION={version}+{build}{digest}");
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if OTHER.contains(&&*name) {
        return;
    }
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| collect(&entry.path(), files)),
        Err(_) if name.ends_with(".rs") || name.starts_with("Cargo.") => {
            files.push(path.to_owned());
        }
        Err(_) => {}
    }
}
