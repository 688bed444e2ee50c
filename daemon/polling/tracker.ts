/**
 * The loop: asks about the orders that are due, lets each answer make of its
 * watch what it means, and stores what happened before anybody is told.
 *
 * @module
 */

import { type Clock, MIN_INTERVAL_MS } from "../../mod.ts";
import type { OrderCounts } from "./order_counts.ts";
import { Poller, type PollerOptions } from "./poller.ts";
import { limitWindow } from "./request_limit.ts";
import { type DuePoll, Scheduler } from "./scheduler.ts";
import type { Store, StoredEvent, WatchResult } from "../store/store.ts";
import { Upstream } from "./upstream.ts";
import { OrderRegistry } from "./order_registry.ts";
import {
  applyPollResult,
  beginWatch,
  type Reading,
  type WatchedOrder,
} from "./watched_order.ts";

/** How long until an answer that could not be stored is asked for again. */
const STORE_RETRY_MS = 5_000;

/** What a tracker needs. */
export interface TrackerOptions extends Omit<PollerOptions, "upstream"> {
  /** Where watches are kept. */
  store: Store;
  /**
   * Time and chance. Its date is only noted with what happened, and may jump:
   * how long an order is watched is measured by the monotonic clock.
   */
  clock: Clock;
  /** Questions a second over all orders, more than 0; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
  /** The most questions that may be out at once, from 1. */
  maxInFlight: number;
  /** How long a watch may take until it is given up, in milliseconds. */
  expireAfter: number;
  /**
   * Is told when what happened to an order cannot be stored, with why, and
   * when it can be again.
   */
  onStorage: (error: unknown) => void;
}

/** An order that someone asks to watch. */
export interface WatchRequest {
  /** Its id, checked. */
  id: string;
  /** What its owner calls it. */
  label: string | null;
}

/** Watches orders. What happens to one reaches it by the store's events. */
export class Tracker {
  /** How CallFire is doing. */
  readonly upstream: Upstream;
  readonly #options: TrackerOptions;
  readonly #scheduler: Scheduler;
  readonly #watching = new OrderRegistry();
  /** The orders that are being asked about. */
  readonly #asking = new Set<string>();
  readonly #poller: Poller;
  #isStoring = true;
  #cancelStart: (() => void) | undefined;

