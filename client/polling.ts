/**
 * Asking about one order again and again: what `wait` and `watch` share.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import {
  CallFireError,
  NumberOrderNotFoundError,
  WaitTimeoutError,
} from "./errors.ts";
import type { NumberOrder } from "./number_order.ts";
import { checkDuration } from "./options.ts";
import { backoffDelay, MIN_INTERVAL_MS } from "./request_spacing.ts";

/** What one attempt to read an order came to. */
export interface PollProgress {
  /** Which attempt it was, from 1. */
  attempt: number;
  /** Milliseconds since the wait or the watch began. */
  elapsed: number;
  /** The order, if it could be read. */
  order?: NumberOrder;
  /** The fault, if the order could not be read. */
  error?: CallFireError;
}

/** How to ask about an order again and again. */
export interface PollOptions {
  /** Ends it at once; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long to go on, in milliseconds, more than 0; `Infinity` for ever. */
  timeout?: number | undefined;
  /**
   * The least time from the end of one answer to the next question, in
   * milliseconds, from 1000; 1000 unless told.
   */
  interval?: number | undefined;
  /** Is told of every attempt as soon as it has ended. */
  onPoll?: ((progress: PollProgress) => void) | undefined;
}

/**
 * How long a wait or a watch retries 404, in milliseconds: a new order may not
 * be known at once by every server of CallFire.
 */
const NOT_FOUND_RETRY_MS = 20_000;

/** The reason of an abort that our own deadline caused. */
const DEADLINE = Symbol("deadline");

/** One wait or watch: where it stands between two attempts. */
export class Polling {
  readonly #id: string;
  readonly #take: (signal: AbortSignal) => Promise<NumberOrder>;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onPoll: ((progress: PollProgress) => void) | undefined;
  readonly #startedAt: number;
  #attempts = 0;
  #answeredAt = 0;
  #faults = 0;
  #lastOrder: NumberOrder | null = null;
  #lastFault: CallFireError | undefined;
  #isNotFoundOnly = true;

  /**
   * Begins a wait or a watch; its time runs from now.
   *
   * @param doing What is done, for the errors' text: `watch`, `wait for`.
   * @param id The order's id, checked.
   * @param options How to ask.
   * @param take Asks once, in turn with all others who ask for this order.
   * @param clock Time and chance.
   * @throws {RangeError} If the timeout or the interval is out of range.
   */
  constructor(
    readonly doing: string,
    id: string,
    options: PollOptions & { timeout: number },
    take: (signal: AbortSignal) => Promise<NumberOrder>,
    clock: Clock,
  ) {
    const { interval = MIN_INTERVAL_MS, timeout } = options;
    checkDuration(`${doing} order '${id}'`, "timeout", timeout);
    if (!(interval >= MIN_INTERVAL_MS)) {
      throw new RangeError(
        `Cannot ${doing} order '${id}': 'interval' must be at least ` +
          `${MIN_INTERVAL_MS} milliseconds, current value is ${interval}`,
      );
    }
    this.#id = id;
    this.#take = take;
    this.#clock = clock;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#signal = options.signal;
    this.#onPoll = options.onPoll;
    this.#startedAt = clock.now();
  }

