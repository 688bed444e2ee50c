/**
 * The long pause that CallFire asked for, in a SQLite file.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CallFireErrorCode } from "../../../mod.ts";
import type { Pause, PauseStore } from "../../polling/long_pause.ts";
import { prepareQuery, type Query } from "./query.ts";

/** What it is made of. */
export interface SqlitePausesOptions {
  /** The database. */
  connection: DatabaseSync;
  /** Reads at once; rejects with a `StoreError` if that fails. */
  read: <T>(read: () => T) => Promise<T>;
  /** Writes with the next commit; is fulfilled once that is durable. */
  write: <T>(write: () => T) => Promise<T>;
}

/** Keeps the pause in a SQLite file. */
export class SqlitePauses implements PauseStore {
  readonly #options: SqlitePausesOptions;
  readonly #find: Query;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /**
   * Prepares its statements.
   *
   * @param options What it is made of.
   */
  constructor(options: SqlitePausesOptions) {
    const { connection } = options;
    this.#options = options;
    this.#find = prepareQuery(
      connection,
      `SELECT min(ends_at - ?1, ends_at - began_at), code
        FROM upstream_pause WHERE ends_at > ?1`,
    );
    // One that began after now was saved by a clock that was wrong.
    this.#put = connection.prepare(
      `INSERT INTO upstream_pause (only_row, began_at, ends_at, code)
        VALUES (1, ?, ?, ?)
        ON CONFLICT (only_row) DO UPDATE SET began_at = excluded.began_at,
          ends_at = excluded.ends_at, code = excluded.code
        WHERE excluded.ends_at > upstream_pause.ends_at
          OR upstream_pause.began_at > excluded.began_at`,
    );
    this.#remove = connection.prepare("DELETE FROM upstream_pause");
  }

  /** The pause that is not over yet. */
  loadPause(now: number): Promise<Pause | undefined> {
    return this.#options.read(() => {
      const [row] = this.#find(Math.round(now));
      if (!row) return undefined;
      return { left: Number(row[0]), code: row[1] as CallFireErrorCode };
    });
  }

  /** Saves a pause, unless the one that is kept ends later. */
  savePause(pause: Pause | undefined, now: number): Promise<void> {
    return this.#options.write(() => {
      if (!pause) this.#remove.run();
      else {
        const [from, until] = [now, now + pause.left].map(Math.round);
        this.#put.run(from!, until!, pause.code);
      }
    });
  }
}
