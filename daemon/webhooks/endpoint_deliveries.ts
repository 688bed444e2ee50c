/**
 * The deliveries to one endpoint: of each order one after the other, of several
 * orders at once, and one alone to see whether it is up again.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { StoredEvent } from "../store/store.ts";
import type { Attempt } from "./attempt.ts";
import { afterDelivery, afterFailure, type Endpoint } from "./endpoint.ts";
import {
  countFailure,
  type Failures,
  isDue,
  isGivenUp,
  type Quiet,
  quietAfter,
} from "./retries.ts";
import type { PendingEvents } from "./webhook_store.ts";
import { type PendingEvent, Window } from "./window.ts";

/** How many deliveries to one endpoint are under way at once. */
export const MAX_IN_FLIGHT = 8;

/**
 * How long to wait for a store that cannot be read, and when nothing may be
 * delivered, in milliseconds.
 */
const RECHECK_INTERVAL_MS = 5_000;

/** How many events are read at once. */
const PAGE_SIZE = 256;

/** The longest that the date is not looked at, in milliseconds. */
const MAX_TIMER_MS = 60_000;

/** What the deliveries to one endpoint need. */
export interface EndpointDeliveriesOptions {
  /** Reads at most so many of the events that it is owed after a sequence. */
  owed: (after: number, limit: number) => Promise<PendingEvents>;
  /** Time and chance. */
  clock: Clock;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
  /** Whether anything may be delivered, right now. */
  isLeader: () => boolean;
  /** Tries once to deliver an event. Rejects only when it is aborted. */
  send: (
    endpoint: Endpoint,
    event: StoredEvent,
    signal: AbortSignal,
  ) => Promise<Attempt>;
  /** Is told how the endpoint is now, to be stored, and how it was. */
  onChange: (endpoint: Endpoint, before: Endpoint) => void;
  /** Is told that the order of this endpoint is gone, and that it knows. */
  onEnded: (endpoint: Endpoint) => void;
}

/** Delivers to one endpoint. */
export class EndpointDeliveries {
  #endpoint: Endpoint;
  readonly #options: EndpointDeliveriesOptions;
  readonly #underWay = new Set<Promise<void>>();
  #stopping = new AbortController();
  #window: Window;
  #sending = 0;
  #mayBeMore = true;
  #isReading = false;
  #isEnded = false;
  /** What the receiver asked for last, whatever it took meanwhile. */
  #quiet: Quiet = { from: 0, until: -Infinity };
  /** The sequence of the removal of the one order, once it was read. */
  #endsAt: number | undefined;
  #cancelTimer: (() => void) | undefined;

  /**
   * Begins with nothing under way.
   *
   * @param endpoint The endpoint.
   * @param options What it needs.
   */
  constructor(endpoint: Endpoint, options: EndpointDeliveriesOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#window = new Window(endpoint.cursor);
  }

