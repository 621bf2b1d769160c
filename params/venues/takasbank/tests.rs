//! Files that are made up.
