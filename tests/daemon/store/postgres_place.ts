/**
 * Databases with a PostgreSQL store in them.
 *
 * @module
 */

import {
  openPostgresStore,
  type PostgresStore,
} from "../../../daemon/store/postgres.ts";
import type { Store } from "../../../daemon/watch/store.ts";
import type { Clock } from "../../../mod.ts";
import type { PostgresServer } from "./postgres_server.ts";
import type { StorePlace } from "./store_place.ts";
import { TcpProxy } from "./tcp_proxy.ts";

/** A daemon that alone asks about all orders, as often as it likes. */
export const ALONE = { maxRequestsPerSecond: Infinity, slots: 0, held: 0 };

/** Opens a store as the only daemon does: it holds whatever is watched. */
export async function openAlone(
  url: string,
  clock: Clock,
): Promise<PostgresStore> {
  const store = await openPostgresStore(url, clock);
  await store.join();
  await store.renew(ALONE);
  await store.claim(1_000_000, () => {});
  return store;
}

/** A database for one store, which can die in it. */
export async function postgresPlace(
  server: PostgresServer,
  clock: Clock,
): Promise<StorePlace> {
  const database = (await server.makeDatabase()).split("/").at(-1)!;
  let proxy = new TcpProxy(server.port);
  const end = async (store?: Store) => {
    await store?.close().catch(() => {});
    await proxy[Symbol.asyncDispose]();
    proxy = new TcpProxy(server.port);
  };
  return {
    async open() {
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
      return await openAlone(server.urlOf(database, proxy.port), clock);
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