  /** The endpoint as it is now. */
  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /**
   * How many events are yet to be delivered; those that were not read yet are
   * counted whether they are of the endpoint's types or not.
   *
   * @param last The sequence of the last event.
   */
  backlog(last: number): number {
    if (this.#endpoint.parked) return 0;
    const { left, readTo } = this.#window;
    const unread = this.#mayBeMore && this.#endpoint.order === null;
    return left + (unread ? Math.max(0, last - readTo) : 0);
  }

  /** Is to be called when there may be events that it does not know of. */
  wake(): void {
    this.#mayBeMore = true;
    this.#pump();
  }

  /**
   * Signs with other secrets from now on.
   *
   * @param secrets The secrets, the newest first.
   */
  use(secrets: Endpoint["secrets"]): void {
    this.#endpoint = { ...this.#endpoint, secrets };
  }

  /**
   * Goes on from another place, or after it was parked, with no failures.
   *
   * @param resumed The endpoint as it goes on.
   */
  resume(resumed: Endpoint): void {
    this.#endpoint = resumed;
    this.#stopping.abort();
    this.#stopping = new AbortController();
    this.#window = new Window(resumed.cursor);
    this.#quiet = { from: 0, until: -Infinity };
    this.#endsAt = undefined;
    this.wake();
  }

  /**
   * Begins nothing more.
   *
   * @param grace Is fulfilled when what is under way is to be given up.
   */
  async stop(grace: Promise<unknown>): Promise<void> {
    this.#isEnded = true;
    this.#cancelTimer?.();
    // Of very many endpoints most have nothing to be waited for.
    if (this.#underWay.size === 0) return;
    await Promise.race([Promise.all(this.#underWay), grace]);
    this.#stopping.abort();
    await Promise.all(this.#underWay);
  }

  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#isEnded) return;
    if (this.#endpoint.parked) return this.#endIfUnwanted();
    // A daemon that slept may find out here that it is another's turn.
    if (!this.#options.isLeader()) return this.#pumpIn(RECHECK_INTERVAL_MS);
    this.#readMore();
    const now = this.#options.wallNow();
    for (let owed; (owed = this.#next(now));) this.#track(this.#deliver(owed));
    const nextAt = this.#isQuiet(now)
      ? this.#quiet.until
      : this.#endpoint.failing?.nextAt ?? this.#window.nextRetryAt();
    const isWaiting = this.#window.left > 0 && nextAt > now;
    if (isWaiting && nextAt < Infinity) this.#pumpIn(nextAt - now);
  }

  /** The machine's date may jump, so it is looked at now and then. */
  #pumpIn(delay: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.setTimer(
      () => this.#pump(),
      Math.min(delay, MAX_TIMER_MS),
    );
  }

  /** Of an order that is gone, nobody resumes what wants no more. */
  #endIfUnwanted(): void {
    const { order, parked } = this.#endpoint;
    if (order === null || parked?.reason !== "gone") return;
    if (this.#endsAt !== undefined) this.#end();
    else this.#readMore();
  }

  #isQuiet(now: number): boolean {
    return !isDue(this.#quiet.until, this.#quiet.from, now);
  }

  #readMore(): void {
    // Not for a few at a time, or each delivery would read one event.
    const hasRoom = this.#window.room >= PAGE_SIZE;
    if (!hasRoom || !this.#mayBeMore || this.#isReading) return;
    if (this.#endsAt === undefined) this.#track(this.#read());
  }

  #next(now: number): PendingEvent | undefined {
    const { attempts, failing } = this.#endpoint;
    if (this.#isQuiet(now)) return undefined;
    if (!failing) {
      return this.#sending < MAX_IN_FLIGHT ? this.#window.next(now) : undefined;
    }
    const failedAt = attempts[0]?.at ?? now;
    return this.#sending === 0 && isDue(failing.nextAt, failedAt, now)
      ? this.#window.probe()
      : undefined;
  }

  #track(task: Promise<void>): void {
    this.#underWay.add(task);
    task.finally(() => this.#underWay.delete(task));
  }

  async #read(): Promise<void> {
    const window = this.#window;
    const limit = Math.min(window.room, PAGE_SIZE);
    this.#isReading = true;
    this.#mayBeMore = false;
    let owed;
    try {
      owed = await this.#options.owed(window.readTo, limit);
    } catch {
      // That the store cannot be used is told of by whoever writes to it.
      this.#mayBeMore = true;
    }
    this.#isReading = false;
    if (!owed) {
      return this.#isEnded ? undefined : this.#pumpIn(RECHECK_INTERVAL_MS);
    }
    if (window === this.#window) {
      if (owed.events.length === limit) this.#mayBeMore = true;
      this.#take(owed);
      this.#changeTo(this.#endpoint);
    }
    this.#pump();
    window.letGo();
  }

  #take({ events, upTo }: PendingEvents): void {
    const { heldSince, order, types } = this.#endpoint;
    const window = this.#window;
    // Who watches the order anew registers for it anew.
    this.#endsAt = order === null
      ? undefined
      : events.find(({ type }) => type === "order.removed")?.sequence;
    const isFirst = window.left === 0;
    window.add(events.filter(({ type }) => types.includes(type)), upTo);
    if (isFirst && heldSince !== null) window.recall(heldSince);
  }

  async #deliver(owed: PendingEvent): Promise<void> {
    const window = this.#window;
    const { signal } = this.#stopping;
    const before = this.#endpoint.failing;
    owed.isUnderWay = true;
    this.#sending++;
    try {
      const event = owed.event ?? await this.#readOne(owed, signal);
      const attempt = event &&
        await this.#options.send(this.#endpoint, event, signal);
      if (window === this.#window) this.#judge(owed, attempt, before);
    } catch (error) {
      if (!signal.aborted && !this.#isEnded) throw error;
    } finally {
      owed.event = undefined;
      owed.isUnderWay = false;
      this.#sending--;
      this.#pump();
    }
  }

  /** The event itself; `undefined` if it is kept no more. */
  async #readOne(
    { sequence }: PendingEvent,
    signal: AbortSignal,
  ): Promise<StoredEvent | undefined> {
    const { clock, owed } = this.#options;
    for (;;) {
      try {
        const { events } = await owed(sequence - 1, 1);
        return events.find((event) => event.sequence === sequence);
      } catch (error) {
        if (this.#isEnded) throw error;
        // That the store cannot be used is told of by whoever writes to it.
        await clock.sleep(RECHECK_INTERVAL_MS, signal);
      }
    }
  }

  #judge(
    owed: PendingEvent,
    ended: Attempt | undefined,
    before: Failures | null,
  ): void {
    const { clock, wallNow } = this.#options;
    if (!ended) {
      this.#window.finish(owed);
      return this.#changeTo(this.#endpoint);
    }
    const { detail, result, retryAfter, status } = ended;
    const at = wallNow();
    const { order, sequence } = owed;
    const attempt = { at, sequence, order, result, status, detail };
    if (result === "delivered") {
      const { failing } = this.#endpoint;
      this.#window.finish(owed);
      // One failure need not be the endpoint's.
      if (failing && failing.count > 1) this.#window.recover(failing.since, at);
      return this.#changeTo(afterDelivery(this.#endpoint, attempt));
    }
    const failure = { at, random: clock.random(), retryAfter };
    if (retryAfter) this.#quiet = quietAfter(failure);
    owed.failures = countFailure(owed.failures, failure);
    owed.failedAt = at;
    this.#changeTo(afterFailure(this.#endpoint, {
      attempt,
      failure,
      before,
      isGivenUp: isGivenUp(owed.failures, at),
    }));
  }

  #changeTo(endpoint: Endpoint): void {
    const before = this.#endpoint;
    const { cursor, heldSince } = this.#window;
    this.#endpoint = { ...endpoint, cursor, heldSince };
    if (this.#endsAt !== undefined && cursor >= this.#endsAt) {
      return this.#end();
    }
    this.#options.onChange(this.#endpoint, before);
  }

  #end(): void {
    this.#isEnded = true;
    this.#options.onEnded(this.#endpoint);
  }
}
