//! What strangers write and a person reads.
