/**
 * The write-ahead log beside a SQLite file. What was committed last is only in
 * it, so a database whose log is missing is not to be used as if it were whole.
 *
 * While there is a log, the header of the database says so, by another
 * application id: it is written once the log exists, and taken back in the log
 * itself, so no moment at which the process may be killed makes it wrong.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { APPLICATION_ID } from "./migrations.ts";
import { run } from "./query.ts";

/** Says in the header of a SQLite file that it has a log: "CFOL". */
export const APPLICATION_ID_WITH_LOG = 0x43464f4c;

/**
 * The path of a database's log.
 *
 * @param path The path of the database.
 */
export function logPathOf(path: string): string {
  return `${path}-wal`;
}

/**
 * Begins a log.
 *
 * @param connection The database, in a rollback mode and not in a transaction.
 */
export function beginLog(connection: DatabaseSync): void {
  run(connection, "PRAGMA journal_mode = WAL");
  run(connection, `PRAGMA application_id = ${APPLICATION_ID_WITH_LOG}`);
  // From the log into the database itself.
  run(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/**
 * Moves what is in the log into the database and removes it, even if another
 * program has removed it before: the connection has it open.
 *
 * @param connection The database, not in a transaction.
 */
export function endLog(connection: DatabaseSync): void {
  // Makes room on a disk that is full.
  run(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
  run(connection, `PRAGMA application_id = ${APPLICATION_ID}`);
  run(connection, "PRAGMA journal_mode = DELETE");
}
