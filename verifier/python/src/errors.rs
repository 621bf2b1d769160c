//! Errors as Python sees them: a `ValueError` with the command line's code.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use zkmargin_model::shown::shown;
use zkmargin_params::FileError;

pyo3::create_exception!(
    zkmargin,
    Error,
    PyValueError,
    "Something cannot be used. `code` is the command line's code for it."
);

/// An error with a code.
pub fn coded(code: &str, message: impl std::fmt::Display) -> PyErr {
    // It may quote a stranger's file, and is printed by whoever catches it.
    let error = Error::new_err(shown(&message.to_string()).into_owned());
    Python::attach(|py| {
        // A plain attribute of a plain exception can always be set.
        let _ = error.value(py).setattr("code", code);
    });
    error
}

/// An invalid argument.
pub fn value_error(error: impl std::fmt::Display) -> PyErr {
    coded("Usage", error)
}

/// An error in a file, with its place.
pub fn file_error(e: &FileError) -> PyErr {
    coded(e.code.as_str(), format!("{} {}: {} ({})", e.file, e.pointer, e.message, e.code.as_str()))
}
