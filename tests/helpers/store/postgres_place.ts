/**
 * Databases with a PostgreSQL store in them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  openPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from "../../../daemon/store/postgres/postgres_store.ts";
import type { Standing } from "../../../daemon/cluster/lease_store.ts";
import type { Store, StoredEvent } from "../../../daemon/store/store.ts";
import type { WatchedOrder } from "../../../daemon/polling/watched_order.ts";
import { type Clock, systemClock } from "../../../mod.ts";
import type { PostgresServer } from "./postgres_server.ts";
import type { StorePlace } from "./store_place.ts";
import { TcpProxy } from "./tcp_proxy.ts";

/** A daemon that alone asks about all orders, as often as it likes. */
export const ALONE = {
  maxRequestsPerSecond: Infinity,
  slots: 0,
  held: 0,
  canDeliver: true,
};

/** Opens a store as the only daemon does: it holds whatever is watched. */
export async function openAlone(
  url: string,
  clock: Clock,
  options?: PostgresStoreOptions,
): Promise<PostgresStore> {
  const store = await openPostgresStore(url, clock, options);
  try {
    await store.join();
    await store.renew(ALONE);
    await store.claim(1_000_000, () => {});
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
  return store;
}

/** A store as one of several daemons has it, and what it has told. */
export class SharedStore implements AsyncDisposable {
  /** The store. */
  readonly store: PostgresStore;
  /** Every event that was told, in the order in which it was. */
  readonly told: StoredEvent[] = [];
  /** Those that were told to be this daemon's own. */
  readonly own: StoredEvent[] = [];
  /** Those of them that it was told to hold still. */
  readonly held: StoredEvent[] = [];
  /** Whether it can deliver webhooks. */
  canDeliver = true;
  /** What was claimed. */
  readonly claimed: WatchedOrder[] = [];

  private constructor(store: PostgresStore) {
    this.store = store;
    store.subscribe({
      onEvents: (events, own, held) => {
        this.told.push(...events);
        this.own.push(...own);
        this.held.push(...held);
      },
    });
  }

  /** Opens one that has joined, and shares no limit unless told. */
  static async open(
    url: string,
    { maxRequestsPerSecond = Infinity, timeoutMs = 10_000 } = {},
  ): Promise<SharedStore> {
    // A machine that is busy is no reason for a lease to run out.
    const options = { timeoutMs, leaseDurationMs: 600_000 };
    const store = await openPostgresStore(url, systemClock, options);
    const shared = new SharedStore(store);
    try {
      await store.join();
      await shared.renew(maxRequestsPerSecond);
    } catch (error) {
      await store.close().catch(() => {});
      throw error;
    }
    return shared;
  }

  /** Renews its lease. */
  renew(
    maxRequestsPerSecond = Infinity,
    slots = 0,
  ): Promise<Standing | undefined> {
    return this.store.renew({
      ...ALONE,
      canDeliver: this.canDeliver,
      maxRequestsPerSecond,
      slots,
    });
  }

  /** Claims orders; answers with their ids. */
  async claim(limit = 1_000_000): Promise<string[]> {
    const ids: string[] = [];
    const count = await this.store.claim(limit, (watches) => {
      this.claimed.push(...watches);
      ids.push(...watches.map(({ id }) => id));
    });
    assertEquals(count, ids.length);
    return ids;
  }

  /** The sequences and types of what was told. */
  get journal(): string[] {
    return this.told.map(({ sequence, type }) => `${sequence} ${type}`);
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.store.close().catch(() => {});
  }
}

/**
 * Lets the time of leases be over.
 *
 * @param server Where the database is.
 * @param url The database.
 * @param which Which ones, as a condition in SQL.
 */
export async function runOut(
  server: PostgresServer,
  url: string,
  which: string,
): Promise<void> {
  await server.psql(
    url.split("/").at(-1)!,
    "UPDATE callfire_orders.daemons SET lease_until = clock_timestamp() " +
      `WHERE ${which}`,
  );
}

/** A database for one store, which can die in it. */
export async function postgresPlace(
  server: PostgresServer,
  clock: Clock,
): Promise<StorePlace<PostgresStore>> {
  const database = (await server.makeDatabase()).split("/").at(-1)!;
  let proxy = new TcpProxy(server.port);
  const end = async (store?: Store) => {
    await store?.close().catch(() => {});
    await proxy[Symbol.asyncDispose]();
    proxy = new TcpProxy(server.port);
  };
  return {
    async open(keptEvents) {
      // As if it were opened a while later, when leases have run out.
      await server.psql(
        database,
        `DO $$ BEGIN
          IF to_regclass('callfire_orders.daemons') IS NOT NULL THEN
            UPDATE callfire_orders.daemons SET lease_until = now();
            DELETE FROM callfire_orders.removals;
          END IF;
        END $$`,
      );
      return await openAlone(
        server.urlOf(database, proxy.port),
        clock,
        keptEvents === undefined ? {} : { keptEvents },
      );
    },
    async crash(store) {
      proxy.refuse();
      await end(store);
    },
    remove: async () => {
      await end();
      await proxy[Symbol.asyncDispose]();
      await server.psql("postgres", `DROP DATABASE ${database}`);
    },
  };
}
