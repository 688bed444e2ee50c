/**
 * What tests share that need a store.
 *
 * @module
 */

import {
  openSqliteStore,
  type SqliteStore,
} from "../../../daemon/store/sqlite/sqlite_store.ts";
import type { Store } from "../../../daemon/store/store.ts";
import { beginWatch } from "../../../daemon/polling/watched_order.ts";
import type { Clock } from "../../../mod.ts";

/** A store in a folder of its own, which goes with it. */
export interface TemporaryStore extends AsyncDisposable {
  /** The store. */
  readonly store: SqliteStore;
}

/** Opens a store. */
export async function openTemporaryStore(
  clock: Clock,
): Promise<TemporaryStore> {
  const folder = await Deno.makeTempDir();
  const store = openSqliteStore(`${folder}/orders.db`, clock);
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Begins to watch orders, with an event for each. */
export async function watchAll(store: Store, ids: string[]): Promise<void> {
  await store.watch(ids.map((id) => beginWatch(id, null, 0)));
}

/** Ids from one number to another. */
export function ids(first: number, last: number): string[] {
  return Array.from(
    { length: last - first + 1 },
    (_, index) => String(first + index),
  );
}
