-- A prover's log: which answer it gave to whom, about which account and market.

CREATE TABLE answers (
    at_ms INTEGER NOT NULL,
    audience TEXT NOT NULL,
    purpose TEXT NOT NULL,
    epoch TEXT NOT NULL,
    account BLOB NOT NULL CHECK (length(account) = 32),
    market BLOB NOT NULL CHECK (length(market) = 32),
    snapshot_ms INTEGER NOT NULL,
    level_bps INTEGER NOT NULL,
    floor TEXT NOT NULL,
    met INTEGER NOT NULL CHECK (met IN (0, 1))
) STRICT;
CREATE INDEX answers_about ON answers (account);
CREATE TRIGGER answers_stay BEFORE DELETE ON answers
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER answers_hold BEFORE UPDATE ON answers
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
