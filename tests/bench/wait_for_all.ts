/**
 * Waits for many orders at once, and prints as JSON when each was known to have
 * finished, in milliseconds since 1970, and the CPU that all of them took, in
 * milliseconds. Arguments: the way to wait, where CallFire is, how many orders.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { WAITS } from "./waits.ts";
import { FIRST_ID } from "./watched_daemon.ts";

const [way, url, orders] = Deno.args as [string, string, string];
const wait = WAITS[way]!(url);
const before = cpuUsage();
const known = await Promise.all(
  Array.from({ length: Number(orders) }, async (_, place) => {
    await wait(String(FIRST_ID + place));
    return performance.timeOrigin + performance.now();
  }),
);
const { user, system } = cpuUsage(before);
console.log(JSON.stringify({ cpu: (user + system) / 1000, known }));
Deno.exit(0);