  /**
   * Begins with no order, and stopped.
   *
   * @param options What it needs.
   */
  constructor(options: TrackerOptions) {
    const { clock, maxInFlight, maxRequestsPerSecond, canPoll } = options;
    this.#options = options;
    this.upstream = new Upstream(
      maxRequestsPerSecond,
      () => clock.random(),
    );
    this.#poller = new Poller({ ...options, upstream: this.upstream });
    this.#scheduler = new Scheduler({
      clock,
      upstream: this.upstream,
      maxInFlight,
      canPoll,
      poll: (due) => this.#poll(due),
    });
  }

  /** Who is watched now. */
  get census(): OrderCounts {
    return this.#watching.census;
  }

  /** How many questions are out. */
  get inFlight(): number {
    return this.#scheduler.inFlight;
  }

  /**
   * Goes on with every order of the store where it was. Since nobody knows what
   * the daemon before this one asked last, nobody is asked about at first.
   */
  async start(): Promise<void> {
    const { clock, maxRequestsPerSecond } = this.#options;
    this.take(await this.#options.store.loadWatching());
    const pause = Math.max(MIN_INTERVAL_MS, limitWindow(maxRequestsPerSecond));
    this.#cancelStart = clock.setTimer(() => this.run(), pause);
  }

  /** Begins to ask, from now on, about orders that are taken or watched. */
  run(): void {
    this.#scheduler.start();
  }

  /**
   * Goes on with orders where they were. Since nobody knows whom CallFire told
   * of them just now, none is asked about for the least time between an answer
   * and the next question.
   *
   * @param watches Their watches, each as it is stored.
   */
  take(watches: readonly WatchedOrder[]): void {
    const date = this.#date();
    const due = watches.map((watch) => {
      // By what had passed of its pause, since the clock may have been set
      // while no daemon ran.
      const last = watch.lastPolledAt ?? watch.watchedAt;
      const passed = Math.max(0, date - last);
      return { watch, left: (watch.nextPollAt ?? last) - last - passed };
    });
    // Those that become due together are asked about in their old order.
    for (const { watch, left } of due.sort((one, two) => one.left - two.left)) {
      this.#watching.put(watch, this.#now());
      this.#poller.leaveAlone(watch.id);
      if (!this.#asking.has(watch.id)) this.#schedule(watch, left);
    }
  }

  /**
   * Lets go of orders, those first that are due last. One that is being asked
   * about is kept.
   *
   * @param count How many at most.
   * @returns Their watches, each as it stands.
   */
  release(count: number): WatchedOrder[] {
    const released = [...this.#watching]
      .filter(({ id }) => !this.#asking.has(id))
      .sort((one, two) => (two.nextPollAt ?? 0) - (one.nextPollAt ?? 0))
      .slice(0, count);
    for (const { id } of released) this.#letGo(id);
    return released;
  }

  /** Lets go of all orders at once, and gives up the questions that are out. */
  drop(): void {
    this.#scheduler.clear();
    for (const { id } of [...this.#watching]) this.#letGo(id);
    this.#poller.giveUp(new Error("The orders are not held any more"));
  }

  /**
   * Changes how many questions may be asked, from now on.
   *
   * @param rate Questions a second; 0 for none, `Infinity` for no limit.
   */
  limit(rate: number): void {
    this.upstream.setFullRate(rate);
    this.#scheduler.wake();
  }

  /**
   * Decides whether a request may be sent now; the gate of the client.
   *
   * @param id Its order's id.
   * @returns 0 if it is sent now; else the milliseconds to wait before this is
   * called again.
   * @throws If it must not be sent; its order is scheduled again.
   */
  admit(id: string): number {
    return this.#poller.admit(id);
  }

  /**
   * Takes note of what happened to watches, as soon as it is durable.
   *
   * @param events What happened, in order.
   */
  happened(events: readonly StoredEvent[]): void {
    for (const { type, watch } of events) {
      const current = this.#watching.current(watch);
      if (type === "order.watched") {
        this.#watching.put(watch, this.#now());
        // It may have been watched before, and be asked about just now.
        if (!this.#asking.has(watch.id)) this.#schedule(watch, 0);
      } else if (!current) {
        // It is about a watch that was removed, and the order watched anew.
      } else if (type === "order.changed") {
        // The store may not know of all polls, nor when the next one is due.
        const isPolled = watch.polls > current.polls;
        this.#watching.put(
          isPolled ? watch : { ...current, label: watch.label },
          this.#now(),
        );
      } else {
        this.#letGo(watch.id);
      }
    }
  }

  /**
   * Begins to watch orders.
   *
   * @param requests Which ones.
   * @returns Those that began now and those that had begun before, once they
   * are durable.
   * @throws {StoreError} If they cannot be stored; none is then watched.
   */
  watch(requests: readonly WatchRequest[]): Promise<WatchResult> {
    const now = this.#date();
    return this.#options.store.watch(
      requests.map(({ id, label }) => beginWatch(id, label, now)),
    );
  }

  /**
   * Gives an order another label.
   *
   * @param id Its id, checked.
   * @param label What its owner calls it.
   * @returns The watch with it, or `undefined` if there is none.
   * @throws {StoreError} If that cannot be stored.
   */
  relabel(
    id: string,
    label: string | null,
  ): Promise<WatchedOrder | undefined> {
    return this.#options.store.relabel(id, label, this.#date());
  }

  /**
   * Forgets an order.
   *
   * @param id Its id, checked.
   * @returns Whether it was known.
   * @throws {StoreError} If that cannot be stored.
   */
  async forget(id: string): Promise<boolean> {
    return await this.#options.store.remove(id, this.#date()) !== undefined;
  }

  /**
   * The watch of an order as it is now, which the store may not have yet.
   *
   * @param id Its id, checked.
   * @returns The watch, or `undefined` unless it is being watched.
   */
  find(id: string): WatchedOrder | undefined {
    return this.#watching.find(id);
  }

  /**
   * How long an order has been watched by now, in milliseconds.
   *
   * @param watch Its watch, as it stood once.
   */
  watchedFor(watch: WatchedOrder): number {
    // Of one that another daemon holds, only its dates are known.
    return this.#watching.watchedFor(watch, this.#now()) ??
      Math.max(watch.watchedFor, this.#date() - watch.watchedAt);
  }

  /** How many orders take longer than CallFire says that they may. */
  get overdue(): number {
    return this.census.overdue(this.#now());
  }

  /**
   * Asks no more questions, and gives those that are out some time.
   *
   * @param grace How long, in milliseconds.
   */
  async stop(grace: number): Promise<void> {
    const cancel = this.#options.clock.setTimer(
      () => this.#poller.giveUp(new Error("The daemon is stopping")),
      grace,
    );
    this.#cancelStart?.();
    await this.#scheduler.stop();
    cancel();
  }

  async #poll(due: DuePoll): Promise<void> {
    const { id } = due;
    const watch = this.#watching.find(id);
    if (!watch) return this.upstream.abandoned(due.isProbe);
    this.#asking.add(id);
    const reading = await this.#poller.ask(due, watch.order !== null);
    const now = this.#now();
    const dueAt = reading ? await this.#take(watch, reading, now) : now;
    this.#asking.delete(id);
    const next = this.#watching.find(id);
    if (!next) return;
    // It may have been forgotten and watched again meanwhile.
    const isSame = next.watchedAt === watch.watchedAt;
    this.#schedule(next, isSame ? dueAt - this.#now() : 0);
  }

  /** Returns when it is due next, by the monotonic clock. */
  async #take(
    asked: WatchedOrder,
    reading: Reading,
    now: number,
  ): Promise<number> {
    const { clock, expireAfter, store } = this.#options;
    const watch = this.#watching.current(asked);
    if (!watch) return now;
    const transition = applyPollResult(watch, reading, {
      expireAfter,
      watchedFor: this.#watching.watchedFor(watch, now)!,
      healthyFor: this.upstream.healthyFor(now),
      random: clock.random(),
    });
    const pause = (transition.watch.nextPollAt ?? reading.at) - reading.at;
    if (transition.events.length === 0) {
      store.touch(transition.watch);
      this.#watching.put(transition.watch, now);
      return now + pause;
    }
    let isStored = false;
    try {
      isStored = await store.update(transition);
      this.#tellStorage(undefined);
    } catch (error) {
      this.#tellStorage(error);
    }
    if (isStored) return now + pause;
    // Where nothing was stored nothing has happened, and it is asked again. If
    // another daemon has removed it, or holds it now, that is soon told.
    const current = this.#watching.current(asked);
    if (current) {
      const nextPollAt = this.#date() + STORE_RETRY_MS;
      // But what ended the 404s in a row was seen, stored or not.
      const isContinued =
        transition.watch.notFound?.since === current.notFound?.since;
      const notFound = isContinued ? current.notFound : null;
      this.#watching.put({ ...current, nextPollAt, notFound }, this.#now());
    }
    return this.#now() + STORE_RETRY_MS;
  }

  #letGo(id: string): void {
    this.#watching.remove(id);
    this.#scheduler.remove(id);
    const { state } = this.upstream;
    this.upstream.forget(id, this.#now());
    if (this.upstream.state === state) return;
    this.#options.onUpstream(this.upstream.state, undefined);
    this.#scheduler.wake();
  }

  #tellStorage(error: unknown): void {
    const isStoring = error === undefined;
    if (isStoring === this.#isStoring) return;
    this.#isStoring = isStoring;
    this.#options.onStorage(error);
  }

  /**
   * A question is not due before its client would let it go: it would be sent
   * later than the account's limit has counted it.
   */
  #schedule({ id, polls }: WatchedOrder, delay: number): void {
    const now = this.#options.clock.now();
    const pause = Math.max(0, delay, this.#poller.remaining(id));
    this.#scheduler.schedule(id, now + pause, polls === 0);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #date(): number {
    return this.#options.clock.date().getTime();
  }
}
