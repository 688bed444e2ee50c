/**
 * What the core asks of a store: that nothing it has accepted is lost, and that
 * everything that happened can be told again in the order in which it did.
 *
 * @module
 */

import type { EventPosition } from "./event_id.ts";
import type {
  EventType,
  OrderEvent,
  SettledOutcome,
  Transition,
  WatchedOrder,
} from "../polling/watched_order.ts";

/**
 * How many of the newest events a store keeps, whatever becomes of their
 * orders.
 */
export const KEPT_EVENTS = 100_000;

/** An event with its place in the order of all events. */
export interface StoredEvent extends OrderEvent, EventPosition {
  /** Its place: larger than that of every event before it, from 1. */
  readonly sequence: number;
}

/** Which watches to list. */
export interface ListQuery {
  /** Only those that are watched, or those that are settled. */
  state?: WatchedOrder["state"] | undefined;
  /** Only those that ended so. */
  outcome?: SettledOutcome | undefined;
  /** Only those with exactly this label. */
  label?: string | undefined;
  /** At most so many, from 1. */
  limit: number;
  /** Where the page before ended; absent for the first one. */
  after?: ListPosition | undefined;
}

/** Where a page of a list ended: at the last watch on it. */
export interface ListPosition {
  /** When that watch began, in milliseconds since 1970. */
  watchedAt: number;
  /** Its order's id. */
  id: string;
}

/** How many watches there are. */
export interface Counts {
  /** Those that are watched. */
  watching: number;
  /** Those that are settled, by outcome; an outcome without any is absent. */
  settled: Partial<Record<SettledOutcome, number>>;
}

/** What came of asking for watches to begin. */
export interface WatchResult {
  /** Those that began now. */
  created: WatchedOrder[];
  /** Those that had begun before, settled or not, as they are. */
  existing: WatchedOrder[];
}

/** A store that cannot take or give anything just now; the message says why. */
export class StoreError extends Error {
  /** Always `StoreError`. */
  override readonly name = "StoreError";
}

/** What a subscriber of a store is notified of. */
export interface StoreListener {
  /**
   * Called with every event once it is durable, in the order of their
   * sequence, before the promise of the change is fulfilled.
   *
   * @param events All events.
   * @param own Events of orders assigned to this daemon when they happened:
   * count these. All of them, unless it shares the store with others.
   * @param held The subset still assigned to it: act on these.
   */
  onEvents?(
    events: readonly StoredEvent[],
    own: readonly StoredEvent[],
    held: readonly StoredEvent[],
  ): void;

  /**
   * Called when the database was restored, under this daemon, to a state before
   * events that {@linkcode StoreListener.onEvents} was called with: their
   * sequences are used again.
   */
  onRewind?(): void;
}

/**
 * Keeps watches and their events. A promise that is fulfilled means that the
 * change is durable; one that is rejected means that nothing has changed.
 *
 * All methods reject with a {@link StoreError} when the store cannot be used.
 */
export interface Store {
  /**
   * Calls a listener from now on. What it throws is reported like any uncaught
   * error, and changes nothing.
   *
   * @returns Unsubscribes it.
   */
  subscribe(listener: StoreListener): () => void;

  /** All that are watched, in no particular order. */
  loadWatching(): Promise<WatchedOrder[]>;

  /**
   * Begins watches, all or nothing. One whose order is watched or settled
   * already is left as it is, and its events are not stored.
   */
  watch(begun: readonly Transition[]): Promise<WatchResult>;

  /**
   * Puts a watch in place of what it was, but for its label, which stays as it
   * is stored. Nothing happens if that watch was removed or has settled
   * meanwhile, or was removed and begun anew (another `watchedAt`), or is not
   * this daemon's to ask about any more.
   *
   * @returns Whether it was put.
   */
  update(transition: Transition): Promise<boolean>;

  /**
   * Gives a watch another label, and tells so by an event if it differs.
   *
   * @param at When, in milliseconds since 1970.
   * @returns The watch with it, or `undefined` if there is none.
   */
  relabel(
    id: string,
    label: string | null,
    at: number,
  ): Promise<WatchedOrder | undefined>;

  /**
   * Notes how a watch stands that was polled without a change; its order and
   * its label stay as they are stored. It is stored with the next change or
   * within some seconds, and is lost if the daemon dies before. It is as
   * nothing if the watch is known to stand further on, or is gone.
   */
  touch(watch: WatchedOrder): void;

  /**
   * Removes a watch, and tells so by an event.
   *
   * @param at When, in milliseconds since 1970.
   * @returns The watch as it was, or `undefined` if there was none.
   */
  remove(id: string, at: number): Promise<WatchedOrder | undefined>;

  /** One watch, or `undefined` if there is none. */
  find(id: string): Promise<WatchedOrder | undefined>;

  /**
   * A page of watches, the newest watch first; of those that began together,
   * the one with the larger id.
   */
  list(query: ListQuery): Promise<WatchedOrder[]>;

  /** The events of a watch since it began, the oldest first. */
  history(id: string): Promise<StoredEvent[]>;

  /**
   * Events of all watches, the oldest first. Those of a watch that was removed
   * are dropped once its removal is not among the newest 100,000 events.
   *
   * @param sequence Only those after this one; 0 for all.
   * @param limit At most so many, from 1.
   * @param types Only of these types; all of them unless told.
   */
  eventsAfter(
    sequence: number,
    limit: number,
    types?: readonly EventType[],
  ): Promise<StoredEvent[]>;

  /** The sequence of the last event; 0 if there is none. */
  lastSequence(): Promise<number>;

  /**
   * The epoch of a sequence, whether its event is kept or not; `undefined` for
   * 0 and beyond the last event.
   */
  epochOf(sequence: number): Promise<string | undefined>;

  /** How many watches there are. */
  counts(): Promise<Counts>;

  /** Makes sure that it can be written to. */
  check(): Promise<void>;

  /** Finishes what was begun, and closes. */
  close(): Promise<void>;
}
