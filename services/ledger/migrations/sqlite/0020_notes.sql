-- What a shard keeps beside its cuts, by name: of the same rounds, and as many of each name. A table of its own, so
-- that nodes of the version before go on beside this one, and so that a cut keeps its form.
CREATE TABLE notes (
    shard TEXT NOT NULL,
    name  TEXT NOT NULL,
    round INTEGER NOT NULL,
    body  BLOB NOT NULL,
    PRIMARY KEY (shard, name, round)
) STRICT, WITHOUT ROWID;
