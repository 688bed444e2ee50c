/**
 * Folders with a SQLite store in them.
 *
 * @module
 */

import { DatabaseFile } from "../../../daemon/store/sqlite/database_file.ts";
import { SqliteStore } from "../../../daemon/store/sqlite/sqlite_store.ts";
import type { Store } from "../../../daemon/store/store.ts";
import type { Clock } from "../../../mod.ts";
import type { StorePlace } from "./store_place.ts";

/** A folder that is removed with all that is in it. */
export class TemporaryFolder implements AsyncDisposable {
  /** Where it is. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "orders" });

  /** Removes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.path, { recursive: true });
  }
}

/** A folder for one store, which can die in it. */
export function sqlitePlace(clock: Clock): Promise<StorePlace<SqliteStore>> {
  const folder = new TemporaryFolder();
  let life = 0;
  const place = () => `${folder.path}/${life}`;
  return Promise.resolve({
    open(keptEvents) {
      const file = new DatabaseFile(`${place()}/orders.db`);
      return Promise.resolve(new SqliteStore(file, clock, keptEvents));
    },
    async crash(store) {
      // The files as they are now are what a dead process leaves behind.
      const before = place();
      life++;
      await copyFiles(before, place());
      await store.close();
    },
    remove: () => folder[Symbol.asyncDispose](),
  });
}

/** Copies the files of a folder into a new one. */
export async function copyFiles(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Closes a store at the end of a block, whatever happens in it. */
export function closing(store: Store): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => store.close().catch(() => {}) };
}
