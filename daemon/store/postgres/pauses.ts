/**
 * The long pause that CallFire asked for, in a PostgreSQL database. It goes by
 * the clock of the database, which all daemons share.
 *
 * @module
 */

import type { CallFireErrorCode } from "../../../mod.ts";
import type { Pause, PauseStore } from "../../polling/long_pause.ts";
import type { Statement } from "./connection.ts";

/** What it is made of. Promises are rejected with a `StoreError` if that fails. */
export interface PostgresPausesOptions {
  /** Reads. */
  read: (statement: Statement) => Promise<unknown[][]>;
  /** Does it in a transaction; maybe twice, if the connection was lost. */
  write: (statement: Statement) => Promise<unknown[][]>;
}

const SELECT_PAUSE: Statement = {
  text: `SELECT 1000 * extract(epoch FROM
        least(ends_at - clock_timestamp(), ends_at - began_at))::float8, code
      FROM upstream_pause WHERE ends_at > clock_timestamp()`,
};

/** Another daemon may have saved a later one meanwhile. */
const DELETE_PAUSE: Statement = {
  text: `DELETE FROM upstream_pause
      WHERE ends_at <= clock_timestamp() + interval '1 second'
        OR began_at > clock_timestamp()`,
};

/** Keeps the pause in a PostgreSQL database. */
export class PostgresPauses implements PauseStore {
  readonly #options: PostgresPausesOptions;

  /**
   * Makes it.
   *
   * @param options What it is made of.
   */
  constructor(options: PostgresPausesOptions) {
    this.#options = options;
  }

  /** The pause that is not over yet. */
  async loadPause(): Promise<Pause | undefined> {
    const [row] = await this.#options.read(SELECT_PAUSE);
    if (!row) return undefined;
    return { left: Number(row[0]), code: row[1] as CallFireErrorCode };
  }

  /** Saves a pause, unless the one that is kept ends later. */
  async savePause(pause: Pause | undefined): Promise<void> {
    await this.#options.write(pause ? upsertPause(pause) : DELETE_PAUSE);
  }
}

function upsertPause({ code, left }: Pause): Statement {
  return {
    text: `INSERT INTO upstream_pause (only_row, began_at, ends_at, code)
      VALUES (true, clock_timestamp(),
        clock_timestamp() + $1::float8 * interval '1 millisecond', $2::text)
      ON CONFLICT (only_row) DO UPDATE SET began_at = excluded.began_at,
        ends_at = excluded.ends_at, code = excluded.code
      WHERE excluded.ends_at > upstream_pause.ends_at
        OR upstream_pause.began_at > excluded.began_at`,
    values: [left, code],
  };
}
