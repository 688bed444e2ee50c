/**
 * The metrics for Prometheus. They are counted as things happen and never from
 * the store, so that a scrape costs the same for any number of orders.
 *
 * @module
 */

import { type Clock, type NumberOrder, ORDER_STATUSES } from "../mod.ts";
import { METRICS, OTHER_STATUS } from "./metrics/definitions.ts";
import {
  type AnsweredRequest,
  HttpRequests,
  type ServedRoute,
} from "./metrics/http_requests.ts";
import { addLeaseMetrics } from "./metrics/lease.ts";
import { addProcessMetrics } from "./metrics/process.ts";
import { MetricRegistry } from "./metrics/registry.ts";
import { type DelivererStanding, WebhookMetrics } from "./metrics/webhooks.ts";
import { type OrderCounts, UNKNOWN_STATUS } from "./polling/order_counts.ts";
import type { Membership } from "./cluster/membership.ts";
import type { Poll } from "./polling/poller.ts";
import type { StoredEvent } from "./store/store.ts";
import type { LongPause } from "./polling/long_pause.ts";
import type { Upstream } from "./polling/upstream.ts";
import type { TimedAttempt } from "./webhooks/sender.ts";

export { type MetricDefinition, METRICS } from "./metrics/definitions.ts";
export { LEASE_METRICS } from "./metrics/lease.ts";
export { WEBHOOK_METRICS } from "./metrics/webhooks.ts";
export type { AnsweredRequest, ServedRoute } from "./metrics/http_requests.ts";

/** What the metrics are told from. */
export interface MetricsOptions {
  /** Who is watched now. */
  census: OrderCounts;
  /** How CallFire is doing. */
  upstream: Upstream;
  /** The long pause that CallFire asked for; by default there is none. */
  pause?: Pick<LongPause, "current"> | undefined;
  /** Where the date comes from. */
  clock: Clock;
  /** The version of this daemon. */
  version: string;
  /** How many lines its log has dropped so far. */
  droppedLogLines: () => number;
}

/** All metrics of a daemon, in a registry of their own. */
export class Metrics {
  readonly #registry = new MetricRegistry();
  readonly #polls = this.#registry.counter(METRICS.polls);
  readonly #pollDuration = this.#registry.histogram(METRICS.pollDuration);
  readonly #pollLateness = this.#registry.histogram(METRICS.pollLateness);
  readonly #settled = this.#registry.counter(METRICS.ordersSettled);
  readonly #settleTime = this.#registry.histogram(METRICS.orderSettleTime);
  readonly #items = this.#registry.counter(METRICS.orderItems);
  readonly #cost = this.#registry.counter(METRICS.orderCost);
  #webhooks: WebhookMetrics | undefined;
  readonly #requests = new HttpRequests(this.#registry);

  /**
   * Begins with every series at 0.
   *
   * @param options What they are told from.
   */
  constructor(options: MetricsOptions) {
    const { census, clock, droppedLogLines, pause, upstream, version } =
      options;
    const registry = this.#registry;
    registry.gauge(METRICS.ordersWatching, (gauge) => {
      let others = census.size;
      for (const status of [...ORDER_STATUSES, UNKNOWN_STATUS]) {
        const count = census.byStatus.get(status) ?? 0;
        gauge.set({ status }, count);
        others -= count;
      }
      gauge.set({ status: OTHER_STATUS }, others);
    });
    registry.gauge(METRICS.ordersOverdue, (gauge) => {
      gauge.set({}, census.overdue(clock.now()));
    });
    registry.gauge(METRICS.credentialsValid, (gauge) => {
      gauge.set({}, upstream.state === "refused" ? 0 : 1);
    });
    registry.gauge(METRICS.upstreamUp, (gauge) => {
      gauge.set({}, upstream.state === "failing" || pause?.current ? 0 : 1);
    });
    registry.gauge(METRICS.buildInfo, (gauge) => {
      gauge.set({ version, deno: Deno.version.deno }, 1);
    });
    registry.counter(METRICS.logLinesDropped, (counter) => {
      counter.reset();
      counter.inc({}, droppedLogLines());
    });
    addProcessMetrics(registry);
  }

  /** The media type of what is rendered. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * Counts a question in.
   *
   * @param poll The question and its answer.
   */
  polled({ result, duration, lateness }: Poll): void {
    const labels = { result };
    this.#polls.inc(labels);
    this.#pollDuration.observe(labels, duration / 1000);
    this.#pollLateness.observe({}, lateness / 1000);
  }

  /**
   * Counts the orders in that settled.
   *
   * @param events What happened to orders, each event once.
   */
  happened(events: readonly StoredEvent[]): void {
    for (const { type, watch } of events) {
      const { order, outcome, watchedFor } = watch;
      if (type !== "order.settled" || !outcome) continue;
      const labels = { outcome };
      this.#settled.inc(labels);
      this.#settleTime.observe(labels, watchedFor / 1000);
      if (!order) continue;
      // A credit, should there ever be one, cannot be taken off a counter.
      this.#cost.inc(labels, Math.max(0, order.totalCost));
      this.#countItems(order);
    }
  }

  /**
   * Takes note of the routes of the HTTP API, with a series for each of their
   * statuses.
   *
   * @param routes All routes.
   * @param unmatched Every status that a request to none of them can be
   * answered with.
   */
  serves(
    routes: readonly ServedRoute[],
    unmatched: readonly number[] = [404],
  ): void {
    this.#requests.serves(routes, unmatched);
  }

  /**
   * Counts a request to the HTTP API in.
   *
   * @param request The request and its answer.
   */
  requested(request: AnsweredRequest): void {
    this.#requests.requested(request);
  }

  /**
   * Has told whether a lease on orders is held.
   *
   * @param membership How the daemon stands among others.
   */
  shares(membership: Pick<Membership, "hasLease">): void {
    addLeaseMetrics(this.#registry, membership);
  }

  /**
   * Has webhooks counted too, from the start.
   *
   * @param deliverer What delivers them.
   */
  delivers(deliverer: DelivererStanding): void {
    this.#webhooks = new WebhookMetrics(this.#registry, deliverer);
  }

  /**
   * Counts an attempt to deliver a webhook in.
   *
   * @param attempt The attempt.
   */
  attempted(attempt: TimedAttempt): void {
    this.#webhooks?.attempted(attempt);
  }

  /** Tells all metrics as they are now. */
  render(): Promise<string> {
    return this.#registry.render();
  }

  #countItems(order: NumberOrder): void {
    const items = {
      local: order.localNumbers,
      toll_free: order.tollFreeNumbers,
      keyword: order.keywords,
    };
    for (const [kind, item] of Object.entries(items)) {
      if (!item) continue;
      this.#items.inc({ kind, result: "ordered" }, item.ordered);
      this.#items.inc({ kind, result: "fulfilled" }, item.fulfilled.length);
    }
  }
}
