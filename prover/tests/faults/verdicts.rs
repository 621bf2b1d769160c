//! Verdicts that are stronger than what was checked.
