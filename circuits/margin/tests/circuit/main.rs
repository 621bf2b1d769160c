//! The margin circuit against the rule, and one test per named constraint.

mod agreement;
mod banks;
mod books;
mod deficiency;
mod exempt;
mod family;
mod flat;
mod general;
mod index;
mod isolated;
mod keys;
mod margin;
mod measured;
mod membership;
mod named;
mod negative;
mod negative_marks;
mod own;
mod rounded;
mod settled;
mod support;
