/**
 * All events that anybody was told of, each held against the ones before it and
 * against what is true.
 *
 * @module
 */

import type { Store, StoredEvent } from "../../daemon/store/store.ts";
import type { WatchedOrder } from "../../daemon/polling/watched_order.ts";
import { trueOutcome } from "./model_orders.ts";
import type { Process } from "./process.ts";
import { LARGEST_DRIFT } from "./process_clock.ts";
import type { World } from "./world.ts";

/** How far two ways to tell an age may differ, in milliseconds. */
const AGE_TOLERANCE = 100;

/** How many 404s in a row may settle an order. */
const MIN_404S = 3;

/** How long they must last for an order that CallFire never described. */
const UNKNOWN_GONE_AFTER = 20_000;

/** How long they must last for one that it has, in milliseconds. */
const KNOWN_GONE_AFTER = 600_000;

/** By how much a date that is shared may be off, in milliseconds. */
const LARGEST_DATE_ERROR = 6_000;

/**
 * How long it may take until it is stored that an order is watched, which may
 * have been asked for right after a sleep, in milliseconds.
 */
const LONGEST_UNSTORED = 300_000;

/** A watch as the events tell of it. */
export interface KnownWatch {
  /** The watch right after its last event. */
  watch: WatchedOrder;
  /** When it began, in milliseconds of the simulation. */
  beganAt: number;
}

/** Keeps the events. */
export class Ledger {
  /** All events; the sequence of each is its place, from 1. */
  readonly events: StoredEvent[] = [];
  /** How every watch that was not removed stands. */
  readonly watches = new Map<string, KnownWatch>();
  /** How many of them are watched. */
  watching = 0;
  /** When somebody was told of the last event, in active time. */
  activeAt = 0;
  /** Whose each settlement was, by the sequence of its event. */
  readonly owners = new Map<number, Process>();
  readonly #world: World;
  readonly #byOrder = new Map<string, StoredEvent[]>();

  /**
   * Begins with no event.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
  }

  /** The sequence of the last event. */
  get last(): number {
    return this.events.length;
  }

  /** Whether an order is watched, not settled. */
  isWatching(id: string): boolean {
    return this.watches.get(id)?.watch.state === "watching";
  }

  /** All events about an order, its earlier watches too. */
  eventsOf(id: string): readonly StoredEvent[] {
    return this.#byOrder.get(id) ?? [];
  }

  /**
   * Somebody is told of events.
   *
   * @param events The events.
   * @param process Who tells.
   */
  told(events: readonly StoredEvent[], process: Process): void {
    this.activeAt = this.#world.time.active;
    for (const event of events) {
      this.#add(event, process);
      const { outcome } = event.watch;
      if (event.type !== "order.settled" || !outcome) continue;
      process.settled.set(outcome, (process.settled.get(outcome) ?? 0) + 1);
    }
  }

  /**
   * Events are stored that processes share.
   *
   * @param events The events.
   * @param process Who stored them.
   */
  committed(events: readonly StoredEvent[], process: Process): void {
    this.activeAt = this.#world.time.active;
    for (const event of events) this.#add(event, process);
  }

