//! Which columns and gates a circuit has.
//!
//! The proof system asks the *type* of a circuit for its columns and gates. Here they follow from a value, the form:
//! one type serves all kinds of circuits, and the proof system is compiled once. The form reaches
//! [`Circuit::configure`](zkmargin_gadgets::halo2::Circuit::configure) through the thread that calls it. A circuit
//! under another form than its own is refused when it is synthesized.

use crate::size::{banks, lanes};
use crate::tables::MarketTables;
use std::cell::Cell;
use zkmargin_model::circuit::{Anchor, K, LinearKind};
use zkmargin_model::rule::Profile;

/// Which columns and gates a circuit has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How the rule is computed.
    pub profile: Profile,
    /// What names the account.
    pub anchor: Anchor,
    /// Number of Poseidon lanes.
    pub lanes: usize,
    /// Number of banks of the bracket table.
    pub banks: usize,
}

impl Form {
    /// The smallest form.
    const LEAST: Self =
        Self { profile: Profile::EXACT, anchor: Anchor::Commitment, lanes: 1, banks: 1 };

    /// The form of a kind of circuit with 2^k rows at a market.
    pub fn of(kind: LinearKind, k: K, tables: &MarketTables) -> Self {
        let (profile, anchor) = (kind.profile(), kind.anchor());
        Self { profile, anchor, lanes: lanes(kind), banks: banks(k, tables) }
    }

    /// Runs `then`, which configures circuits of this form on this thread.
    pub fn configured<T>(self, then: impl FnOnce() -> T) -> T {
        let _before = Before(FORM.replace(Some(self)));
        then()
    }

    /// The form of the circuits that this thread configures.
    pub(crate) fn current() -> Self {
        FORM.get().unwrap_or(Self::LEAST)
    }
}

thread_local! {
    static FORM: Cell<Option<Form>> = const { Cell::new(None) };
}

/// Restores the previous form, also after a panic.
struct Before(Option<Form>);

impl Drop for Before {
    fn drop(&mut self) {
        FORM.set(self.0);
    }
}
