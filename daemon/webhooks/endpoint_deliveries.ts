/**
 * The deliveries to one endpoint: of each order one after the other, of several
 * orders at once, and one alone to see whether it is up again.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { StoredEvent } from "../watch/store.ts";
import type { Attempt } from "./attempt.ts";
import { afterDelivery, afterFailure, type Endpoint } from "./endpoint.ts";
import { countFailure, type Failures, isDue, isGivenUp } from "./retries.ts";
import type { OwedEvents } from "./webhook_store.ts";
import { type Owed, Window } from "./window.ts";

/** How many deliveries to one endpoint are under way at once. */
export const MOST_UNDER_WAY = 8;

/**
 * How long to wait for a store that cannot be read, and when nothing may be
 * delivered, in milliseconds.
 */
const LOOK_AGAIN = 5_000;

/** How many events are read at once. */
const PAGE_SIZE = 256;

/** The longest that the date is not looked at, in milliseconds. */
const LONGEST_TIMER = 60_000;

/** What the deliveries to one endpoint need. */
export interface EndpointDeliveriesOptions {
  /** Reads at most so many of the events that it is owed after a sequence. */
  owed: (after: number, limit: number) => Promise<OwedEvents>;
  /** Time and chance. */
  clock: Clock;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
  /** Whether anything may be delivered, right now. */
  mayDeliver: () => boolean;
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
    if (this.#isEnded || this.#endpoint.parked) return;
    // A daemon that slept may find out here that it is another's turn.
    if (!this.#options.mayDeliver()) return this.#pumpIn(LOOK_AGAIN);
    if (this.#mayBeMore && !this.#isReading && this.#hasRoom) {
      this.#track(this.#read());
    }
    const now = this.#options.wallNow();
    for (let owed; (owed = this.#next(now));) this.#track(this.#deliver(owed));
    const nextAt = this.#endpoint.failing?.nextAt ?? this.#window.nextRetryAt();
    const isWaiting = this.#window.left > 0 && nextAt > now;
    if (isWaiting && nextAt < Infinity) this.#pumpIn(nextAt - now);
  }

  /** The machine's date may jump, so it is looked at now and then. */
  #pumpIn(delay: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.setTimer(
      () => this.#pump(),
      Math.min(delay, LONGEST_TIMER),
    );
  }

  /** Not for a few at a time, or each delivery would read one event. */
  get #hasRoom(): boolean {
    return this.#window.room >= PAGE_SIZE && this.#endsAt === undefined;
  }

  #next(now: number): Owed | undefined {
    const { attempts, failing } = this.#endpoint;
    if (!failing) {
      return this.#sending < MOST_UNDER_WAY
        ? this.#window.next(now)
        : undefined;
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
    if (!owed) return this.#isEnded ? undefined : this.#pumpIn(LOOK_AGAIN);
    if (window === this.#window) {
      if (owed.events.length === limit) this.#mayBeMore = true;
      this.#take(owed);
      this.#changeTo(this.#endpoint);
    }
    this.#pump();
  }

  #take({ events, upTo }: OwedEvents): void {
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

  async #deliver(owed: Owed): Promise<void> {
    const window = this.#window;
    const { signal } = this.#stopping;
    const before = this.#endpoint.failing;
    owed.isUnderWay = true;
    this.#sending++;
    try {
      const attempt = await this.#options.send(
        this.#endpoint,
        owed.event,
        signal,
      );
      if (window === this.#window) this.#judge(owed, attempt, before);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      owed.isUnderWay = false;
      this.#sending--;
      this.#pump();
    }
  }

  #judge(owed: Owed, ended: Attempt, before: Failures | null): void {
    const { clock, wallNow } = this.#options;
    const { detail, result, retryAfter, status } = ended;
    const at = wallNow();
    const { sequence, watch: { id: order } } = owed.event;
    const attempt = { at, sequence, order, result, status, detail };
    if (result === "delivered") {
      this.#window.finish(owed);
      return this.#changeTo(afterDelivery(this.#endpoint, attempt));
    }
    const failure = { at, random: clock.random(), retryAfter };
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
      this.#isEnded = true;
      return this.#options.onEnded(this.#endpoint);
    }
    this.#options.onChange(this.#endpoint, before);
  }
}
