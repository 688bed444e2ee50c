/**
 * How long the daemon takes to answer. Anyone may send any method and any path,
 * so only those that the daemon serves become labels.
 *
 * @module
 */

import { METRICS } from "./definitions.ts";
import type { HistogramMetric, MetricRegistry } from "./registry.ts";

/** A route that the daemon serves. */
export interface ServedRoute {
  /** Its method, such as `GET`, which stands for `HEAD` too. */
  readonly method: string;
  /** Its pattern, as the requests to it are told with. */
  readonly route: string;
  /** Every status that it can be answered with. */
  readonly statuses: readonly number[];
}

/** A request that was answered. */
export interface AnsweredRequest {
  /** Its method, as it came. */
  readonly method: string;
  /** The pattern of the route that it went to. */
  readonly route: string;
  /** The status of the answer. */
  readonly status: number;
  /** From the request to the answer, in milliseconds. */
  readonly duration: number;
}

/** The method of requests with one that no route is served by. */
const OTHER_METHOD = "OTHER";

/** The route of requests to none. */
const UNMATCHED_ROUTE = "unmatched";

/** Counts the requests to the daemon. */
export class HttpRequests {
  readonly #duration: HistogramMetric<typeof METRICS.httpRequestDuration>;
  readonly #methods = new Set<string>();
  readonly #served = new Set<string>();

  /**
   * Begins with no route: all requests are unmatched.
   *
   * @param registry Where they are rendered.
   */
  constructor(registry: MetricRegistry) {
    this.#duration = registry.histogram(METRICS.httpRequestDuration);
  }

  /**
   * Takes note of the routes, with a series for each of their statuses.
   *
   * @param routes All routes.
   * @param unmatched Every status that a request to none of them can be
   * answered with.
   */
  serves(routes: readonly ServedRoute[], unmatched: readonly number[]): void {
    for (const { method, route, statuses } of routes) {
      this.#methods.add(method);
      this.#served.add(`${method} ${route}`);
      this.#begin(method, route, statuses);
    }
    for (const method of [...this.#methods, OTHER_METHOD]) {
      this.#begin(method, UNMATCHED_ROUTE, unmatched);
    }
  }

  /**
   * Counts a request in.
   *
   * @param request The request and its answer.
   */
  requested({ method, route, status, duration }: AnsweredRequest): void {
    // HEAD is answered by the route of GET.
    const asked = method === "HEAD" ? "GET" : method;
    const series = this.#served.has(`${asked} ${route}`)
      ? { method: asked, route }
      : {
        method: this.#methods.has(asked) ? asked : OTHER_METHOD,
        route: UNMATCHED_ROUTE,
      };
    this.#duration.observe(
      { ...series, status: String(status) },
      duration / 1000,
    );
  }

  #begin(method: string, route: string, statuses: readonly number[]): void {
    for (const status of statuses) {
      this.#duration.zero({ method, route, status: String(status) });
    }
  }
}
