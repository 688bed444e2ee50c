/**
 * Asks by a bare `fetch` and `text()`, as fast as it goes, and prints what that
 * cost as JSON: `calls`, and `cpu` and `wall` in milliseconds. Arguments: what
 * the URLs begin with, how many orders, how many questions are out at once, how
 * long in milliseconds.
 *
 * @module
 */

import { cpuUsage } from "node:process";

const [url, ...numbers] = Deno.args;
const [orders, inFlight, duration] = numbers.map(Number) as [
  number,
  number,
  number,
];
const headers = {
  "Accept": "application/xml",
  "Authorization": `Basic ${btoa("bench:bench")}`,
  "Content-Type": "application/xml",
};

async function ask(milliseconds: number) {
  const cpuBefore = cpuUsage();
  const began = performance.now();
  let calls = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() - began < milliseconds) {
      const id = 1_642_000_000 + calls++ % orders;
      const response = await fetch(`${url}/number/order/${id}`, { headers });
      await response.text();
    }
  }));
  const wall = performance.now() - began;
  const { user, system } = cpuUsage(cpuBefore);
  return { calls, cpu: (user + system) / 1000, wall };
}

// The first questions are for the compiler.
await ask(duration / 4);
console.log(JSON.stringify(await ask(duration)));
