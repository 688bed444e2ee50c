/**
 * How many requests a second for one order the daemon answers while it polls,
 * against the same route on bare Hono.
 *
 * @module
 */

import { type Benchmark, inTurn } from "./benchmark.ts";
import { startServer } from "./processes.ts";
import { pause } from "../helpers/system/pause.ts";
import { FIRST_ID, pollsOf, startWatchedDaemon } from "./watched_daemon.ts";

/** Polls a second that go on meanwhile. */
const RATE = 2000;

/** The benchmark. */
export const orderRequests: Benchmark = {
  name: "requests",
  about: `GET /v1/orders/{id} while ${RATE} polls a second go on`,
  async run({ quick }) {
    const orders = quick ? 1000 : 10_000;
    const duration = quick ? 200 : 2000;
    await using callfire = await startServer("answer_server.ts", [
      "PROCESSING",
    ]);
    await using started = await startWatchedDaemon({
      callfire: callfire.url,
      orders,
      rate: RATE,
    });
    const { daemon } = started;
    const path = `/v1/orders/${FIRST_ID}`;
    const body = await (await fetch(`${daemon.url}${path}`)).text();
    await using bare = await startServer("hono_server.ts", [body]);
    while (await pollsOf(daemon) < orders / 5) await pause(100);
    const [before, began] = [await pollsOf(daemon), performance.now()];
    const asked = await inTurn(quick ? 1 : 7, {
      bare: () => ask(`${bare.url}${path}`, duration),
      daemon: () => ask(`${daemon.url}${path}`, duration),
    });
    const polls = await pollsOf(daemon) - before;
    const seconds = (performance.now() - began) / 1000;
    const while_ = `while ${RATE} polls a second go on`;
    return [{
      what: `GET /v1/orders/{id} ${while_}`,
      unit: "a second",
      figures: asked.daemon.map(({ rate }) => rate),
      baseline: {
        what: "bare Hono",
        figures: asked.bare.map(({ rate }) => rate),
      },
      aim: { of: "ratio", atLeast: 0.5 },
    }, {
      what: `p99 of GET /v1/orders/{id} ${while_}`,
      unit: "ms",
      figures: asked.daemon.map(({ p99 }) => p99),
      baseline: {
        what: "bare Hono",
        figures: asked.bare.map(({ p99 }) => p99),
      },
      aim: { of: "figure", atMost: 20 },
    }, {
      what: "polls that went on meanwhile",
      unit: "a second",
      figures: [polls / seconds],
    }];
  },
};

async function ask(url: string, duration: number) {
  const times: number[] = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (performance.now() - began < duration) {
      const before = performance.now();
      await (await fetch(url)).text();
      times.push(performance.now() - before);
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  times.sort((one, other) => one - other);
  return {
    rate: times.length / seconds,
    p99: times[Math.floor(times.length * 0.99)] ?? NaN,
  };
}
