-- A question is entered before anything is computed, and what came of it afterwards: a question without
-- an outcome was interrupted, and counts like the others.

CREATE TABLE questions (
    entry INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    audience TEXT NOT NULL,
    purpose TEXT NOT NULL,
    epoch TEXT NOT NULL,
    account BLOB NOT NULL CHECK (length(account) = 32),
    market BLOB NOT NULL CHECK (length(market) = 32),
    snapshot_ms INTEGER NOT NULL,
    level_bps INTEGER NOT NULL,
    floor TEXT NOT NULL
) STRICT;
CREATE TABLE outcomes (
    question INTEGER PRIMARY KEY REFERENCES questions (entry),
    at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('given', 'not met', 'beyond', 'failed'))
) STRICT;

INSERT INTO questions
    SELECT rowid, at_ms, audience, purpose, epoch, account, market, snapshot_ms, level_bps, floor FROM answers;
INSERT INTO outcomes
    SELECT rowid, at_ms, CASE met WHEN 1 THEN 'given' ELSE 'not met' END FROM answers;
DROP TABLE answers;

CREATE INDEX questions_about ON questions (account);
CREATE TRIGGER questions_stay BEFORE DELETE ON questions
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER questions_hold BEFORE UPDATE ON questions
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER outcomes_stay BEFORE DELETE ON outcomes
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER outcomes_hold BEFORE UPDATE ON outcomes
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
