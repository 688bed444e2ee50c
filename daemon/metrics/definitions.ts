/**
 * Every metric as data: what it is called, what it says and which series it
 * has, so that documents and dashboards can be checked against it.
 *
 * @module
 */

import { ORDER_STATUSES } from "../../mod.ts";
import { UNKNOWN_STATUS } from "../polling/order_counts.ts";
import { POLL_RESULT_LABELS } from "../polling/poll_result.ts";
import { SETTLED_OUTCOMES } from "../polling/watched_order.ts";

/** One metric. */
export interface MetricDefinition {
  /** Its name, with its unit. */
  readonly name: string;
  /** What kind of metric it is. */
  readonly type: "counter" | "gauge" | "histogram";
  /** What it says, in a sentence. */
  readonly help: string;
  /**
   * Its labels, each with every value that it can have, or with none where the
   * values are known only to the daemon that runs.
   */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** The upper bounds of the buckets of a histogram, without the infinite one. */
  readonly buckets?: readonly number[];
}

/** The status of orders whose status is none that CallFire documents. */
export const OTHER_STATUS = "other";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Every metric of the daemon. */
export const METRICS = {
  polls: {
    name: "callfire_polls_total",
    type: "counter",
    help: "Polls of orders at CallFire, by result.",
    labels: { result: POLL_RESULT_LABELS },
  },
  pollDuration: {
    name: "callfire_poll_duration_seconds",
    type: "histogram",
    help: "Time from the start of a poll to the end of its answer.",
    labels: { result: POLL_RESULT_LABELS },
    // From a CallFire next door to the 10 s after which a poll is given up.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  pollLateness: {
    name: "callfire_poll_lateness_seconds",
    type: "histogram",
    help: "Time from when a poll was due to its start.",
    labels: {},
    // Milliseconds are a timer's, tenths of a second a busy process's, and
    // minutes come of more orders than the request rate allows for.
    buckets: [
      ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
      ...[1, 2.5, 5, 10, 30, MINUTE, 5 * MINUTE],
    ],
  },
  ordersWatching: {
    name: "callfire_orders_watching",
    type: "gauge",
    help: "Orders being watched, by the status last read.",
    labels: { status: [...ORDER_STATUSES, UNKNOWN_STATUS, OTHER_STATUS] },
  },
  ordersOverdue: {
    name: "callfire_orders_overdue",
    type: "gauge",
    help: "Orders watched for more than 20 seconds that have not settled.",
    labels: {},
  },
  ordersSettled: {
    name: "callfire_orders_settled_total",
    type: "counter",
    help: "Orders that settled, by outcome.",
    labels: { outcome: SETTLED_OUTCOMES },
  },
  orderSettleTime: {
    name: "callfire_order_settle_seconds",
    type: "histogram",
    help: "Time that daemons watched an order until the poll that settled it.",
    labels: { outcome: SETTLED_OUTCOMES },
    // 20 s is what CallFire allows an order, and 24 h is when a watch expires
    // unless told otherwise; orders that wait for an approval lie between.
    buckets: [
      ...[1, 2, 5, 10, 20, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE],
      ...[HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR],
    ],
  },
  orderItems: {
    name: "callfire_order_items_total",
    type: "counter",
    help:
      "Items of settled orders: those ordered, and those of them fulfilled.",
    labels: {
      kind: ["local", "toll_free", "keyword"],
      result: ["ordered", "fulfilled"],
    },
  },
  orderCost: {
    name: "callfire_order_cost_dollars_total",
    type: "counter",
    help: "Total cost of settled orders in US dollars, by outcome.",
    labels: { outcome: SETTLED_OUTCOMES },
  },
  credentialsValid: {
    name: "callfire_credentials_valid",
    type: "gauge",
    help: "1 unless CallFire refuses the credentials.",
    labels: {},
  },
  upstreamUp: {
    name: "callfire_upstream_up",
    type: "gauge",
    help:
      "1 unless polls fail one after the other, whatever the order, or CallFire " +
      "asked for a long pause.",
    labels: {},
  },
  buildInfo: {
    name: "callfire_build_info",
    type: "gauge",
    help: "Always 1; the labels say what runs.",
    labels: { version: [], deno: [] },
  },
  logLinesDropped: {
    name: "callfire_log_lines_dropped_total",
    type: "counter",
    help: "Log lines that were dropped since the output did not take them.",
    labels: {},
  },
  httpRequestDuration: {
    name: "http_request_duration_seconds",
    type: "histogram",
    help: "Time from a request to the daemon to its answer.",
    labels: { method: [], route: [], status: [] },
    // An answer from memory takes about a millisecond; one that waits for an
    // order to settle takes as long as its caller asked, up to 60 s.
    buckets: [
      ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
      ...[1, 2.5, 5, 10, 20, 30, MINUTE],
    ],
  },
  processCpu: {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "Total user and system CPU time spent in seconds.",
    labels: {},
  },
  processMemory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory size in bytes.",
    labels: {},
  },
  processStart: {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "Start time of the process since unix epoch in seconds.",
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
