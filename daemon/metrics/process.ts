/**
 * What this process takes. Only what Deno tells without a permission: anything
 * else, such as the open files, would be told as 0.
 *
 * @module
 */

import process from "node:process";
import { METRICS } from "./definitions.ts";
import type { MetricRegistry } from "./registry.ts";

/**
 * Adds the metrics of this process.
 *
 * @param registry Where they are rendered.
 */
export function addProcessMetrics(registry: MetricRegistry): void {
  registry.counter(METRICS.processCpu, (counter) => {
    const { user, system } = process.cpuUsage();
    counter.reset();
    counter.inc({}, (user + system) / 1e6);
  });
  registry.gauge(METRICS.processMemory, (gauge) => {
    gauge.set({}, Deno.memoryUsage().rss);
  });
  registry.gauge(METRICS.processStart, (gauge) => {
    gauge.set({}, performance.timeOrigin / 1000);
  });
}
