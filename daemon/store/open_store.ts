/**
 * Opens the store that the settings name.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { LeaseStore } from "../cluster/lease_store.ts";
import type { PauseStore } from "../polling/long_pause.ts";
import { type Store, StoreError } from "./store.ts";
import { isPostgresUrl, redactDatabaseUrl } from "./postgres/address.ts";
import type { WebhookStore } from "../webhooks/webhook_store.ts";
import { openSqliteStore } from "./sqlite/sqlite_store.ts";

/** A store that is open. */
export interface OpenStore {
  /** Keeps watches and their events. */
  readonly store: Store;
  /** How it is shared with other daemons; absent if one alone can use it. */
  readonly leases?: LeaseStore;
  /** Keeps endpoints of webhooks. */
  readonly webhooks: WebhookStore;
  /** Keeps the long pause that CallFire asked for. */
  readonly pauses: PauseStore;
  /**
   * Copies it while it is used; answers where to.
   *
   * @throws {StoreError} If it cannot be copied.
   */
  backUp(): Promise<string>;
}

/**
 * Opens it.
 *
 * @param database The path of a SQLite file, or the URL of a PostgreSQL
 * database.
 * @param clock Where the time comes from.
 * @param warn Called with what a person may want to know.
 * @throws {StoreError} If it cannot be used; the message says why.
 */
export async function openStore(
  database: string,
  clock: Clock,
  warn: (message: string) => void,
): Promise<OpenStore> {
  if (!isPostgresUrl(database)) {
    const store = openSqliteStore(database, clock, warn);
    const { pauses, webhooks } = store;
    return { store, webhooks, pauses, backUp: () => store.backup() };
  }
  // Its driver is loaded by those alone who need it.
  const { openPostgresStore } = await import("./postgres/postgres_store.ts");
  const store = await openPostgresStore(database, clock);
  return {
    store,
    leases: store,
    webhooks: store.webhooks,
    pauses: store.pauses,
    backUp: () =>
      Promise.reject(
        new StoreError(
          `Cannot copy the database ${redactDatabaseUrl(database)}: a daemon ` +
            "copies SQLite files alone; use pg_dump",
        ),
      ),
  };
}
