/**
 * The tables of the PostgreSQL store, version by version.
 *
 * @module
 */

import type { Connection, Statement } from "./connection.ts";
import { unusable } from "./errors.ts";

/** The schema that all tables are in; nobody else's are. */
export const SCHEMA = "callfire_orders";

/** The oldest version of PostgreSQL that will do. */
const MIN_SERVER_VERSION = 14;

/** Stands for all that the stores of a database lock by agreement: "CFOR". */
const LOCKS = 0x43464f52;

/** Locks the tables against other stores, to the end of a transaction. */
const LOCK_TABLES: Statement = {
  text: `SELECT pg_advisory_xact_lock(${LOCKS}, 1)`,
};

/** Locks the leases against other stores, to the end of a transaction. */
export const LOCK_LEASES: Statement = {
  text: `SELECT pg_advisory_xact_lock(${LOCKS}, 2)`,
};

/** What the first version keeps of a watch, and with each of its events. */
const FIRST_WATCH_COLUMNS = `
  label text,
  outcome text,
  number_order text,
  watched_at bigint NOT NULL,
  first_polled_at bigint,
  last_polled_at bigint,
  next_poll_at bigint,
  settled_at bigint,
  polls bigint NOT NULL,
  consecutive_errors bigint NOT NULL,
  error_code text,
  error_message text,
  error_at bigint,
  daemon bigint,
  CHECK ((outcome IS NULL) = (settled_at IS NULL)),
  CHECK ((error_code IS NULL) = (error_message IS NULL)),
  CHECK ((error_code IS NULL) = (error_at IS NULL))`;

/** The statements that make one version of the tables out of the one before. */
export type Migration = readonly string[];

/**
 * What makes each version, the first one out of nothing. What was released is
 * never changed: a new version is added.
 */
export const MIGRATIONS: readonly Migration[] = [
  [
    // A watch without an outcome is one that is watched. Its daemon is the
    // number of the lease that holds it, of a settled one the last that did.
    // Polls without a change leave the indexes and, if there is room, the page.
    `CREATE TABLE watches (id bigint PRIMARY KEY, ${FIRST_WATCH_COLUMNS})
      WITH (fillfactor = 80)`,
    `CREATE INDEX watches_by_time ON watches (watched_at, id)`,
    `CREATE INDEX watches_by_outcome ON watches (outcome, watched_at, id)
      WHERE outcome IS NOT NULL`,
    `CREATE INDEX watches_by_label ON watches (label, watched_at, id)
      WHERE label IS NOT NULL`,
    `CREATE INDEX watches_held ON watches (daemon) WHERE outcome IS NULL`,

    `CREATE TABLE events (
      sequence bigint PRIMARY KEY,
      type text NOT NULL,
      at bigint NOT NULL,
      id bigint NOT NULL,
      ${FIRST_WATCH_COLUMNS}
    )`,
    `CREATE INDEX events_by_id ON events (id, sequence)`,
    `CREATE INDEX events_removed ON events (sequence)
      WHERE type = 'order.removed'`,

    // Whoever adds events locks its one row until they are committed, so that
    // they are committed in the order of their sequence.
    `CREATE TABLE last_event (sequence bigint NOT NULL) WITH (fillfactor = 10)`,
    `INSERT INTO last_event VALUES (0)`,

    // A lease that has ended is as it was until its slots are nobody's. Without
    // a limit of questions a second that is Infinity; null is not told yet.
    `CREATE TABLE daemons (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      lease_until timestamptz NOT NULL,
      ended_at timestamptz,
      max_requests_per_second double precision,
      slots double precision NOT NULL,
      held bigint NOT NULL
    ) WITH (fillfactor = 50)`,

    // Orders that are not watched since a short time, and who held them.
    `CREATE TABLE removals (
      id bigint PRIMARY KEY,
      daemon bigint,
      removed_at timestamptz NOT NULL
    )`,
    `CREATE INDEX removals_by_time ON removals (removed_at)`,
  ],
  [
    // Endpoints of webhooks. What one is owed are the events after its cursor.
    `CREATE TABLE webhooks (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id text NOT NULL UNIQUE,
      url text NOT NULL,
      label text,
      types text NOT NULL,
      order_id bigint,
      secrets text NOT NULL,
      created_at bigint NOT NULL,
      cursor bigint NOT NULL,
      failing_since bigint,
      failing_count bigint,
      failing_next_at bigint,
      held_since bigint,
      parked_at bigint,
      parked_reason text,
      attempts text NOT NULL,
      CHECK ((failing_since IS NULL) = (failing_count IS NULL)),
      CHECK ((failing_since IS NULL) = (failing_next_at IS NULL)),
      CHECK ((parked_at IS NULL) = (parked_reason IS NULL))
    ) WITH (fillfactor = 50)`,
    `CREATE INDEX webhooks_by_order ON webhooks (order_id)`,
  ],
  [
    // What was found out before an endpoint was resumed is out of date.
    `ALTER TABLE webhooks ADD COLUMN resumed bigint NOT NULL DEFAULT 0`,

    // The one lease by which webhooks are delivered, or were.
    `CREATE TABLE deliverer (daemon bigint) WITH (fillfactor = 10)`,
    `INSERT INTO deliverer VALUES (NULL)`,
  ],
  // How long orders are watched, and the 404s in a row. Whatever was watched
  // before counts from now on: its dates say nothing that is sure.
  ["watches", "events"].map((table) =>
    `ALTER TABLE ${table}
      ADD COLUMN watched_for bigint,
      ADD COLUMN not_found_since bigint,
      ADD COLUMN not_found_polls bigint`
  ),
  [
    // The long pause that CallFire asked for last.
    `CREATE TABLE upstream_pause (
      only_row boolean PRIMARY KEY CHECK (only_row),
      began_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL,
      code text NOT NULL
    )`,
  ],
  [
    // Each sequence is in the last epoch that begins at it or before.
    `CREATE TABLE epochs (
      first_sequence bigint PRIMARY KEY,
      epoch text NOT NULL
    )`,
    `INSERT INTO epochs
      VALUES (1, right(replace(gen_random_uuid()::text, '-', ''), 16))`,
  ],
];

