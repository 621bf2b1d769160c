//! Schedules that are not quite their venue's own rule.

/// Suffix of the name of a schedule without its venue's rounding.
pub(super) const UNROUNDED: &str = "-unrounded";

/// How a schedule differs from its venue's own rule. Its text says in which direction it may err.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Variant {
    /// The venue rounds, but the schedule does not.
    Unrounded,
}

impl Variant {
    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unrounded => "unrounded",
        }
    }
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unrounded => {
                "not the venue's own rule to the last unit: it leaves out the venue's rounding, so at the line it may \
                 err either way, for the trader where the venue rounds requirements up or values down"
            }
        })
    }
}
