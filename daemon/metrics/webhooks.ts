/**
 * The metrics of webhooks, of a daemon that sends any.
 *
 * @module
 */

import { ATTEMPT_RESULTS } from "../webhooks/attempt.ts";
import type { Deliverer } from "../webhooks/deliverer.ts";
import { ENDPOINT_STATES } from "../webhooks/endpoint.ts";
import type { TimedAttempt } from "../webhooks/sender.ts";
import type { MetricDefinition } from "./definitions.ts";
import type {
  CounterMetric,
  HistogramMetric,
  MetricRegistry,
} from "./registry.ts";

/** Every metric of webhooks. */
export const WEBHOOK_METRICS = {
  deliveries: {
    name: "callfire_webhook_deliveries_total",
    type: "counter",
    help: "Attempts to deliver a webhook, by result.",
    labels: { result: ATTEMPT_RESULTS },
  },
  duration: {
    name: "callfire_webhook_delivery_seconds",
    type: "histogram",
    help: "Time from the start of an attempt to deliver a webhook to its end.",
    labels: {},
    // From a receiver next door to the 10 s after which an attempt is given up.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  backlog: {
    name: "callfire_webhook_backlog",
    type: "gauge",
    help:
      "Events yet to be delivered, to each endpoint that is not parked; of " +
      "those far behind, events of other types count too. 0 while another " +
      "daemon delivers.",
    labels: {},
  },
  endpoints: {
    name: "callfire_webhook_endpoints",
    type: "gauge",
    help: "Endpoints that webhooks are sent to, by what they are doing; 0 " +
      "while another daemon delivers.",
    labels: { state: ENDPOINT_STATES },
  },
  deliverer: {
    name: "callfire_webhook_deliverer",
    type: "gauge",
    help: "1 while it is this daemon that delivers webhooks; of daemons that " +
      "share a database it is one at a time.",
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;

/** What is told of a deliverer. */
export type DelivererStanding = Pick<
  Deliverer,
  "backlog" | "count" | "deliveries"
>;

/** Counts what is delivered. */
export class WebhookMetrics {
  readonly #deliveries: CounterMetric<typeof WEBHOOK_METRICS.deliveries>;
  readonly #duration: HistogramMetric<typeof WEBHOOK_METRICS.duration>;

  /**
   * Begins with every series at 0.
   *
   * @param registry Where they are rendered.
   * @param deliverer What they are told from.
   */
  constructor(
    registry: MetricRegistry,
    deliverer: DelivererStanding,
  ) {
    this.#deliveries = registry.counter(WEBHOOK_METRICS.deliveries);
    this.#duration = registry.histogram(WEBHOOK_METRICS.duration);
    registry.gauge(WEBHOOK_METRICS.backlog, (gauge) => {
      gauge.set({}, deliverer.backlog);
    });
    registry.gauge(WEBHOOK_METRICS.endpoints, (gauge) => {
      for (const state of ENDPOINT_STATES) {
        gauge.set({ state }, deliverer.count(state));
      }
    });
    registry.gauge(WEBHOOK_METRICS.deliverer, (gauge) => {
      gauge.set({}, deliverer.deliveries ? 1 : 0);
    });
  }

  /** Counts an attempt in. */
  attempted({ duration, result }: TimedAttempt): void {
    this.#deliveries.inc({ result });
    this.#duration.observe({}, duration / 1000);
  }
}
