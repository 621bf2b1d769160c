-- The isolated position that a question names, as its key in the account's list, or 0: the only one that it is about, or the
-- one that it leaves out.
ALTER TABLE questions ADD COLUMN only_isolated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN all_but_isolated INTEGER NOT NULL DEFAULT 0;
