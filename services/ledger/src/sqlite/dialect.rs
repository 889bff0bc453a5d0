//! What SQLite words differently.

use crate::sql::database::Dialect;

pub struct SqliteDialect;

impl Dialect for SqliteDialect {
    const NAME: &'static str = "sqlite";

    // Takes the lock to write at once, not only a promise to read: it is the lock on all epochs.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    const EPOCHS: &'static str =
        "SELECT shard, epoch, claimer FROM epochs WHERE shard IN (SELECT value FROM json_each($1))";

    const CLAIM: &'static str = "INSERT INTO epochs (shard, epoch, claimer)
         SELECT shards.value, claimed.value, $3
         FROM json_each($1) AS shards JOIN json_each($2) AS claimed USING (key) WHERE TRUE
         ON CONFLICT (shard) DO UPDATE SET epoch = excluded.epoch, claimer = excluded.claimer
         WHERE epochs.epoch < excluded.epoch
             OR (epochs.epoch = excluded.epoch AND epochs.claimer = excluded.claimer)
         RETURNING shard";

    const CUTS_OF: &'static str = "SELECT shard, round, body FROM cuts
         WHERE shard IN (SELECT value FROM json_each($1)) ORDER BY shard, round DESC";

    const CUT_ROUNDS_OF: &'static str = "SELECT shard, round FROM cuts
         WHERE shard IN (SELECT value FROM json_each($1)) ORDER BY shard, round DESC";

    const CUTS_AT: &'static str = "SELECT shard, body FROM cuts
         WHERE shard IN (SELECT value FROM json_each($1)) AND round = $2";

    const DEVICE_STATES_OF: &'static str = "SELECT * FROM device_states
         WHERE shard IN (SELECT value FROM json_each($1)) ORDER BY device";

    const BYTES: &'static str = "SELECT (SELECT page_count FROM pragma_page_count) *
         (SELECT page_size FROM pragma_page_size)";
}
