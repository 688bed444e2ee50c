/**
 * What it takes to wait for 1,000 orders to their end: with the client, and
 * with the waiters that people use for other services.
 *
 * @module
 */

import { type Benchmark, inTurn, type Measurement } from "./benchmark.ts";
import { runScript, startServer } from "./processes.ts";
import { finishedAfter } from "./waits.ts";

/** What one run of one way came to. */
interface Waited {
  cpu: number;
  delay: number;
  questions: number;
}

/** The benchmark. */
export const waiters: Benchmark = {
  name: "waiters",
  about: "1,000 orders waited for, against @smithy/util-waiter and core-lro",
  async run({ quick }) {
    const orders = quick ? 20 : 1000;
    const waited = await inTurn(quick ? 1 : 3, {
      client: () => waitFor("client", orders),
      smithy: () => waitFor("smithy", orders),
      azure: () => waitFor("azure", orders),
    });
    return ([
      ["smithy", "@smithy/util-waiter"],
      ["azure", "@azure/core-lro"],
    ] as const).flatMap(([way, what]) =>
      ([
        ["cpu", "CPU", "ms"],
        ["questions", "requests", "requests"],
        ["delay", "mean delay from finished to known", "ms"],
      ] as const).map(([measure, name, unit]): Measurement => ({
        what: `${name}, ${orders} orders waited for`,
        unit,
        figures: waited.client.map((one) => one[measure]),
        baseline: { what, figures: waited[way].map((one) => one[measure]) },
        aim: { of: "ratio", atMost: 1 },
      }))
    );
  },
};

async function waitFor(way: string, orders: number): Promise<Waited> {
  await using server = await startServer("finishing_server.ts");
  const { cpu, known } = await runScript<{ cpu: number; known: number[] }>(
    "wait_for_all.ts",
    [way, server.url, orders],
  );
  const { first, questions }: { first: number; questions: number } =
    await (await fetch(`${server.url}/seen`)).json();
  const delays = known.map((at, place) => at - first - finishedAfter(place));
  const delay = delays.reduce((sum, one) => sum + one, 0) / orders;
  return { cpu, questions, delay };
}
