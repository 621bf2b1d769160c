//! Prices of options in scenarios, from forwards and volatilities, against those that Derive's cases list.

use crate::report::{run, say};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use serde_json::Value;
use zkmargin_tests::peers::{adapt_derived, derived_loadings, vectors_folder};

pub fn cases() -> Option<Value> {
    let file = vectors_folder().map(|folder| folder.join("derive_pmrm2.json"));
    let Some(file) = file.filter(|file| file.is_file()) else {
        say("derived loadings: not run; there is no file of Derive's cases");
        return None;
    };
    Some(serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("JSON"))
}

/// Margins from derived values are those that the file expects, within its tolerance.
#[test]
fn margins_from_derived_loadings() {
    let Some(root) = cases() else { return };
    run("derive_pmrm2.json with derived loadings", &adapt_derived(&root));
}

#[test]
fn derived_loadings_equal_listed_ones() {
    let Some(root) = cases() else { return };
    let rows = derived_loadings(&root).unwrap_or_else(|e| panic!("{e}"));
    let (mut worst, mut place, mut prices) = (BigRational::from(BigInt::ZERO), String::new(), 0);
    for row in &rows {
        assert_eq!(row.derived.len(), row.listed.len(), "{}", row.case);
        for (at, (derived, listed)) in row.derived.iter().zip(&row.listed).enumerate() {
            prices += 1;
            let apart = (derived - listed).abs() / &row.scale;
            if apart > worst {
                (worst, place) = (apart, format!("{} column {at}", row.case));
            }
        }
    }
    let worst_figure = worst.to_f64().unwrap_or(f64::NAN);
    say(&format!(
        "derived loadings: {prices} prices of {} options; the farthest from the file is {worst_figure:.1e} of forward plus strike ({place})",
        rows.len()
    ));
    let most = BigRational::new(1.into(), BigInt::from(10).pow(11));
    assert!(worst < most, "{place}: {worst_figure:e}");
}
