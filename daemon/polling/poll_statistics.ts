/**
 * How the polling went over the last minute.
 *
 * @module
 */

import type { Poll } from "./poller.ts";

/** How some length of time was spread, in seconds; `null` without any. */
export interface Quantiles {
  /** The middle one. */
  p50: number | null;
  /** The one that one in a hundred exceeds. */
  p99: number | null;
}

/** What is told of the last minute. */
export interface PollSummary {
  /** Questions a second, over the last 60 seconds. */
  requestsPerSecond: number;
  /** How long questions took, to the end of their answers. */
  duration: Quantiles;
  /** How long after their due time questions began. */
  lateness: Quantiles;
}

/** What is looked back at, in milliseconds. */
const MINUTE = 60_000;

/** One second, in milliseconds: what rates and times are told in. */
const SECOND = 1000;

/** How many questions are kept. If more come in a minute, it is cut shorter. */
const KEPT = 20_000;

/** Remembers the last minute's questions, round and round. */
export class PollStatistics {
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #times = new Float64Array(KEPT);
  readonly #duration = new Float64Array(KEPT);
  readonly #lateness = new Float64Array(KEPT);
  #polls = 0;

  /**
   * Begins with no question.
   *
   * @param now Milliseconds of a clock that never goes back.
   */
  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  /**
   * Counts a question in.
   *
   * @param poll The question and its answer.
   */
  add({ duration, lateness }: Pick<Poll, "duration" | "lateness">): void {
    const place = this.#polls % KEPT;
    this.#times[place] = this.#now();
    this.#duration[place] = duration;
    this.#lateness[place] = lateness;
    this.#polls++;
  }

  /** Sums the last minute up. */
  summary(): PollSummary {
    const now = this.#now();
    // Nothing is known of the time before.
    const knownSince = this.#polls < KEPT
      ? this.#startedAt
      : this.#times[this.#polls % KEPT]!;
    const since = Math.max(knownSince, now - MINUTE);
    const recent = (times: Float64Array) =>
      times.subarray(0, this.#polls)
        .filter((_, place) => this.#times[place]! >= since);
    const lateness = recent(this.#lateness);
    return {
      // A first moment is no rate yet.
      requestsPerSecond: lateness.length /
        Math.max(1, (now - since) / SECOND),
      duration: quantiles(recent(this.#duration)),
      lateness: quantiles(lateness),
    };
  }
}

function quantiles(times: Float64Array): Quantiles {
  times.sort();
  // Nearest rank: as many as the part says are not above it.
  const quantile = (part: number) => {
    const value = times[Math.ceil(times.length * part) - 1];
    return value === undefined ? null : value / SECOND;
  };
  return { p50: quantile(0.5), p99: quantile(0.99) };
}
