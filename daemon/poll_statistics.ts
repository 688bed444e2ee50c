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

/** What is looked back at, in seconds. */
const SECONDS = 60;

/** The most lateness figures that are kept of each second. */
const KEPT_A_SECOND = 200;

interface Second {
  /** Which second it is, counted from the start of the clock. */
  second: number;
  polls: number;
  lateness: number[];
}

/** Counts questions, second by second. */
export class PollStatistics {
  readonly #now: () => number;
  readonly #seconds: Second[] = [];

  /**
   * Begins with no question.
   *
   * @param now Milliseconds of a clock that never goes back.
   */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts a question in.
   *
   * @param lateness How long after its due time it began, in milliseconds.
   */
  add(lateness: number): void {
    const second = Math.floor(this.#now() / 1000);
    const place = second % SECONDS;
    let entry = this.#seconds[place];
    if (entry?.second !== second) {
      entry = this.#seconds[place] = { second, polls: 0, lateness: [] };
    }
    // Beyond so many they take each other's places round and round.
    entry.lateness[entry.polls % KEPT_A_SECOND] = lateness;
    entry.polls++;
  }

  /** Sums the last minute up. */
  summary(): PollSummary {
    const since = Math.floor(this.#now() / 1000) - SECONDS;
    const recent = this.#seconds.filter((entry) => entry?.second > since);
    const polls = recent.reduce((sum, entry) => sum + entry.polls, 0);
    const lateness = recent.flatMap((entry) => entry.lateness)
      .sort((one, other) => one - other);
    const quantile = (part: number) => {
      const at = Math.min(lateness.length - 1, lateness.length * part);
      const value = lateness[Math.floor(at)];
      return value === undefined ? null : value / 1000;
    };
    return {
      requestsPerSecond: polls / SECONDS,
      latenessP50: quantile(0.5),
      latenessP99: quantile(0.99),
    };
  }
}
