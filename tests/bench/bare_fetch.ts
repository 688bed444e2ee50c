/**
 * Asks by a bare `fetch` and `text()`, and prints what that cost as JSON:
 * `calls`, and `cpu` and `wall` in milliseconds. Arguments: what the URLs begin
 * with, how many orders, how many questions are out at once at most, how many
 * milliseconds before anything is measured and how many from then on, how many
 * questions a second; without the last one, as fast as it goes.
 *
 * @module
 */

import { cpuUsage } from "node:process";

const [url, ...numbers] = Deno.args;
const [orders, inFlight, warmUp, duration, rate = Infinity] = numbers
  .map(Number) as [number, number, number, number, number?];
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
      const call = calls++;
      await until(began + call * 1000 / rate);
      const id = 1_642_000_000 + call % orders;
      const response = await fetch(`${url}/number/order/${id}`, { headers });
      await response.text();
    }
  }));
  const wall = performance.now() - began;
  const { user, system } = cpuUsage(cpuBefore);
  return { calls, cpu: (user + system) / 1000, wall };
}

async function until(due: number) {
  const left = due - performance.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}

// The first questions are for the compiler.
await ask(warmUp);
console.log(JSON.stringify(await ask(duration)));
