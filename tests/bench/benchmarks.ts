/**
 * Every benchmark, in the order in which they run.
 *
 * @module
 */

import type { Benchmark } from "./benchmark.ts";
import { costGrowth } from "./cost_growth.ts";
import { daemonPolls } from "./daemon_polls.ts";
import { daemonStart } from "./daemon_start.ts";
import { getNumberOrder } from "./get_number_order.ts";
import { importModule } from "./import_module.ts";
import { scrape } from "./scrape.ts";
import { watchMany } from "./watch_many.ts";
import { watchedMemory } from "./watched_memory.ts";

/** All there are. */
export const BENCHMARKS: readonly Benchmark[] = [
  getNumberOrder,
  daemonPolls,
  costGrowth,
  watchedMemory,
  daemonStart,
  watchMany,
  scrape,
  importModule,
];
