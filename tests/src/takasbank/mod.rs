//! A whole SPAN file of Takasbank, Borsa Istanbul's clearing house, as published loadings.
//!
//! The file is not part of the repository: its licence is another. It is read from the folder that `ZKMARGIN_SPAN` names, or
//! from `shared/data/span` next to the repository.

mod directly;
mod market;

pub use directly::{Portfolio, Span, span};
pub use market::{LIRA, MATURITIES, MINIMUM, WHOLE, market, scale};

pub use zkmargin_params::venues::takasbank::{Commodity, Contract, DIGITS, SCENARIOS, read};

use std::path::{Path, PathBuf};

/// Environment variable that names the folder of the file.
pub const FOLDER_VARIABLE: &str = "ZKMARGIN_SPAN";
/// Name of the file.
pub const FILE: &str = "takas_20160517.spn";

/// Where the file is, or `None` when it is not there.
pub fn path() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/span");
    let folder = std::env::var_os(FOLDER_VARIABLE).map_or(beside, PathBuf::from);
    let path = folder.join(FILE);
    path.is_file().then_some(path)
}
