-- A verifier's memory: what it asked, what it accepted, and how far each series went. A venue has one of ledgers for each
-- registry, and one of snapshots for each registry and requirement.

CREATE TABLE challenges (
    nonce BLOB PRIMARY KEY CHECK (length(nonce) = 32),
    audience TEXT NOT NULL,
    purpose TEXT NOT NULL,
    epoch TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    answered_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE nullifiers (
    scope BLOB NOT NULL CHECK (length(scope) = 32),
    nullifier BLOB NOT NULL CHECK (length(nullifier) = 32),
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, nullifier)
) STRICT, WITHOUT ROWID;
CREATE TABLE series (
    kind TEXT NOT NULL,
    venue TEXT NOT NULL,
    registry BLOB NOT NULL CHECK (length(registry) = 32),
    requirement TEXT NOT NULL,
    last TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, venue, registry, requirement)
) STRICT, WITHOUT ROWID;
