-- What is authorised for visits before they are settled, and how that ends. Tables of their own, so that nodes of
-- the version before go on beside this one.

-- `state`: wanted, asked, held; then captured, released, declined or never, once.
CREATE TABLE holds (
    id           TEXT NOT NULL PRIMARY KEY,
    visit        TEXT NOT NULL,
    number       INTEGER NOT NULL,
    method       TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    opened_us    INTEGER NOT NULL,
    state        TEXT NOT NULL,
    reference    TEXT,
    note         TEXT,
    due_us       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    UNIQUE (visit, number)
) STRICT;
CREATE INDEX holds_waiting ON holds (due_us, id) WHERE state IN ('wanted', 'asked', 'held');

-- Written with the receipt, once: the hold that its charge captures; null: none of them.
CREATE TABLE hold_ends (
    visit    TEXT NOT NULL PRIMARY KEY,
    captures TEXT
) STRICT;

-- What a payment service has told by itself, each event once.
CREATE TABLE provider_events (
    id      TEXT NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL,
    about   TEXT NOT NULL,
    seen_us INTEGER NOT NULL
) STRICT;
CREATE INDEX provider_events_by_time ON provider_events (seen_us);