  /**
   * Asks until there is a reading, a fault that cannot pass, or no time left.
   * Between two calls nothing is held: no timer, no listener, no connection.
   *
   * @param stop Ends it at once, as the signal of the options does.
   * @returns The next reading.
   * @throws {WaitTimeoutError} At the deadline.
   * @throws {NumberOrderNotFoundError} At the deadline, if every poll got 404;
   * before it, for a 404 that is not retried any more.
   * @throws {CallFireError} If a fault cannot pass.
   * @throws The reason of whichever signal is aborted.
   */
  async next(stop?: AbortSignal): Promise<NumberOrder> {
    const controller = new AbortController();
    const releases = [
      follow(this.#signal, controller),
      follow(stop, controller),
      this.#clock.setTimer(
        () => controller.abort(DEADLINE),
        Math.max(0, this.#timeout - this.#elapsed()),
      ),
    ];
    try {
      controller.signal.throwIfAborted();
      // The timer would only fire after the question was sent.
      if (this.#elapsed() >= this.#timeout) throw DEADLINE;
      return await this.#untilRead(controller.signal);
    } catch (error) {
      throw error === DEADLINE ? this.#timedOut() : error;
    } finally {
      releases.forEach((release) => release());
    }
  }

  async #untilRead(signal: AbortSignal): Promise<NumberOrder> {
    for (;;) {
      if (this.#attempts > 0) await this.#rest(signal);
      const reading = await this.#attempt(signal);
      if (reading) return reading;
    }
  }

  /** Waits until the pause since the last answer is over. */
  async #rest(signal: AbortSignal): Promise<void> {
    const pause = this.#pause();
    // The shortest pause is kept by the turn itself. Those who wait for one
    // order together so come to one turn together.
    if (pause <= MIN_INTERVAL_MS) return;
    const end = this.#answeredAt + pause;
    // A timer may be early by a little, so the time is looked at again.
    for (let left; (left = end - this.#clock.now()) > 0;) {
      await this.#clock.sleep(left, signal);
    }
  }

  /** Asks once; answers `undefined` after a fault that may pass. */
  async #attempt(signal: AbortSignal): Promise<NumberOrder | undefined> {
    let order: NumberOrder | undefined;
    let fault: CallFireError | undefined;
    try {
      order = await this.#take(signal);
      this.#lastOrder = order;
      this.#faults = 0;
    } catch (error) {
      // An abort comes first: its reason may look like a fault that may pass.
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof CallFireError)) throw error;
      fault = error;
      // CallFire works where it responds with 404: no backoff.
      this.#faults = isNotFound(error) ? 0 : this.#faults + 1;
    }
    if (!isNotFound(fault)) this.#isNotFoundOnly = false;
    this.#attempts++;
    this.#answeredAt = this.#clock.now();
    this.#lastFault = fault;
    this.#onPoll?.({
      attempt: this.#attempts,
      elapsed: this.#elapsed(),
      ...(order && { order }),
      ...(fault && { error: fault }),
    });
    if (fault && !this.#retries(fault)) throw fault;
    return order;
  }

  #retries(fault: CallFireError): boolean {
    if (!isNotFound(fault)) return fault.retryable;
    return this.#lastOrder === null && this.#elapsed() < NOT_FOUND_RETRY_MS;
  }

  /** Milliseconds from the end of the last answer to the next question. */
  #pause(): number {
    const retryAfter = this.#lastFault?.retryAfter ?? 0;
    if (this.#faults === 0) return Math.max(this.#interval, retryAfter);
    return backoffDelay(
      this.#faults,
      this.#interval,
      retryAfter,
      this.#clock.random(),
    );
  }

  #elapsed(): number {
    return this.#clock.now() - this.#startedAt;
  }

  #timedOut(): CallFireError {
    // Nothing but 404 says more than that the time is up.
    if (this.#lastFault && this.#isNotFoundOnly) return this.#lastFault;
    const seen = this.#lastOrder
      ? `its status was last ${this.#lastOrder.status}`
      : "it was never read";
    const fault = this.#lastFault;
    return new WaitTimeoutError(
      `Cannot ${this.doing} order '${this.#id}' any longer: it has not ended ` +
        `within ${this.#timeout} ms, ${seen}; ask again later` +
        (fault ? ` (the last fault: ${fault.message})` : ""),
      this.#lastOrder,
      fault && { cause: fault },
    );
  }
}

function isNotFound(fault: CallFireError | undefined): boolean {
  return fault instanceof NumberOrderNotFoundError;
}

/** Aborts a controller when a signal is; returns what ends that. */
function follow(
  signal: AbortSignal | undefined,
  controller: AbortController,
): () => void {
  if (!signal) return () => {};
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}
