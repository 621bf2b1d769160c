-- Which books a question is about: the id of a settlement asset or 0, and whether isolated positions are left out.
ALTER TABLE questions ADD COLUMN settlement_asset INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN cross_alone INTEGER NOT NULL DEFAULT 0;
