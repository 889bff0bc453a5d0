-- Which ledger claimed the epoch, by the number that it drew when it was opened; null: one of an older version.
ALTER TABLE epochs ADD COLUMN IF NOT EXISTS claimer BIGINT;
