//! Imports, and files as other programs write them.
