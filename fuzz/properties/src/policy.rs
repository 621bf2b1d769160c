//! The policy file.

use crate::bounds::check_refusal;
use zkmargin_policy::Demands;

/// A policy is read as what is written, or refused with a place.
pub fn policy(bytes: &[u8]) {
    match Demands::from_json(bytes) {
        Ok(demands) => {
            let again = Demands::new(demands.file().clone()).expect("the same file");
            assert_eq!(again.file(), demands.file());
        }
        Err(error) => check_refusal(bytes, &error),
    }
}
