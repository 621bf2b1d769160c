-- Whether a question is that a level is not met.
ALTER TABLE questions ADD COLUMN does_not_meet INTEGER NOT NULL DEFAULT 0;
