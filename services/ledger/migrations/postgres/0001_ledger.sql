-- What each table holds, who writes it and when its rows go: see the crate's front page (src/lib.rs).
-- Names that lists are ordered by sort by their bytes, whatever the database's language is.

CREATE TABLE epochs (
    shard TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL
);

CREATE TABLE device_states (
    device     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    shard      TEXT COLLATE "C" NOT NULL,
    sequence   BIGINT NOT NULL,
    capture_us BIGINT NOT NULL,
    state      BYTEA NOT NULL
);
CREATE INDEX device_states_by_shard ON device_states (shard, device);

CREATE TABLE interactions (
    id        TEXT NOT NULL PRIMARY KEY,
    shard     TEXT NOT NULL,
    shelf     TEXT COLLATE "C" NOT NULL,
    sequence  BIGINT NOT NULL,
    round     BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    body      BYTEA NOT NULL
);
CREATE INDEX interactions_in_order ON interactions (round, closed_us, shelf, sequence);

CREATE TABLE cuts (
    shard TEXT COLLATE "C" NOT NULL,
    round BIGINT NOT NULL,
    body  BYTEA NOT NULL,
    PRIMARY KEY (shard, round)
);

CREATE TABLE visit_events (
    shard   TEXT COLLATE "C" NOT NULL,
    round   BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    visit   TEXT NOT NULL,
    body    BYTEA NOT NULL,
    PRIMARY KEY (shard, round, ordinal)
);
CREATE INDEX visit_events_in_order ON visit_events (round, shard, ordinal);

CREATE TABLE passes_used (
    pass    TEXT NOT NULL PRIMARY KEY,
    shard   TEXT NOT NULL,
    visit   TEXT NOT NULL,
    used_us BIGINT NOT NULL
);
CREATE INDEX passes_used_by_time ON passes_used (used_us);

CREATE TABLE decisions (
    interaction TEXT COLLATE "C" NOT NULL,
    revision    BIGINT NOT NULL,
    shard       TEXT NOT NULL,
    round       BIGINT NOT NULL,
    body        BYTEA NOT NULL,
    PRIMARY KEY (interaction, revision)
);
CREATE INDEX decisions_in_order ON decisions (round, interaction, revision);

CREATE TABLE receipts (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    visit       TEXT NOT NULL UNIQUE,
    shard       TEXT NOT NULL,
    settled_us  BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX receipts_by_time ON receipts (settled_us, id);

-- `outcome` is null while the entry waits.
CREATE TABLE outbox (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    receipt  TEXT NOT NULL REFERENCES receipts (id),
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    due_us   BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    outcome  TEXT CHECK (outcome IN ('delivered', 'refused')),
    note     TEXT
);
CREATE INDEX outbox_waiting ON outbox (due_us, id) WHERE outcome IS NULL;
CREATE INDEX outbox_by_receipt ON outbox (receipt);

CREATE TABLE price_changes (
    product       TEXT COLLATE "C" NOT NULL,
    valid_from_us BIGINT NOT NULL,
    price_minor   BIGINT NOT NULL,
    shard         TEXT NOT NULL,
    PRIMARY KEY (product, valid_from_us)
);

CREATE TABLE poison (
    message  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    shard    TEXT NOT NULL,
    device   TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    body     BYTEA
);
