//! What answers give away.
