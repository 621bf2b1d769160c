-- What a portfolio account's equity is held against; empty for a linear account.
ALTER TABLE questions ADD COLUMN measure TEXT NOT NULL DEFAULT '';
