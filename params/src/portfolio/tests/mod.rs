//! Tests of the portfolio formats.
