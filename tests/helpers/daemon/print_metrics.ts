/**
 * Prints the metrics of this process, which did some work, and then waits for
 * the end of its standard input.
 *
 * @module
 */

import { makeMetrics } from "./metrics_testing.ts";

const { metrics } = makeMetrics();
let text = "";
for (let times = 0; times < 500; times++) text = await metrics.render();
console.log(text);
await Deno.stdin.readable.pipeTo(new WritableStream());
