//! What PostgreSQL words differently.

use crate::sql::database::Dialect;

pub struct PostgresDialect;

impl Dialect for PostgresDialect {
    const NAME: &'static str = "postgres";

    // Said aloud, so that a server that only reads refuses here.
    const BEGIN: &'static str = "BEGIN READ WRITE";

    const EPOCHS: &'static str =
        "SELECT shard, epoch, claimer FROM epochs WHERE shard = ANY($1) ORDER BY shard FOR UPDATE";

    const CLAIM: &'static str = "INSERT INTO epochs (shard, epoch, claimer)
         SELECT shard, epoch, $3 FROM UNNEST($1, $2) AS claimed (shard, epoch)
         ON CONFLICT (shard) DO UPDATE SET epoch = excluded.epoch, claimer = excluded.claimer
         WHERE epochs.epoch < excluded.epoch
             OR (epochs.epoch = excluded.epoch AND epochs.claimer = excluded.claimer)
         RETURNING shard";

    const CUTS_OF: &'static str =
        "SELECT shard, round, body FROM cuts WHERE shard = ANY($1) ORDER BY shard, round DESC";

    const CUT_ROUNDS_OF: &'static str =
        "SELECT shard, round FROM cuts WHERE shard = ANY($1) ORDER BY shard, round DESC";

    const CUTS_AT: &'static str =
        "SELECT shard, body FROM cuts WHERE shard = ANY($1) AND round = $2";

    const DEVICE_STATES_OF: &'static str =
        "SELECT * FROM device_states WHERE shard = ANY($1) ORDER BY device";

    const BYTES: &'static str = "SELECT pg_database_size(current_database())";
}
