//! Adapters from the vector files of other systems, one per file.
//!
//! The files are given by the environment variable `ZKMARGIN_VECTORS`, or are next to the
//! repository in `shared/vectors`. An adapter reads the file's schema, not its cases: what it does
//! not know is left out with a reason.

mod binance_liquidation;
mod binance_rounding;
mod derive;
mod drift;
mod dydx;
mod hyperliquid;
mod lighter;
mod mango;
mod span;
mod starkex;

pub use derive::{DerivedLoadings, adapt as adapt_listed, adapt_derived, derived_loadings};

use crate::case::{Expected, Loaded, Made};
use crate::json::{Reason, list, text};
use crate::sheet::Sheet;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Environment variable that names the folder of vector files.
pub const FOLDER_VARIABLE: &str = "ZKMARGIN_VECTORS";

/// The folder of vector files, or `None` when there is none.
///
/// # Panics
/// When the environment variable names something that is not a folder.
pub fn vectors_folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(FOLDER_VARIABLE) {
        let folder = PathBuf::from(named);
        assert!(folder.is_dir(), "{FOLDER_VARIABLE} names {}, not a folder", folder.display());
        return Some(folder);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    folder.is_dir().then_some(folder)
}

fn load(folder: &Path, file: &str, adapt: fn(&Value) -> Loaded) -> Result<Option<Loaded>, String> {
    let path = folder.join(file);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(|e| format!("{file}: {e}"))?;
    let root: Value = serde_json::from_slice(&bytes).map_err(|e| format!("{file}: {e}"))?;
    Ok(Some(adapt(&root)))
}

macro_rules! loaders {
    ($($(#[$doc:meta])* $name:ident = $file:literal, $adapt:path;)*) => {
        $(
            $(#[$doc])*
            ///
            /// `None` when the folder has no such file.
            ///
            /// # Errors
            /// When the file cannot be read or is not JSON.
            pub fn $name(folder: &Path) -> Result<Option<Loaded>, String> {
                load(folder, $file, $adapt)
            }
        )*

        /// All files of the folder that there is an adapter for, by name.
        ///
        /// # Errors
        /// As the loaders of single files.
        pub fn load_all(folder: &Path) -> Result<Vec<(&'static str, Loaded)>, String> {
            let mut all = Vec::new();
            $(all.extend($name(folder)?.map(|loaded| ($file, loaded)));)*
            Ok(all)
        }

        /// Names of the files that there is an adapter for.
        pub const FILES: &[&str] = &[$($file),*];
    };
}

loaders! {
    /// Real account states of Lighter. Exact.
    load_lighter = "lighter_mainnet.json", lighter::adapt;
    /// StarkEx family: unit and flow tests of a perpetuals contract. Rounds.
    load_starkex = "starknet_perpetual_extended.json", starkex::adapt;
    /// dYdX v4: test tables. Rounds.
    load_dydx = "dydx_v4.json", dydx::adapt;
    /// Drift v2: accounts and components. Rounds.
    load_drift = "drift_v2.json", drift::adapt;
    /// Mango v4: health. Rounds.
    load_mango = "mango_v4.json", mango::adapt;
    /// A real Hyperliquid account. Rounds.
    load_hyperliquid = "hyperliquid_real.json", hyperliquid::adapt;
    /// Liquidation prices of Binance and others.
    load_binance_liquidation = "binance_freqtrade.json", binance_liquidation::adapt;
    /// Requirements as Binance reports them, truncated.
    load_binance_rounding = "binance_rounding_samples.json", binance_rounding::adapt;
    /// Derive's portfolio margin: contract tests with the values of options by scenario.
    load_derive = "derive_pmrm2.json", derive::adapt;
    /// SPAN: a textbook's risk arrays.
    load_span = "span_mcmillan.json", span::adapt;
}

fn each(loaded: &mut Loaded, cases: &[Value], adapt: fn(&Value) -> Result<Made, Reason>) {
    for case in cases {
        loaded.add(text(case, "name"), adapt(case));
    }
}

fn cases_of(root: &Value, adapt: fn(&Value) -> Result<Made, Reason>) -> Loaded {
    let mut loaded = Loaded::default();
    each(&mut loaded, list(root, "cases"), adapt);
    loaded
}

impl Made {
    /// Adds a sheet's case.
    fn push(&mut self, sheet: &Sheet, label: &str, expected: Expected) -> Result<(), Reason> {
        self.cases.push(sheet.case(label, expected)?);
        Ok(())
    }

    /// Refuses a case that expects nothing this adapter knows.
    fn or_nothing_expected(self) -> Result<Self, Reason> {
        let compares = self.cases.iter().any(|c| c.checks() > 0)
            || self.portfolio.iter().any(|c| c.checks() > 0);
        if compares || !self.relations.is_empty() {
            Ok(self)
        } else {
            Err("nothing expected that the adapter knows".into())
        }
    }
}
