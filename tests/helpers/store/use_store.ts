/**
 * A program that uses a SQLite store, to be killed:
 * `use_store.ts PATH hold` opens it and waits, `use_store.ts PATH write` takes
 * one order after the other through its life. It prints a line as soon as
 * something is done: `open`, or what and to which order; or why it cannot.
 *
 * @module
 */

import { openSqliteStore } from "../../../daemon/store/sqlite/sqlite_store.ts";
import { type Store, StoreError } from "../../../daemon/store/store.ts";
import { systemClock } from "../../../mod.ts";
import { begun, changed, polled, settled } from "./transitions.ts";

async function live(store: Store, id: string): Promise<void> {
  const { watch } = begun(id);
  await store.watch([begun(id)]);
  console.log(`watched ${id}`);
  const change = changed(watch);
  await store.update(change);
  console.log(`changed ${id}`);
  store.touch(polled(change.watch));
  await store.update(settled(polled(change.watch)));
  console.log(`settled ${id}`);
  if (Number(id) % 3 > 0) return;
  await store.remove(id, watch.watchedAt);
  console.log(`removed ${id}`);
}

async function main([path = "", doing]: string[]): Promise<void> {
  const store = openSqliteStore(path, systemClock);
  console.log("open");
  if (doing === "hold") await systemClock.sleep(60_000);
  const first = await store.lastSequence() + 1;
  for (let at = first; at < first + 100_000; at += 8) {
    await Promise.all(
      Array.from({ length: 8 }, (_, more) => live(store, String(at + more))),
    );
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    console.log(error.message);
    Deno.exit(1);
  }
}