  /**
   * A process is told of events that it shares with others.
   *
   * @param events The events.
   * @param own Those of them whose orders were its own then.
   * @param process The process.
   */
  heard(
    events: readonly StoredEvent[],
    own: readonly StoredEvent[],
    process: Process,
  ): void {
    for (const event of events) {
      if (event.sequence !== process.lastTold + 1) {
        this.#broken(
          `#${process.number} is told of event ${event.sequence} after ` +
            process.lastTold,
        );
      }
      process.lastTold = event.sequence;
      this.#compare(this.events[event.sequence - 1], event);
    }
    for (const { sequence, type, watch: { outcome } } of own) {
      if (type !== "order.settled" || !outcome) continue;
      const owner = this.owners.get(sequence);
      if (owner) this.#broken(`event ${sequence} is own to two daemons`);
      this.owners.set(sequence, process);
      process.settled.set(outcome, (process.settled.get(outcome) ?? 0) + 1);
    }
  }

  /**
   * A process begins with what the one before it has left. All that was told
   * must be there; what was not told may be there.
   *
   * @param process The process.
   * @param before The process before it.
   */
  async recover(process: Process, before?: Process): Promise<void> {
    const { disk } = this.#world;
    // The ones before are compared at the end.
    const from = Math.max(0, this.last - 5);
    const stored = await disk.checked(() =>
      process.store.eventsAfter(from, 1_000)
    );
    const known = this.events.slice(from);
    for (const [at, event] of known.entries()) {
      this.#compare(stored[at], event);
    }
    for (const event of stored.slice(known.length)) {
      this.#add(event, before ?? process, before?.endedAt);
      this.#world.tally.add("events durable but not told");
    }
  }

  /** Holds all events that are stored against those that were told. */
  async compareAll(store: Store): Promise<void> {
    for (let from = 0; from < this.last;) {
      const stored = await store.eventsAfter(from, 1_000);
      for (const event of this.events.slice(from, from + 1_000)) {
        this.#compare(stored.shift(), event);
        from++;
      }
    }
    const last = await store.lastSequence();
    if (last !== this.last) this.#broken(`the last event is ${last}`);
  }

  #compare(stored: StoredEvent | undefined, told: StoredEvent): void {
    if (JSON.stringify(stored) === JSON.stringify(told)) return;
    this.#broken(
      `event ${told.sequence} was told as ${JSON.stringify(told)}, and is ` +
        `stored as ${JSON.stringify(stored)}`,
    );
  }

  #add(
    event: StoredEvent,
    process: Process,
    at: number = this.#world.time.now,
  ): void {
    const { sequence, type, watch } = event;
    process.note(
      `event ${sequence} ${type} ${watch.id} ${watch.outcome ?? ""}`,
    );
    if (sequence !== this.last + 1) {
      this.#broken(`event ${sequence} comes after event ${this.last}`);
    }
    this.events.push(event);
    const { id } = watch;
    const events = this.#byOrder.get(id) ?? [];
    this.#byOrder.set(id, events);
    events.push(event);
    const known = this.watches.get(id);
    const isKnown = known?.watch.watchedAt === watch.watchedAt;
    switch (type) {
      case "order.watched":
        if (known) this.#broken(`order ${id} is watched twice`);
        this.watches.set(id, {
          watch,
          beganAt: process.isSharing ? this.#beginning(event) : at,
        });
        this.watching++;
        break;
      case "order.changed":
        if (!isKnown) return this.#broken(`order ${id} changed unwatched`);
        if (known.watch.outcome !== watch.outcome) {
          this.#broken(`order ${id} changed from being settled`);
        }
        this.#checkReading(event);
        known.watch = watch;
        break;
      case "order.settled":
        if (!isKnown) return this.#broken(`order ${id} settled unwatched`);
        if (known.watch.outcome) this.#broken(`order ${id} settled twice`);
        this.#checkReading(event);
        this.#checkOutcome(known, event, process, at);
        known.watch = watch;
        this.watching--;
        break;
      case "order.removed":
        if (!isKnown) return this.#broken(`order ${id} removed unwatched`);
        if (!known.watch.outcome) this.watching--;
        this.watches.delete(id);
    }
  }

  /**
   * When a watch began by the date that is shared: it was asked for then, and
   * stored when the database could do it.
   */
  #beginning({ watch: { id, watchedAt } }: StoredEvent): number {
    const { date, now } = this.#world.time;
    const age = date - watchedAt;
    if (age < -LARGEST_DATE_ERROR || age > LONGEST_UNSTORED) {
      this.#broken(`order ${id} is stored ${age} ms after it was watched`);
    }
    return now - age;
  }

  /** What is told of an order was true at some time. */
  #checkReading({ watch: { id, order } }: StoredEvent): void {
    const { truths } = this.#world.callfire.promises;
    if (!order || truths.get(id)?.has(JSON.stringify(order))) return;
    this.#broken(`order ${id} was never so: ${JSON.stringify(order)}`);
  }

  #checkOutcome(
    { beganAt }: KnownWatch,
    { watch }: StoredEvent,
    process: Process,
    now: number,
  ): void {
    const { callfire, scenario, tally } = this.#world;
    const { id, order, outcome, watchedFor } = watch;
    tally.add(`settled: ${outcome}`);
    const answer = process.responseCache.get(id);
    const model = callfire.orders.get(id);
    const trueNow = model ? trueOutcome(model, now) : "pending";
    // What several share may be stored some time after it was found out.
    const settledAt = process.isSharing ? answer?.at ?? now : now;
    const trueAge = settledAt - beganAt;
    // No daemon may have watched it in between, but none did for longer.
    const longest = trueAge * (1 + 2 * LARGEST_DRIFT) + AGE_TOLERANCE +
      (process.isSharing ? LARGEST_DATE_ERROR : 0);
    if (watchedFor > longest) {
      this.#broken(
        `order ${id} settled after ${watchedFor} ms, ${trueAge} ms after its ` +
          "watch began",
      );
    }
    const isTrue = outcome === "not_found"
      ? answer?.status === 404 && this.#isGone(watch, trueAge, process)
      : outcome === "expired"
      ? (answer?.outcome ?? "pending") === "pending" &&
        watchedFor >= scenario.expireAfter
      : outcome === answer?.outcome && outcome === trueNow &&
        answer?.truth === JSON.stringify(order);
    if (isTrue) return;
    this.#broken(
      `order ${id} settled as ${outcome} after ${watchedFor} ms, it is ` +
        `${trueNow}, and the last answer was ${JSON.stringify(answer)}`,
    );
  }

  /** Whether so many 404s came for so long, while others were described. */
  #isGone(
    { id, order, polls }: WatchedOrder,
    age: number,
    process: Process,
  ): boolean {
    const { callfire, time } = this.#world;
    let run = callfire.promises.runs404.get(id);
    // What a process was told that ended since may not be stored.
    while (run?.before && run.before.process !== process) {
      run = { ...run.before.run, count: run.count + run.before.run.count };
    }
    if (!run || Math.min(run.count, polls) < MIN_404S) return false;
    const needed = order ? KNOWN_GONE_AFTER : UNKNOWN_GONE_AFTER;
    const lasted = Math.min(age, time.now - run.since);
    if (lasted < needed * (1 - 2 * LARGEST_DRIFT) - AGE_TOLERANCE) return false;
    const since = callfire.forgettingSince;
    if (!order || since === undefined) return true;
    return !this.#isAnother404(id, since, process);
  }

  /** Whether a process saw another known order turn 404 in the same spell. */
  #isAnother404(id: string, since: number, process: Process): boolean {
    return [...process.responseCache].some(([other, { at, status }]) => {
      const watch = process.core.tracker.find(other);
      return other !== id && status === 404 && at >= since && watch?.order;
    });
  }

  #broken(what: string): void {
    this.#world.broken(what);
  }
}
