/**
 * What becomes of watches by all that was asked for at once, worked out in
 * memory, so that it takes a few statements however many watches there are.
 *
 * @module
 */

import type { WatchResult } from "../store.ts";
import type {
  OrderEvent,
  Transition,
  WatchedOrder,
} from "../../polling/watched_order.ts";
import type { LeasedWatch } from "./rows.ts";

/** The largest id that there is. */
const MAX_ID = 2n ** 63n - 1n;

/** An event that has no place yet, and the lease that held its order. */
export interface NewEvent {
  /** The event. */
  readonly event: OrderEvent;
  /** The number of the lease; `null` for nobody. */
  readonly daemon: number | null;
}

/** What a batch begins with: all that it is about, as it is stored. */
export interface Stored {
  /** The watches. */
  watches: Iterable<LeasedWatch>;
  /** Orders that were removed a short time ago, by whom they were held. */
  removals: Iterable<readonly [id: string, daemon: number | null]>;
  /** The leases that have not ended, by their numbers, with their slots. */
  leases: ReadonlyMap<number, number>;
  /** How a watch stands by a poll that is not stored yet, if there is one. */
  touched: (id: string) => WatchedOrder | undefined;
}

/** What is to be written. */
export interface Changes {
  /** Watches that there were not. */
  added: LeasedWatch[];
  /** Watches that are not as they were. */
  changed: LeasedWatch[];
  /** Watches that are gone, with who held them. */
  removed: LeasedWatch[];
}

/**
 * Watches under change. A change that throws has changed nothing.
 */
export class Batch {
  /** What has happened, in order. */
  readonly events: NewEvent[] = [];
  readonly #before: ReadonlyMap<string, LeasedWatch>;
  readonly #now: Map<string, LeasedWatch>;
  readonly #removals: Map<string, number | null>;
  readonly #leases: ReadonlyMap<number, number>;
  readonly #touched: Stored["touched"];

  /**
   * Begins with nothing changed.
   *
   * @param stored All that it is about.
   */
  constructor({ watches, removals, leases, touched }: Stored) {
    this.#before = new Map([...watches].map((held) => [held.watch.id, held]));
    this.#now = new Map(this.#before);
    this.#removals = new Map(removals);
    this.#leases = leases;
    this.#touched = touched;
  }

  /**
   * Begins watches, all or nothing.
   *
   * @param begun The watches.
   * @param asked The lease of the daemon that was asked to.
   */
  watch(begun: readonly Transition[], asked: number | undefined): WatchResult {
    for (const { watch } of begun) checkId(watch.id);
    const watched: WatchResult = { created: [], existing: [] };
    for (const { watch, events } of begun) {
      const present = this.#now.get(watch.id);
      if (present) {
        watched.existing.push(present.watch);
        continue;
      }
      const daemon = this.#holderOf(watch.id, asked);
      this.#now.set(watch.id, { watch, daemon });
      watched.created.push(watch);
      for (const event of events) this.events.push({ event, daemon });
    }
    return watched;
  }

  /**
   * Puts a watch in place of what it was, but for its label.
   *
   * @param transition The watch, and what happened.
   * @param asked The lease of the daemon that asked about it.
   * @returns Whether it was put.
   */
  update({ watch, events }: Transition, asked: number | undefined): boolean {
    const present = this.#ownOf(watch, asked);
    if (!present) return false;
    const { daemon } = present;
    const { label } = present.watch;
    this.#now.set(watch.id, { watch: { ...watch, label }, daemon });
    for (const event of events) {
      const told = { ...event, watch: { ...event.watch, label } };
      this.events.push({ event: told, daemon });
    }
    return true;
  }

  /** Gives a watch another label; answers with the watch, if there is one. */
  relabel(
    id: string,
    label: string | null,
    at: number,
    asked: number | undefined,
  ): WatchedOrder | undefined {
    const present = this.#touch(id, asked);
    if (!present || present.watch.label === label) return present?.watch;
    const watch = { ...present.watch, label };
    const { daemon } = present;
    this.#now.set(id, { watch, daemon });
    this.events.push({ event: { type: "order.changed", at, watch }, daemon });
    return watch;
  }

  /** Removes a watch; answers with it as it was, if there was one. */
  remove(
    id: string,
    at: number,
    asked: number | undefined,
  ): WatchedOrder | undefined {
    const present = this.#touch(id, asked);
    if (!present) return undefined;
    const { watch, daemon } = present;
    this.#now.delete(id);
    this.#removals.set(id, daemon);
    this.events.push({ event: { type: "order.removed", at, watch }, daemon });
    return watch;
  }

  /** Gives up orders, each as it stands by its last poll. */
  release(watches: readonly WatchedOrder[], asked: number | undefined): void {
    for (const watch of watches) {
      const own = this.#ownOf(watch, asked);
      if (!own) continue;
      const { label, order } = own.watch;
      const isLater = watch.polls > own.watch.polls;
      this.#now.set(watch.id, {
        watch: isLater ? { ...watch, label, order } : own.watch,
        daemon: null,
      });
    }
  }

  /** What is to be written. */
  changes(): Changes {
    const changes: Changes = { added: [], changed: [], removed: [] };
    for (const [id, held] of this.#now) {
      const before = this.#before.get(id);
      if (!before) changes.added.push(held);
      else if (before !== held) changes.changed.push(held);
    }
    for (const { watch } of this.#before.values()) {
      if (this.#now.has(watch.id)) continue;
      const daemon = this.#removals.get(watch.id) ?? null;
      changes.removed.push({ watch, daemon });
    }
    return changes;
  }

  /** The watch as it is, if it is the same one and the lease holds it. */
  #ownOf(
    { id, watchedAt }: WatchedOrder,
    asked: number | undefined,
  ): LeasedWatch | undefined {
    const present = this.#now.get(id);
    if (!present || present.daemon !== asked) return undefined;
    const { watch } = present;
    const isOwn = watch.watchedAt === watchedAt && watch.state === "watching";
    return isOwn ? present : undefined;
  }

  /** A change begins from how a watch stands now, as far as that is known. */
  #touch(id: string, asked: number | undefined): LeasedWatch | undefined {
    const touched = this.#touched(id);
    const own = touched && this.#ownOf(touched, asked);
    if (touched && own && own.watch.polls < touched.polls) {
      const { label, order } = own.watch;
      const watch = { ...touched, label, order };
      this.#now.set(id, { ...own, watch });
    }
    return this.#now.get(id);
  }

  /**
   * Who is to hold an order that begins to be watched: whoever was asked, if
   * that daemon asks about any. One that was watched just now may be asked
   * about by the one that held it, which alone knows when that was; if that one
   * has gone, whoever takes it waits as after any that has gone.
   */
  #holderOf(id: string, asked: number | undefined): number | null {
    const removal = this.#removals.get(id);
    if (removal !== undefined) {
      return removal !== null && this.#leases.has(removal) ? removal : null;
    }
    if (asked === undefined || !this.#leases.get(asked)) return null;
    return asked;
  }
}

/**
 * Tells whether a text is an id.
 *
 * @param id The text.
 */
export function isId(id: string): boolean {
  return /^[0-9]+$/.test(id) && BigInt(id) <= MAX_ID;
}

function checkId(id: string): void {
  if (isId(id)) return;
  throw new RangeError(
    `Cannot keep order '${id}': an id must be a whole number up to ` +
      MAX_ID,
  );
}
