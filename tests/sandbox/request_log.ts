/**
 * Which requests came, and how far apart.
 *
 * @module
 */

/** What is known of a request when it arrives. */
export interface Arrival {
  /** The id of the order in its path, or `null` where there is none. */
  order: string | null;
  /** Its method. */
  method: string;
  /** Its path, with the query. */
  path: string;
  /** Its Accept header. */
  accept: string | null;
  /** Its Content-Type header. */
  contentType: string | null;
  /** Whether it held the right login and password. */
  authorizationOk: boolean;
  /** Whether another one came on the same connection before. */
  isConnectionReused: boolean;
}

/** One request, and what became of it. */
export interface RequestEntry extends Arrival {
  /** When it arrived, in milliseconds. */
  arrivedAt: number;
  /** When its answer was handed over or its connection closed. */
  answeredAt: number | null;
  /** The status of the answer, `null` where nothing was answered. */
  status: number | null;
}

/** As many requests as are kept by default. */
export const KEPT_REQUESTS = 100_000;

/** The newest requests, and the least gap between two for the same order. */
export class RequestLog {
  readonly #now: () => number;
  readonly #cap: number;
  /** A ring: once it is full, `#next` is the place of the oldest. */
  #ring: RequestEntry[] = [];
  #next = 0;
  #count = 0;
  /** By order, and over what was dropped from the ring too. */
  #gaps = new Map<string, { last: number; smallest: number }>();
  #smallestGap = Infinity;

  /**
   * Starts empty.
   *
   * @param now What time it is, in milliseconds.
   * @param cap How many requests to keep.
   */
  constructor(now: () => number, cap: number = KEPT_REQUESTS) {
    this.#now = now;
    this.#cap = cap;
  }

  /** How many requests arrived since the start or the last `clear()`. */
  get count(): number {
    return this.#count;
  }

  /** Notes that a request arrived; `answered()` completes its entry. */
  arrived(arrival: Arrival): RequestEntry {
    const arrivedAt = this.#now();
    const entry = { ...arrival, arrivedAt, answeredAt: null, status: null };
    this.#count++;
    if (arrival.order !== null) this.#measure(arrival.order, arrivedAt);
    if (this.#ring.length < this.#cap) {
      this.#ring.push(entry);
    } else if (this.#cap > 0) {
      this.#ring[this.#next] = entry;
      this.#next = (this.#next + 1) % this.#cap;
    }
    return entry;
  }

  /** Notes what became of a request. */
  answered(entry: RequestEntry, status: number | null): void {
    entry.answeredAt = this.#now();
    entry.status = status;
  }

  /**
   * The requests that are kept, the oldest first.
   *
   * @param order Only those for this order.
   */
  entries(order?: string): RequestEntry[] {
    const entries = [
      ...this.#ring.slice(this.#next),
      ...this.#ring.slice(0, this.#next),
    ];
    return order === undefined
      ? entries
      : entries.filter((entry) => entry.order === order);
  }

  /**
   * The least time between two arrivals for the same order, in milliseconds;
   * of all requests that came, not only of those that are kept.
   *
   * @param order Only for this order; otherwise the least of all.
   * @returns The gap, `Infinity` where no order was asked for twice.
   */
  smallestGap(order?: string): number {
    if (order === undefined) return this.#smallestGap;
    return this.#gaps.get(order)?.smallest ?? Infinity;
  }

  /** Forgets everything. */
  clear(): void {
    this.#ring = [];
    this.#next = 0;
    this.#count = 0;
    this.#gaps.clear();
    this.#smallestGap = Infinity;
  }

  #measure(order: string, arrivedAt: number): void {
    const gap = this.#gaps.get(order);
    if (!gap) {
      this.#gaps.set(order, { last: arrivedAt, smallest: Infinity });
      return;
    }
    gap.smallest = Math.min(gap.smallest, arrivedAt - gap.last);
    gap.last = arrivedAt;
    this.#smallestGap = Math.min(this.#smallestGap, gap.smallest);
  }
}
