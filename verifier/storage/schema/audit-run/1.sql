-- A run of an audit: one verdict on each proof, and how far it went.

CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE verdicts (
    number INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE place (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    schedule BLOB NOT NULL,
    snapshot BLOB NOT NULL,
    submitter INTEGER NOT NULL,
    number INTEGER NOT NULL,
    done INTEGER NOT NULL
) STRICT;
INSERT INTO place VALUES (1, x'', x'', -1, -1, 0);
