//! Runs the built command on the example files, damaged or not.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// Files of `params/`.
pub fn params(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../params").join(name)
}

/// Holder key, serial and blinding of the tests' account. The examples have none.
pub const SECRETS: [(&str, &str); 3] = [
    ("holder_key", "8f3c1a5d9e27b046c81d72f5a03be96417d04f8ea9526bc3307195fd2e6b8a1c"),
    ("serial", "1"),
    ("blinding", "d41b7e60932fa8c5164e0db7f285693cab70e1488f5c96d23a57104be9c8f60d"),
];

/// A folder with the Binance example: `account.json`, `schedule.json`, `snapshot.json`.
pub struct Desk {
    folder: TempDir,
}

/// What a run left.
pub struct Ran {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The one object of `--json`.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}{}", self.text(), self.stderr))
    }

    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("not killed"),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Desk {
    pub fn new() -> Self {
        let desk = Self { folder: TempDir::new().expect("folder") };
        for name in ["account", "schedule", "snapshot"] {
            let from = params(&format!("venues/binance/examples/cross.{name}.json"));
            std::fs::copy(from, desk.path(&format!("{name}.json"))).expect("example");
        }
        desk.edit("account.json", |account| {
            for (field, value) in SECRETS {
                account[field] = value.into();
            }
        });
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect(name)
    }

    /// Writes a file, in a folder that is made if need be.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let folder = self.path(name).parent().expect("folder").to_owned();
        std::fs::create_dir_all(folder).expect(name);
        std::fs::write(self.path(name), bytes).expect(name);
        own(&self.path(name));
    }

    /// Names of all files, hidden ones too.
    pub fn listing(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("folder");
        let name = |e: std::io::Result<std::fs::DirEntry>| e.expect("entry").file_name();
        let mut names: Vec<_> = entries.map(|e| name(e).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).expect(name)
    }

    /// Rewrites a JSON file.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut value = self.json(name);
        change(&mut value);
        self.write(name, value.to_string());
    }

    /// Rewrites the schedule, and the snapshot so that it stays that schedule's.
    pub fn edit_schedule(&self, change: impl FnOnce(&mut Value)) {
        self.edit("schedule.json", change);
        let checked = self.run("schedule check schedule.json --json");
        let digest = checked.json()["result"]["digest"].clone();
        if digest.is_string() {
            self.edit("snapshot.json", |s| s["schedule"] = digest);
        }
    }

    /// Runs the command with arguments split at spaces.
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_with(arguments, b"")
    }

    pub fn run_with(&self, arguments: &str, stdin: &[u8]) -> Ran {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"));
        command
            .args(arguments.split(' '))
            .current_dir(self.folder.path())
            .env("ZKMARGIN_CACHE_DIR", cache())
            .env_remove("RUST_BACKTRACE")
            .write_stdin(stdin);
        Ran::of(command.output().expect("runs"))
    }

    /// Runs a line as it is pasted into a shell.
    #[cfg(unix)]
    pub fn paste(&self, line: &str) -> Ran {
        let folder = assert_cmd::cargo::cargo_bin!("zkmargin").parent().expect("folder");
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = assert_cmd::Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("ZKMARGIN_CACHE_DIR", cache())
            .write_stdin("");
        Ran::of(command.output().expect("runs"))
    }

    /// `prove` with the example's files and further arguments.
    pub fn prove(&self, more: &str) -> Ran {
        self.run(
            format!("prove --account account.json {MARKET} --audience desk-42 {more}").trim_end(),
        )
    }

    /// A desk with `proof.zkm` of the untouched example, for audience `desk-42`.
    pub fn with_proof() -> Self {
        use std::sync::OnceLock;
        static PROOF: OnceLock<Vec<u8>> = OnceLock::new();
        let desk = Self::new();
        let proof = PROOF.get_or_init(|| {
            let ran = desk.prove("-o first.zkm");
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            let proof = desk.read("first.zkm");
            std::fs::remove_file(desk.path("first.zkm")).expect("removed");
            proof
        });
        desk.write("proof.zkm", proof);
        desk
    }

    /// Digest of the example's market.
    pub fn market(&self) -> String {
        let ran = self.run("snapshot check snapshot.json --schedule schedule.json --json");
        ran.json()["result"]["market"].as_str().expect("digest").to_owned()
    }

    /// Commitment of the example's account.
    pub fn commitment(&self) -> String {
        self.run("commit --account account.json --schedule schedule.json").text().trim().to_owned()
    }
}

/// Makes a file its owner's alone, as files with secrets are.
fn own(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, mode).expect("mode");
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Schedule and snapshot of a desk.
pub const MARKET: &str = "--schedule schedule.json --snapshot snapshot.json";

/// One folder of parameters for all tests.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("params")
}
