/**
 * The least that it takes to keep orders in SQLite: one row an order, no index,
 * no event, one transaction.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { FIRST_ID } from "./watched_daemon.ts";

/** Makes a table, and adds a row for each order, durably. */
export function insertRows(database: DatabaseSync, orders: number): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE orders (id INTEGER PRIMARY KEY, state TEXT, watched_at INTEGER);
  `);
  const insert = database.prepare("INSERT INTO orders VALUES (?, ?, ?)");
  database.exec("BEGIN");
  for (let at = 0; at < orders; at++) {
    insert.run(BigInt(FIRST_ID + at), "watching", Date.now());
  }
  database.exec("COMMIT");
}
