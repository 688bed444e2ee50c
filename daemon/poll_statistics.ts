/**
 * How the polling went over the last minute.
 *
 * @module
 */

/** What is told of the last minute. */
export interface PollSummary {
  /** Questions a second, over the last 60 seconds. */
  requestsPerSecond: number;
  /** The middle lateness in seconds; `null` without any question. */
  latenessP50: number | null;
  /** The lateness in seconds that one in a hundred exceeds; `null` as above. */
  latenessP99: number | null;
}

/** What is looked back at, in milliseconds. */
const MINUTE = 60_000;

/** One second, in milliseconds: what rates and lateness are told in. */
const SECOND = 1000;

/** How many questions are kept. If more come in a minute, it is cut shorter. */
const KEPT = 20_000;

/** Remembers the last minute's questions, round and round. */
export class PollStatistics {
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #times = new Float64Array(KEPT);
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
   * @param lateness How long after its due time it began, in milliseconds.
   */
  add(lateness: number): void {
    const place = this.#polls % KEPT;
    this.#times[place] = this.#now();
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
    const lateness = this.#lateness.subarray(0, this.#polls)
      .filter((_, place) => this.#times[place]! >= since)
      .sort();
    // Nearest rank: as many as the part says are not above it.
    const quantile = (part: number) => {
      const value = lateness[Math.ceil(lateness.length * part) - 1];
      return value === undefined ? null : value / SECOND;
    };
    return {
      // A first moment is no rate yet.
      requestsPerSecond: lateness.length /
        Math.max(1, (now - since) / SECOND),
      latenessP50: quantile(0.5),
      latenessP99: quantile(0.99),
    };
  }
}
