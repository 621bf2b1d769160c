//! The kinds of files, each with a unique id.

/// A kind of database. The discriminant is SQLite's `application_id`: the compiler refuses two kinds with the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// An auditor's store: `zkma`.
    AuditStore = 0x7a6b_6d61,
    /// A run of an audit: `zkmr`.
    AuditRun = 0x7a6b_6d72,
    /// A verifier's memory: `zkms`.
    Memory = 0x7a6b_6d73,
    /// A prover's log of answers: `zkml`.
    AnswerLog = 0x7a6b_6d6c,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::AuditStore, Self::AuditRun, Self::Memory, Self::AnswerLog];

    /// What it is called, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuditStore => "an auditor's store",
            Self::AuditRun => "a run of an audit",
            Self::Memory => "a verifier's memory",
            Self::AnswerLog => "a prover's log",
        }
    }

    /// The id in the file's header.
    pub fn application_id(self) -> i32 {
        self as i32
    }

    /// The kind with an id.
    pub fn of_id(id: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.application_id() == id)
    }

    /// Statements that lead from version n to version n + 1, from the empty file on.
    pub fn migrations(self) -> &'static [&'static str] {
        match self {
            Self::AuditStore => &[
                include_str!("../schema/audit-store/1.sql"),
                include_str!("../schema/audit-store/2.sql"),
            ],
            Self::AuditRun => &[include_str!("../schema/audit-run/1.sql")],
            Self::Memory => &[include_str!("../schema/memory/1.sql")],
            Self::AnswerLog => &[
                include_str!("../schema/answer-log/1.sql"),
                include_str!("../schema/answer-log/2.sql"),
                include_str!("../schema/answer-log/3.sql"),
                include_str!("../schema/answer-log/4.sql"),
                include_str!("../schema/answer-log/5.sql"),
                include_str!("../schema/answer-log/6.sql"),
            ],
        }
    }

    /// The version this program writes.
    pub fn version(self) -> i32 {
        // As many as there are files in `schema`.
        self.migrations().len() as i32
    }
}
