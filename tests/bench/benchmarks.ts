/**
 * Every benchmark, in the order in which they run.
 *
 * @module
 */

import type { Benchmark } from "./benchmark.ts";
import { blackbox } from "./blackbox.ts";
import { costGrowth } from "./cost_growth.ts";
import { daemonPolls } from "./daemon_polls.ts";
import { daemonStart } from "./daemon_start.ts";
import { eventReaders } from "./event_readers.ts";
import { getNumberOrder } from "./get_number_order.ts";
import { importModule } from "./import_module.ts";
import { lateness } from "./lateness.ts";
import { orderRequests } from "./order_requests.ts";
import { scrape } from "./scrape.ts";
import { settleDelay } from "./settle_delay.ts";
import { severalDaemons } from "./several_daemons.ts";
import { waiters } from "./waiters.ts";
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
  eventReaders,
  settleDelay,
  orderRequests,
  lateness,
  waiters,
  blackbox,
  severalDaemons,
];
