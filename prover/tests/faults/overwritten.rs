//! Files of the user's that are lost.
