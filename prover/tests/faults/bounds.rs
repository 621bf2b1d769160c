//! Hangs, memory and cost.
