/**
 * A program that uses a PostgreSQL store, to be run with no more permissions
 * than a daemon has for one: `use_postgres_store.ts URL`.
 *
 * @module
 */

import { openPostgresStore } from "../../../daemon/store/postgres/postgres_store.ts";
import { systemClock } from "../../../mod.ts";
import { begun } from "./transitions.ts";

if (import.meta.main) {
  const store = await openPostgresStore(Deno.args[0] ?? "", systemClock);
  await store.join();
  await store.watch([begun("1")]);
  console.log((await store.counts()).watching);
  await store.close();
}