/** Tables that the first version made; together nobody else has them. */
const FIRST_TABLES = [
  "watches",
  "events",
  "last_event",
  "daemons",
  "removals",
  "version",
];

/** What is asked of a database before anything is done to it. */
const INSPECT: Statement = {
  text: `SELECT current_setting('server_version_num')::int / 10000,
    current_setting('server_version'),
    current_setting('server_encoding'),
    pg_is_in_recovery(),
    EXISTS (SELECT FROM pg_namespace WHERE nspname = '${SCHEMA}'),
    EXISTS (SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname = '${SCHEMA}'),
    to_regclass('${SCHEMA}.version') IS NOT NULL,
    (SELECT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = 'r' AND nspname <> '${SCHEMA}'
        AND relname IN (${FIRST_TABLES.map((name) => `'${name}'`).join(", ")})
      GROUP BY nspname HAVING count(*) = ${FIRST_TABLES.length} LIMIT 1)`,
};

/**
 * Brings a database to the newest version, all of it or nothing; of several
 * daemons that start together, one after the other looks.
 *
 * @param connection A connection to it, not in a transaction. When this throws,
 * it is to be closed.
 * @param shown The database's URL, without its password.
 * @param migrations What makes each version.
 * @throws {StoreError} If the database is not ours, or a newer daemon's.
 */
export async function migrate(
  connection: Connection,
  redactedUrl: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const [, , look] = await connection.run(
    { text: "BEGIN" },
    LOCK_TABLES,
    INSPECT,
  );
  const { hasSchema, hasVersion } = check(look!.rows[0]!, redactedUrl);
  const version = hasVersion ? await readVersion(connection, redactedUrl) : 0;
  if (version > migrations.length) {
    throw unusable(
      redactedUrl,
      `a newer daemon has made its tables (version ${version}, this daemon ` +
        `knows ${migrations.length}); run that one, or name another database`,
    );
  }
  const statements = migrations.slice(version).flat();
  if (!hasSchema) statements.unshift(`CREATE SCHEMA ${SCHEMA}`);
  if (!hasVersion) {
    statements.push(
      "CREATE TABLE version (version int NOT NULL)",
      "INSERT INTO version VALUES (0)",
    );
  }
  if (version < migrations.length) {
    statements.push(`UPDATE version SET version = ${migrations.length}`);
  }
  await connection.run(...statements.map((text) => ({ text })));
  await connection.run({ text: "COMMIT" });
}

async function readVersion(
  connection: Connection,
  redactedUrl: string,
): Promise<number> {
  const [answer] = await connection.run({
    text: "SELECT version FROM version",
  });
  const version = answer!.rows[0]?.[0];
  if (typeof version === "number") return version;
  throw unusable(
    redactedUrl,
    "its table of our version is empty; name another one",
  );
}

function check(
  row: readonly unknown[],
  redactedUrl: string,
): { hasSchema: boolean; hasVersion: boolean } {
  const [
    major,
    name,
    encoding,
    isStandby,
    hasSchema,
    hasTables,
    hasVersion,
    misplaced,
  ] = row as [
    number,
    string,
    string,
    boolean,
    boolean,
    boolean,
    boolean,
    string | null,
  ];
  if (major < MIN_SERVER_VERSION) {
    throw unusable(
      redactedUrl,
      `its server is PostgreSQL ${name}; name one of version ` +
        `${MIN_SERVER_VERSION} or newer`,
    );
  }
  if (encoding !== "UTF8") {
    throw unusable(
      redactedUrl,
      `its encoding is ${encoding}; name one that was made with UTF8`,
    );
  }
  if (isStandby) {
    throw unusable(redactedUrl, "it is a standby; name the primary");
  }
  if (hasTables && !hasVersion) {
    throw unusable(
      redactedUrl,
      `its schema ${SCHEMA} has the tables of another application; name ` +
        "another database",
    );
  }
  if (misplaced !== null && !hasVersion) {
    throw unusable(
      redactedUrl,
      `an earlier daemon made its tables in the schema ${misplaced}, through a ` +
        `connection pooler; move them into ${SCHEMA} as ` +
        "daemon/deploy/OPERATIONS.md says, or drop them",
    );
  }
  return { hasSchema, hasVersion };
}
