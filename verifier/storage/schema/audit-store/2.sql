-- What is said of a store is computed from the entries of its log. What is open is counted when somebody asks,
-- and who signed a manifest follows from its note.

DROP TABLE open;
ALTER TABLE manifests DROP COLUMN signers;
ALTER TABLE manifests DROP COLUMN time_ms;
DROP INDEX periods_epoch;

-- Proofs in the order of what is due, so that both are read side by side.
DROP INDEX proofs_due;
CREATE INDEX proofs_due ON proofs (epoch, schedule, subject, holding);

-- The store's own entries, which are few.
CREATE INDEX entries_own ON entries (kind, number) WHERE kind IN ('receipt', 'expect', 'run');

-- Further times at which evidence was handed in, with the receipts that say so.
CREATE TABLE times (
    number INTEGER NOT NULL REFERENCES entries,
    time_ms INTEGER NOT NULL,
    receipt INTEGER NOT NULL REFERENCES entries,
    PRIMARY KEY (number, time_ms, receipt)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER times_no_UPDATE BEFORE UPDATE ON times
    BEGIN SELECT RAISE(ABORT, 'times is append-only'); END;
CREATE TRIGGER times_no_DELETE BEFORE DELETE ON times
    BEGIN SELECT RAISE(ABORT, 'times is append-only'); END;
