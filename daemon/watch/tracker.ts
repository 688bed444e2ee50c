/**
 * The loop: asks about the orders that are due, lets each answer make of its
 * watch what it means, and stores what happened before anybody is told.
 *
 * @module
 */

import {
  CallFireError,
  type Clock,
  MINIMUM_INTERVAL,
  type NumberOrder,
} from "../../mod.ts";
import { Census } from "./census.ts";
import { POLL_RESULTS, type PollResult } from "./poll_result.ts";
import { type DuePoll, Scheduler } from "./scheduler.ts";
import type { Store, Watched } from "./store.ts";
import { Upstream } from "./upstream.ts";
import {
  beginWatch,
  type Reading,
  takeReading,
  type WatchedOrder,
} from "./watched_order.ts";

/** How long until an answer that could not be stored is asked for again. */
const STORE_RETRY = 5_000;

/** Asks about one order; what a client's `getNumberOrder` does. */
export type AskForOrder = (
  id: string,
  options: { signal: AbortSignal },
) => Promise<NumberOrder>;

/** One question and its answer, for the metrics. */
export interface Poll {
  /** What it came to. */
  result: PollResult;
  /** From the question to the end of the answer, in milliseconds. */
  duration: number;
  /** How long after its due time the question began, in milliseconds. */
  lateness: number;
}

/** What a tracker needs. */
export interface TrackerOptions {
  /** Asks about one order. */
  ask: AskForOrder;
  /** Where watches are kept. */
  store: Store;
  /** Time and chance. */
  clock: Clock;
  /** Questions a second over all orders, more than 0; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
  /** The most questions that may be out at once, from 1. */
  maxInFlight: number;
  /** The age at which a watch is given up, in milliseconds. */
  expireAfter: number;
  /** Is told of every answer. */
  onPoll: (poll: Poll) => void;
}

/** An order that someone asks to watch. */
export interface WatchRequest {
  /** Its id, checked. */
  id: string;
  /** What its owner calls it. */
  label: string | null;
}

/** Watches orders. */
export class Tracker {
  /** Who is watched now. */
  readonly census = new Census();
  /** How CallFire is doing. */
  readonly upstream: Upstream;
  readonly #options: TrackerOptions;
  readonly #scheduler: Scheduler;
  readonly #watching = new Map<string, WatchedOrder>();
  readonly #stopping = new AbortController();

