/**
 * Loads the daemon's core, and prints the memory that is in use once all
 * garbage is gone, in bytes. Arguments: where CallFire is, and the folder of
 * the database.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "@callfire-orders/client";
import { buildCore } from "../../daemon/core.ts";
import { Log } from "../../daemon/log/log.ts";
import { openSqliteStore } from "../../daemon/store/sqlite/sqlite_store.ts";
import { loginOf } from "./watched_daemon.ts";

const [callfire, folder] = Deno.args as [string, string];
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const store = openSqliteStore(`${folder}/orders.db`, systemClock);
const log = new Log({
  format: "text",
  write: () => {},
  date: () => new Date(),
});
const { tracker } = buildCore({
  config: {
    ...loginOf(callfire),
    expireAfter: 86_400_000,
    maxRequestsPerSecond: 1,
  },
  clock: systemClock,
  store,
  log,
});
await tracker.start();
collect();
const { heapUsed, external } = Deno.memoryUsage();
console.log(heapUsed + external);
await tracker.stop(0);
await store.close();
