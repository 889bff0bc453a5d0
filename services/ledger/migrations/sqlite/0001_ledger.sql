-- What each table holds, who writes it and when its rows go: see the crate's front page (src/lib.rs).

CREATE TABLE epochs (
    shard TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device_states (
    device     TEXT NOT NULL PRIMARY KEY,
    shard      TEXT NOT NULL,
    sequence   INTEGER NOT NULL,
    capture_us INTEGER NOT NULL,
    state      BLOB NOT NULL
) STRICT;
CREATE INDEX device_states_by_shard ON device_states (shard, device);

CREATE TABLE interactions (
    id        TEXT NOT NULL PRIMARY KEY,
    shard     TEXT NOT NULL,
    shelf     TEXT NOT NULL,
    sequence  INTEGER NOT NULL,
    round     INTEGER NOT NULL,
    closed_us INTEGER NOT NULL,
    body      BLOB NOT NULL
) STRICT;
CREATE INDEX interactions_in_order ON interactions (round, closed_us, shelf, sequence);

CREATE TABLE cuts (
    shard TEXT NOT NULL,
    round INTEGER NOT NULL,
    body  BLOB NOT NULL,
    PRIMARY KEY (shard, round)
) STRICT;

CREATE TABLE visit_events (
    shard   TEXT NOT NULL,
    round   INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    visit   TEXT NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (shard, round, ordinal)
) STRICT;
CREATE INDEX visit_events_in_order ON visit_events (round, shard, ordinal);

CREATE TABLE passes_used (
    pass    TEXT NOT NULL PRIMARY KEY,
    shard   TEXT NOT NULL,
    visit   TEXT NOT NULL,
    used_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passes_used_by_time ON passes_used (used_us);

CREATE TABLE decisions (
    interaction TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    shard       TEXT NOT NULL,
    round       INTEGER NOT NULL,
    body        BLOB NOT NULL,
    PRIMARY KEY (interaction, revision)
) STRICT;
CREATE INDEX decisions_in_order ON decisions (round, interaction, revision);

CREATE TABLE receipts (
    id          TEXT NOT NULL PRIMARY KEY,
    visit       TEXT NOT NULL UNIQUE,
    shard       TEXT NOT NULL,
    settled_us  INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_by_time ON receipts (settled_us, id);

-- `outcome` is null while the entry waits.
CREATE TABLE outbox (
    id       TEXT NOT NULL PRIMARY KEY,
    receipt  TEXT NOT NULL REFERENCES receipts (id),
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    due_us   INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    outcome  TEXT CHECK (outcome IN ('delivered', 'refused')),
    note     TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (due_us, id) WHERE outcome IS NULL;
CREATE INDEX outbox_by_receipt ON outbox (receipt);

CREATE TABLE price_changes (
    product       TEXT NOT NULL,
    valid_from_us INTEGER NOT NULL,
    price_minor   INTEGER NOT NULL,
    shard         TEXT NOT NULL,
    PRIMARY KEY (product, valid_from_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE poison (
    message  TEXT NOT NULL PRIMARY KEY,
    shard    TEXT NOT NULL,
    device   TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    body     BLOB
) STRICT;
