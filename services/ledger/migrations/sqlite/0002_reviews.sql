-- What people look at after an exit, and what follows from their verdicts. Tables of their own, so that
-- nodes of the version before go on beside this one.

-- The last three are null until there is a verdict; then all of them are set, once.
CREATE TABLE reviews (
    id         TEXT NOT NULL PRIMARY KEY,
    receipt    TEXT NOT NULL,
    visit      TEXT NOT NULL,
    shard      TEXT NOT NULL,
    opened_us  INTEGER NOT NULL,
    why        TEXT NOT NULL,
    body       TEXT NOT NULL,
    decided_by TEXT,
    decided_us INTEGER,
    verdict    TEXT,
    CHECK ((decided_by IS NULL) = (decided_us IS NULL) AND (verdict IS NULL) = (decided_us IS NULL))
) STRICT;
CREATE INDEX reviews_open ON reviews (opened_us, id) WHERE decided_us IS NULL;
CREATE INDEX reviews_answered ON reviews (opened_us, id) WHERE decided_us IS NOT NULL;
CREATE INDEX reviews_by_visit ON reviews (visit);

CREATE TABLE corrections (
    id          TEXT NOT NULL PRIMARY KEY,
    review      TEXT NOT NULL UNIQUE REFERENCES reviews (id),
    receipt     TEXT NOT NULL REFERENCES receipts (id),
    visit       TEXT NOT NULL,
    shard       TEXT NOT NULL,
    decided_us  INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX corrections_by_receipt ON corrections (receipt, decided_us, id);
CREATE INDEX corrections_by_visit ON corrections (visit);
