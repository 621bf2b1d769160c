//! What an audit says about one proof.

/// Maximum length of a reason, in bytes. Strangers' evidence is quoted in reasons, and every reason is kept.
pub(crate) const MAX_REASON_BYTES: usize = 1024;

/// What stands for the rest of a reason that was cut.
const CUT: &str = " \u{2026} and so on";

/// A reason that is not too long to be kept.
fn bounded(mut reason: String) -> String {
    if reason.len() > MAX_REASON_BYTES {
        let mut end = MAX_REASON_BYTES - CUT.len();
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        reason.truncate(end);
        reason.push_str(CUT);
    }
    reason
}

/// An audit's verdict on a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The proof holds, under the rules of its period, with all evidence.
    Valid,
    /// The proof does not hold.
    Invalid,
    /// The venue's marks and the price sources do not agree, or cannot be compared.
    PricesDisagree,
    /// A schedule other than the period's with the same numbering, or a lower claim.
    WrongRule,
    /// Marks, ledger or attestation from a time outside the period.
    Stale,
    /// Schedule, snapshot, checkpoint, attestation or a trusted signature over them is not in the store: nothing can be
    /// said about the proof.
    EvidenceMissing,
    /// A circuit or format that this version does not know: nothing can be said about the proof.
    Unsupported,
    /// In no period of the manifest, for another audience or purpose, or about an account in the venue's ledger of another
    /// registry: not examined.
    Outside,
}

impl Status {
    /// All of them, best first.
    pub const ALL: [Self; 8] = [
        Self::Valid,
        Self::Invalid,
        Self::PricesDisagree,
        Self::WrongRule,
        Self::Stale,
        Self::EvidenceMissing,
        Self::Unsupported,
        Self::Outside,
    ];

    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::PricesDisagree => "prices-disagree",
            Self::WrongRule => "wrong-rule",
            Self::Stale => "stale",
            Self::EvidenceMissing => "evidence-missing",
            Self::Unsupported => "unsupported",
            Self::Outside => "outside",
        }
    }

    /// The status with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// A status with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The status.
    pub status: Status,
    /// A stable code of the reason; empty for a valid proof.
    pub code: String,
    /// The reason in words; empty for a valid proof. Only the beginning is kept if it exceeds a thousand bytes.
    pub reason: String,
}

impl Judgement {
    pub(crate) fn new(status: Status, code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { status, code: code.into(), reason: bounded(reason.into()) }
    }

    pub(crate) fn valid() -> Self {
        Self::new(Status::Valid, "", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_4_long_reasons_are_cut_between_characters() {
        let reason = |text: String| Judgement::new(Status::Stale, "Code", text).reason;
        for character in ["x", "\u{e9}", "\u{20ac}", "\u{1f600}"] {
            let whole = character.repeat(MAX_REASON_BYTES / character.len());
            assert_eq!(reason(whole.clone()), whole);
            let cut = reason(format!("{whole}{character}"));
            assert!(cut.len() <= MAX_REASON_BYTES && cut.len() + 4 > MAX_REASON_BYTES);
            assert!(cut.strip_suffix(CUT).is_some_and(|rest| whole.starts_with(rest)), "{cut}");
        }
    }
}
