-- An auditor's store: every file that was ingested, the log over them, and what is due.

CREATE TABLE submitters (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    leaf BLOB NOT NULL,
    kind TEXT NOT NULL,
    submitter INTEGER NOT NULL REFERENCES submitters,
    time_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE contents (
    number INTEGER PRIMARY KEY REFERENCES entries,
    bytes BLOB NOT NULL
) STRICT;
CREATE TABLE proofs (
    number INTEGER PRIMARY KEY REFERENCES entries,
    submitter INTEGER NOT NULL,
    statement BLOB NOT NULL,
    schedule BLOB NOT NULL,
    snapshot BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    subject BLOB NOT NULL,
    holding BLOB NOT NULL,
    slot INTEGER NOT NULL
) STRICT;
CREATE INDEX proofs_due ON proofs (epoch, subject, holding);
CREATE INDEX proofs_batch ON proofs (schedule, snapshot, submitter, number);
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY REFERENCES entries,
    kind TEXT NOT NULL,
    venue TEXT,
    name BLOB,
    series INTEGER
) STRICT;
CREATE INDEX evidence_name ON evidence (kind, name);
CREATE INDEX evidence_series ON evidence (kind, venue, series);
CREATE TABLE nodes (
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE manifests (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    manifest BLOB NOT NULL UNIQUE,
    file BLOB NOT NULL,
    note BLOB NOT NULL,
    signers TEXT NOT NULL,
    time_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE periods (
    id INTEGER PRIMARY KEY,
    manifest INTEGER NOT NULL REFERENCES manifests,
    place INTEGER NOT NULL,
    venue TEXT NOT NULL,
    registry BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    schedule BLOB NOT NULL,
    UNIQUE (manifest, venue, registry, epoch)
) STRICT;
CREATE INDEX periods_epoch ON periods (epoch, schedule);
CREATE TABLE due (
    period INTEGER NOT NULL REFERENCES periods,
    subject BLOB NOT NULL,
    accounts INTEGER NOT NULL,
    PRIMARY KEY (period, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE open (
    period INTEGER NOT NULL,
    subject BLOB NOT NULL,
    lacking INTEGER NOT NULL,
    PRIMARY KEY (period, subject)
) STRICT, WITHOUT ROWID;

-- What was ingested stays.
CREATE TRIGGER submitters_no_UPDATE BEFORE UPDATE ON submitters
    BEGIN SELECT RAISE(ABORT, 'submitters is append-only'); END;
CREATE TRIGGER submitters_no_DELETE BEFORE DELETE ON submitters
    BEGIN SELECT RAISE(ABORT, 'submitters is append-only'); END;
CREATE TRIGGER entries_no_UPDATE BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_DELETE BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER contents_no_UPDATE BEFORE UPDATE ON contents
    BEGIN SELECT RAISE(ABORT, 'contents is append-only'); END;
CREATE TRIGGER contents_no_DELETE BEFORE DELETE ON contents
    BEGIN SELECT RAISE(ABORT, 'contents is append-only'); END;
CREATE TRIGGER proofs_no_UPDATE BEFORE UPDATE ON proofs
    BEGIN SELECT RAISE(ABORT, 'proofs is append-only'); END;
CREATE TRIGGER proofs_no_DELETE BEFORE DELETE ON proofs
    BEGIN SELECT RAISE(ABORT, 'proofs is append-only'); END;
CREATE TRIGGER evidence_no_UPDATE BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_no_DELETE BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER nodes_no_UPDATE BEFORE UPDATE ON nodes
    BEGIN SELECT RAISE(ABORT, 'nodes is append-only'); END;
CREATE TRIGGER nodes_no_DELETE BEFORE DELETE ON nodes
    BEGIN SELECT RAISE(ABORT, 'nodes is append-only'); END;
CREATE TRIGGER manifests_no_UPDATE BEFORE UPDATE ON manifests
    BEGIN SELECT RAISE(ABORT, 'manifests is append-only'); END;
CREATE TRIGGER manifests_no_DELETE BEFORE DELETE ON manifests
    BEGIN SELECT RAISE(ABORT, 'manifests is append-only'); END;
CREATE TRIGGER periods_no_UPDATE BEFORE UPDATE ON periods
    BEGIN SELECT RAISE(ABORT, 'periods is append-only'); END;
CREATE TRIGGER periods_no_DELETE BEFORE DELETE ON periods
    BEGIN SELECT RAISE(ABORT, 'periods is append-only'); END;
CREATE TRIGGER due_no_UPDATE BEFORE UPDATE ON due
    BEGIN SELECT RAISE(ABORT, 'due is append-only'); END;
CREATE TRIGGER due_no_DELETE BEFORE DELETE ON due
    BEGIN SELECT RAISE(ABORT, 'due is append-only'); END;
