//! Exit codes: a contract, listed in `docs/cli.md`.

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "audit"), expect(dead_code, reason = "some codes are of audits only"))]
pub enum Exit {
    /// Done; for `verify`, valid and anchored.
    Ok = 0,
    /// Invalid proof, or a claim that is not met.
    Invalid = 1,
    /// Wrong arguments.
    Usage = 2,
    /// Malformed or unsupported input.
    Malformed = 3,
    /// The statement is not the one demanded.
    Policy = 4,
    /// A file or stream cannot be read or written.
    Io = 5,
    /// Something due is not shown by a valid proof.
    Incomplete = 6,
    /// The proof holds for rules, prices or an account that nobody pinned.
    NotAnchored = 7,
    /// Interrupted; nothing is lost, and rerunning the command resumes.
    Interrupted = 8,
    /// A venue's figure differs from the rule's, and no cause explains it; or nothing was compared.
    Unexplained = 9,
    /// The proof holds, and is that the account does not meet the level.
    DoesNotMeet = 10,
    /// A fault of this program.
    Internal = 70,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}
