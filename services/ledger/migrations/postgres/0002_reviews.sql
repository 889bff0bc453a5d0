-- What people look at after an exit, and what follows from their verdicts. Tables of their own, so that
-- nodes of the version before go on beside this one.

-- The last three are null until there is a verdict; then all of them are set, once.
CREATE TABLE reviews (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    receipt    TEXT COLLATE "C" NOT NULL,
    visit      TEXT NOT NULL,
    shard      TEXT NOT NULL,
    opened_us  BIGINT NOT NULL,
    why        TEXT NOT NULL,
    body       TEXT NOT NULL,
    decided_by TEXT,
    decided_us BIGINT,
    verdict    TEXT,
    CHECK ((decided_by IS NULL) = (decided_us IS NULL) AND (verdict IS NULL) = (decided_us IS NULL))
);
CREATE INDEX reviews_open ON reviews (opened_us, id) WHERE decided_us IS NULL;
CREATE INDEX reviews_answered ON reviews (opened_us, id) WHERE decided_us IS NOT NULL;
CREATE INDEX reviews_by_visit ON reviews (visit);

CREATE TABLE corrections (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    review      TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES reviews (id),
    receipt     TEXT COLLATE "C" NOT NULL REFERENCES receipts (id),
    visit       TEXT NOT NULL,
    shard       TEXT NOT NULL,
    decided_us  BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX corrections_by_receipt ON corrections (receipt, decided_us, id);
CREATE INDEX corrections_by_visit ON corrections (visit);
