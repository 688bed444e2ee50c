/**
 * The tables of the SQLite store, version by version.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { run } from "./query.ts";

/** Says in the header of a SQLite file whose it is: "CFOR". */
export const APPLICATION_ID = 0x43464f52;

/** What the first version keeps of a watch, and with each of its events. */
const FIRST_WATCH_COLUMNS = `
  label TEXT,
  outcome TEXT,
  number_order TEXT,
  watched_at INTEGER NOT NULL,
  first_polled_at INTEGER,
  last_polled_at INTEGER,
  next_poll_at INTEGER,
  settled_at INTEGER,
  polls INTEGER NOT NULL,
  consecutive_errors INTEGER NOT NULL,
  error_code TEXT,
  error_message TEXT,
  error_at INTEGER,
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
    // A watch without an outcome is one that is watched.
    `CREATE TABLE watches (id INTEGER PRIMARY KEY, ${FIRST_WATCH_COLUMNS}) STRICT`,

    // Each ends with the id by itself, so that equal times are in its order.
    `CREATE INDEX watches_by_outcome ON watches (outcome, watched_at)`,
    `CREATE INDEX watches_settled ON watches (watched_at)
      WHERE outcome IS NOT NULL`,
    `CREATE INDEX watches_by_label ON watches (label, watched_at)
      WHERE label IS NOT NULL`,

    `CREATE TABLE events (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      type TEXT NOT NULL,
      at INTEGER NOT NULL,
      id INTEGER NOT NULL,
      ${FIRST_WATCH_COLUMNS}
    ) STRICT`,
    `CREATE INDEX events_by_id ON events (id)`,
    `CREATE INDEX events_removed ON events (sequence)
      WHERE type = 'order.removed'`,
  ],
  [
    // Endpoints. What one is owed are the events after its cursor.
    `CREATE TABLE webhooks (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      url TEXT NOT NULL,
      label TEXT,
      types TEXT NOT NULL,
      order_id INTEGER,
      secrets TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      cursor INTEGER NOT NULL,
      failing_since INTEGER,
      failing_count INTEGER,
      failing_next_at INTEGER,
      held_since INTEGER,
      parked_at INTEGER,
      parked_reason TEXT,
      attempts TEXT NOT NULL,
      CHECK ((failing_since IS NULL) = (failing_count IS NULL)),
      CHECK ((failing_since IS NULL) = (failing_next_at IS NULL)),
      CHECK ((parked_at IS NULL) = (parked_reason IS NULL))
    ) STRICT`,
    `CREATE INDEX webhooks_by_order ON webhooks (order_id)`,
  ],
  [
    // What was found out before an endpoint was resumed is out of date.
    `ALTER TABLE webhooks ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0`,
  ],
  // How long orders are watched, and the 404s in a row. Whatever was watched
  // before counts from now on: its dates say nothing that is sure.
  ["watches", "events"].flatMap((table) => [
    `ALTER TABLE ${table} ADD COLUMN watched_for INTEGER`,
    `ALTER TABLE ${table} ADD COLUMN not_found_since INTEGER`,
    `ALTER TABLE ${table} ADD COLUMN not_found_polls INTEGER`,
  ]),
  [
    // The long pause that CallFire asked for last.
    `CREATE TABLE upstream_pause (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      began_at INTEGER NOT NULL,
      ends_at INTEGER NOT NULL,
      code TEXT NOT NULL
    ) STRICT`,
  ],
  [
    // Each sequence is in the last epoch that begins at it or before.
    `CREATE TABLE epochs (
      first_sequence INTEGER PRIMARY KEY,
      epoch TEXT NOT NULL
    ) STRICT`,
    `INSERT INTO epochs VALUES (1, lower(hex(randomblob(8))))`,
  ],
];

/**
 * Brings a database to the newest version, one version after the other, each
 * wholly or not at all. If it throws, the connection has to be closed, which
 * takes back what was begun.
 *
 * @param connection The database, not in a transaction.
 * @param from The version that it has; 0 for an empty one.
 * @param migrations What makes each version.
 */
export function migrate(
  connection: DatabaseSync,
  from: number,
  migrations: readonly Migration[],
): void {
  for (const [at, statements] of migrations.entries()) {
    if (at < from) continue;
    run(connection, "BEGIN IMMEDIATE");
    // Stands in the header from the first commit on, whose it is.
    run(connection, `PRAGMA application_id = ${APPLICATION_ID}`);
    for (const statement of statements) run(connection, statement);
    run(connection, `PRAGMA user_version = ${at + 1}`);
    run(connection, "COMMIT");
  }
}
