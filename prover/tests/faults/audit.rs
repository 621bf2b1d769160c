//! Reports that can be bent.