  /**
   * Begins with no order, and stopped.
   *
   * @param options What it needs.
   */
  constructor(options: TrackerOptions) {
    const { clock, maxInFlight, maxRequestsPerSecond } = options;
    this.#options = options;
    this.upstream = new Upstream(maxRequestsPerSecond, clock.random);
    this.#scheduler = new Scheduler({
      clock,
      upstream: this.upstream,
      maxInFlight,
      poll: (due) => this.#poll(due),
    });
  }

  /** Goes on with every order of the store where it was. */
  async start(): Promise<void> {
    for (const watch of await this.#options.store.loadWatching()) {
      this.#watching.set(watch.id, watch);
      this.census.add(watch);
      // A question may have been out when the daemon before this one ended.
      this.#schedule(watch, watch.polls === 0, MINIMUM_INTERVAL);
    }
    this.#scheduler.start();
  }

  /**
   * Begins to watch orders.
   *
   * @param requests Which ones.
   * @returns Those that began now and those that had begun before, once they
   * are durable.
   * @throws {StoreError} If they cannot be stored; none is then watched.
   */
  async watch(requests: readonly WatchRequest[]): Promise<Watched> {
    const now = this.#date();
    const watched = await this.#options.store.watch(
      requests.map(({ id, label }) => beginWatch(id, label, now)),
    );
    for (const watch of watched.created) {
      this.#watching.set(watch.id, watch);
      this.census.add(watch);
      this.#schedule(watch, true);
    }
    return watched;
  }

  /**
   * Forgets an order.
   *
   * @param id Its id, checked.
   * @returns Whether it was known.
   * @throws {StoreError} If that cannot be stored.
   */
  async forget(id: string): Promise<boolean> {
    const removed = await this.#options.store.remove(id, this.#date());
    const watch = this.#watching.get(id);
    if (watch && removed && watch.watchedAt === removed.watchedAt) {
      this.#end(watch);
      this.#scheduler.remove(id);
    }
    return removed !== undefined;
  }

  /**
   * The watch of an order as it is now, which the store may not have yet.
   *
   * @param id Its id, checked.
   * @returns The watch, or `undefined` unless it is being watched.
   */
  find(id: string): WatchedOrder | undefined {
    return this.#watching.get(id);
  }

  /**
   * Asks no more questions, and gives those that are out some time.
   *
   * @param grace How long, in milliseconds.
   */
  async stop(grace: number): Promise<void> {
    const cancel = this.#options.clock.setTimer(
      () => this.#stopping.abort(new Error("The daemon is stopping")),
      grace,
    );
    await this.#scheduler.stop();
    cancel();
  }

  async #poll({ id, isProbe, lateness }: DuePoll): Promise<void> {
    const { clock, onPoll } = this.#options;
    const watch = this.#watching.get(id);
    if (!watch) return this.upstream.abandoned(isProbe);
    const startedAt = clock.now();
    const reading = await this.#read(id);
    if (!reading) return this.upstream.abandoned(isProbe);
    const result = resultOf(reading);
    onPoll({ result, duration: clock.now() - startedAt, lateness });
    this.upstream.answered(
      result,
      clock.now(),
      isProbe,
      reading.fault?.retryAfter,
    );
    await this.#take(watch, reading);
  }

  /** Asks; answers `undefined` if that was cut off by the stop. */
  async #read(id: string): Promise<Reading | undefined> {
    const { signal } = this.#stopping;
    try {
      const order = await this.#options.ask(id, { signal });
      return { at: this.#date(), order };
    } catch (error) {
      if (signal.aborted) return undefined;
      const { code, retryAfter } = error instanceof CallFireError
        ? error
        : { code: "network" as const, retryAfter: undefined };
      const message = error instanceof Error ? error.message : String(error);
      return { at: this.#date(), fault: { code, message, retryAfter } };
    }
  }

  async #take(watch: WatchedOrder, reading: Reading): Promise<void> {
    // It may have been forgotten, and even watched anew, while it was asked.
    if (this.#watching.get(watch.id) !== watch) return;
    const { clock, expireAfter, store } = this.#options;
    const random = clock.random();
    const transition = takeReading(watch, reading, { expireAfter, random });
    const next = transition.watch;
    if (transition.events.length === 0) {
      this.#replace(watch, next);
      // What is lost of this is asked for again.
      store.touch([next]).catch(() => {});
      return;
    }
    try {
      if (!await store.update(transition)) return;
    } catch {
      // Nothing was stored, so nothing has happened: it is asked again.
      if (this.#watching.get(watch.id) !== watch) return;
      const nextPollAt = this.#date() + STORE_RETRY;
      return this.#replace(watch, { ...watch, nextPollAt });
    }
    if (this.#watching.get(watch.id) !== watch) return;
    if (next.state === "settled") this.#end(watch);
    else this.#replace(watch, next);
  }

  #replace(before: WatchedOrder, after: WatchedOrder): void {
    this.#watching.set(after.id, after);
    this.census.change(before, after);
    this.#schedule(after, false);
  }

  #end(watch: WatchedOrder): void {
    this.#watching.delete(watch.id);
    this.census.remove(watch);
  }

  #schedule(watch: WatchedOrder, isNew: boolean, least = 0): void {
    const { clock } = this.#options;
    const delay = Math.max(least, (watch.nextPollAt ?? 0) - this.#date());
    this.#scheduler.schedule(watch.id, clock.now() + delay, isNew);
  }

  #date(): number {
    return this.#options.clock.date().getTime();
  }
}

function resultOf({ fault }: Reading): PollResult {
  if (!fault) return "ok";
  return POLL_RESULTS.find((result) => result === fault.code) ?? "network";
}
