/**
 * Shows the daemon at work, without an account: a sandbox CallFire where
 * orders of every fate are placed all the time, and the real daemon that
 * watches them.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { startDemoDaemon } from "./demo_daemon.ts";
import { followEvents } from "./demo_events.ts";
import { DemoLife, type DemoOrder } from "./demo_life.ts";
import { startSandbox } from "./sandbox.ts";

const HELP = `Shows the daemon at work on a sandbox CallFire.

  --for SECONDS       ends by itself after this time
  --listen HOST:PORT  where the daemon listens; by default 127.0.0.1:9837, or
                      any free port if that is in use
  --help              shows this
`;

/** A new order is placed this often, in milliseconds. */
const PLACE_INTERVAL = 2_000;

/** So many of the newest orders are kept in the daemon's list. */
const KEPT_ORDERS = 150;

/** Waits for a while, or until the demo is to end. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}

/** The usual port if it is free, any other one if not. */
function freeAddress(): string {
  for (const port of [9837, 0]) {
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return `127.0.0.1:${listener.addr.port}`;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("Cannot listen on 127.0.0.1: no port is free");
}

async function watch(url: string, { id, label }: DemoOrder): Promise<void> {
  const response = await fetch(`${url}/v1/orders/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ label }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`Cannot watch order '${id}': ${answer}`);
}

async function forget(url: string, id: string): Promise<void> {
  const response = await fetch(`${url}/v1/orders/${id}`, { method: "DELETE" });
  await response.body?.cancel();
}

/** Places orders and lets the daemon watch them, until the demo is to end. */
async function live(
  url: string,
  life: DemoLife,
  signal: AbortSignal,
): Promise<void> {
  const kept: string[] = [];
  for (let placed = 0; !signal.aborted; placed++) {
    const order = life.place();
    await watch(url, order);
    kept.push(order.id);
    if (kept.length > KEPT_ORDERS) await forget(url, kept.shift()!);
    // One of every fate at once, so that there is something to see.
    if (placed >= DemoLife.FATES) await pause(PLACE_INTERVAL, signal);
  }
}

function readFlags() {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      for: { type: "string" },
      listen: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const seconds = values.for === undefined ? Infinity : Number(values.for);
  if (!(seconds > 0)) {
    throw new TypeError(
      `--for: '${values.for}' is not a number of seconds, such as 60`,
    );
  }
  return { ...values, seconds };
}

async function main(): Promise<void> {
  const { help, listen = freeAddress(), seconds } = readFlags();
  if (help) return console.log(HELP);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-demo-" });
  await using sandbox = await startSandbox();
  try {
    const daemon = await startDemoDaemon(sandbox, folder, listen);
    console.log(`The daemon watches the orders of a sandbox CallFire.

  Status page  ${daemon.url}/
  API          ${daemon.url}/v1/orders
  Metrics      ${daemon.url}/metrics
  CallFire     ${sandbox.baseUrl}

${Number.isFinite(seconds) ? `It ends after ${seconds} s` : "Ctrl-C ends it"}. \
Every change, as /v1/events tells it:
`);
    const { signal } = stopping;
    const following = new AbortController();
    const tasks = [
      followEvents(daemon.url, following.signal),
      live(daemon.url, new DemoLife(sandbox), signal),
    ];
    const hasEnded = daemon.ended.then((code) => {
      if (!signal.aborted) throw new Error(`The daemon ended: code ${code}`);
    });
    await Promise.race([
      pause(seconds === Infinity ? 2 ** 31 - 1 : seconds * 1000, signal),
      hasEnded,
      ...tasks,
    ]);
    stop();
    await tasks[1];
    const response = await fetch(`${daemon.url}/v1/summary`);
    const summary = await response.json();
    following.abort();
    daemon.stop();
    const code = await daemon.ended;
    await tasks[0];
    console.log(`
Orders by state and outcome:  ${JSON.stringify(summary.orders)}
Questions that CallFire got:  ${sandbox.requests.count}
Least time between two about
one order, as CallFire saw:   ${Math.round(sandbox.requests.smallestGap())} ms
The daemon stopped with code  ${code}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = error instanceof TypeError ? 2 : 1;
}
