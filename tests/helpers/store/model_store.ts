/**
 * A store in memory, as plain as a store can be: what every other one is
 * compared with. It can be made slow, or made to fail.
 *
 * @module
 */

import type { StoreListener } from "../../../daemon/store/store.ts";
import { Subscribers } from "../../../daemon/store/subscribers.ts";
import type { Clock } from "../../../mod.ts";
import {
  type Counts,
  type ListPosition,
  type ListQuery,
  type Store,
  type StoredEvent,
  StoreError,
  type WatchResult,
} from "../../../daemon/store/store.ts";
import type {
  EventType,
  OrderEvent,
  Transition,
  WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";

/** How long a touch waits for a commit, in milliseconds. */
const LONGEST_WAIT = 5_000;

/** What outlives a store. */
export class Disk {
  /** The watches, by the id of their order. */
  readonly watches = new Map<string, WatchedOrder>();
  /** The events, in order. */
  readonly events: StoredEvent[] = [];
  /** How often it was opened. */
  opened = 0;
}

/** An operation that waits for the next commit. */
interface Operation {
  /** Runs it; answers what happened, and how to tell that it is durable. */
  run(): { happened: OrderEvent[]; fulfil: () => void };
  /** Tells that it has changed nothing. */
  reject(error: unknown): void;
}

/** A store in memory. */
export class ModelStore implements Store {
  readonly #subscribers = new Subscribers<StoreListener>();
  readonly #disk: Disk;
  readonly #epoch: string;
  readonly #clock: Clock;
  readonly #commit: () => Promise<void>;
  readonly #touches = new Map<string, WatchedOrder>();
  readonly #operations: Operation[] = [];
  #isCommitting = false;
  #cancelTimer: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Begins with what is on a disk.
   *
   * @param disk The disk.
   * @param clock Where the time comes from.
   * @param commit Waits as long as a commit takes; makes it fail by rejecting.
   */
  constructor(
    disk: Disk,
    clock: Clock,
    commit: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#disk = disk;
    this.#epoch = `e${++disk.opened}`;
    this.#clock = clock;
    this.#commit = commit;
  }

  /** Calls a listener from now on. */
  subscribe(listener: StoreListener): () => void {
    return this.#subscribers.add(listener);
  }

  /** All that are watched. */
  loadWatching(): Promise<WatchedOrder[]> {
    return this.#read(({ watches }) =>
      [...watches.values()].filter(({ state }) => state === "watching")
    );
  }

  /** Begins watches, all or nothing. */
  watch(begun: readonly Transition[]): Promise<WatchResult> {
    return this.#write(({ watches }, tell) => {
      // What cannot be an id is found before anything is done.
      for (const { watch } of begun) BigInt(watch.id);
      const created: WatchedOrder[] = [];
      const existing: WatchedOrder[] = [];
      for (const { watch, events } of begun) {
        const present = watches.get(watch.id);
        if (present) {
          existing.push(present);
        } else {
          watches.set(watch.id, watch);
          created.push(watch);
          events.forEach(tell);
        }
      }
      return { created, existing };
    });
  }

  /** Puts a watch in place of what it was, but for its label. */
  update({ watch, events }: Transition): Promise<boolean> {
    return this.#write(({ watches }, tell) => {
      const present = watches.get(watch.id);
      if (present?.watchedAt !== watch.watchedAt) return false;
      if (present.state === "settled") return false;
      const { label } = present;
      watches.set(watch.id, { ...watch, label });
      for (const event of events) {
        tell({ ...event, watch: { ...event.watch, label } });
      }
      return true;
    });
  }

  /** Gives a watch another label. */
  relabel(
    id: string,
    label: string | null,
    at: number,
  ): Promise<WatchedOrder | undefined> {
    return this.#write(({ watches }, tell) => {
      this.#storeTouch(id);
      const present = watches.get(id);
      if (!present || present.label === label) return present;
      const watch = { ...present, label };
      watches.set(id, watch);
      tell({ type: "order.changed", at, watch });
      return watch;
    });
  }

  /** Notes how a watch stands that was polled without a change. */
  touch(watch: WatchedOrder): void {
    if (this.#closed) return;
    this.#touches.set(watch.id, watch);
    this.#awaitCommit();
  }

  /** Removes a watch. */
  remove(id: string, at: number): Promise<WatchedOrder | undefined> {
    return this.#write(({ watches }, tell) => {
      this.#storeTouch(id);
      const watch = watches.get(id);
      if (!watch) return undefined;
      watches.delete(id);
      tell({ type: "order.removed", at, watch });
      return watch;
    });
  }

  /** One watch. */
  find(id: string): Promise<WatchedOrder | undefined> {
    return this.#read(({ watches }) => watches.get(id));
  }

  /** A page of watches. */
  list(query: ListQuery): Promise<WatchedOrder[]> {
    const { state, outcome, label, limit, after } = query;
    return this.#read(({ watches }) =>
      [...watches.values()]
        .filter((watch) =>
          (state === undefined || watch.state === state) &&
          (outcome === undefined || watch.outcome === outcome) &&
          (label === undefined || watch.label === label) &&
          (!after || isOlder(watch, after))
        )
        .sort((one, other) => isOlder(one, other) ? 1 : -1)
        .slice(0, limit)
    );
  }

  /** The events of a watch since it began. */
  history(id: string): Promise<StoredEvent[]> {
    return this.#read(({ events }) => {
      const own = events.filter(({ watch }) => watch.id === id);
      const removed = own.findLastIndex(({ type }) => type === "order.removed");
      return own.slice(removed + 1);
    });
  }

  /** Events of all watches. */
  eventsAfter(
    sequence: number,
    limit: number,
    types?: readonly EventType[],
  ): Promise<StoredEvent[]> {
    return this.#read(({ events }) =>
      events
        .filter((event) => event.sequence > sequence)
        .filter(({ type }) => !types || types.includes(type))
        .slice(0, limit)
    );
  }

  /** The sequence of the last event. */
  lastSequence(): Promise<number> {
    return this.#read(({ events }) => events.length);
  }

  /** The epoch of a sequence. */
  epochOf(sequence: number): Promise<string | undefined> {
    return this.#read(({ events }) => events[sequence - 1]?.epoch);
  }

  /** How many watches there are. */
  counts(): Promise<Counts> {
    return this.#read(({ watches }) => {
      const counts: Counts = { watching: 0, settled: {} };
      for (const { outcome } of watches.values()) {
        if (!outcome) counts.watching++;
        else counts.settled[outcome] = (counts.settled[outcome] ?? 0) + 1;
      }
      return counts;
    });
  }

  /** Commits nothing. */
  check(): Promise<void> {
    return this.#write(() => {});
  }

  /** Finishes what was begun, and closes. */
  close(): Promise<void> {
    this.#closed ??= this.check().finally(() => this.#forgetTouches());
    return this.#closed;
  }

  async #read<T>(read: (disk: Disk) => T): Promise<T> {
    this.#checkOpen();
    return await Promise.resolve(read(this.#disk));
  }

  async #write<T>(
    write: (disk: Disk, tell: (event: OrderEvent) => void) => T,
  ): Promise<T> {
    this.#checkOpen();
    return await new Promise<T>((resolve, reject) => {
      this.#operations.push({
        run: () => {
          const happened: OrderEvent[] = [];
          const answer = write(this.#disk, (event) => happened.push(event));
          return { happened, fulfil: () => resolve(answer) };
        },
        reject,
      });
      this.#startCommit();
    });
  }

  /** Commits all that is asked for in the same breath, then what came since. */
  async #startCommit(): Promise<void> {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    do {
      await Promise.resolve();
      const operations = this.#operations.splice(0);
      try {
        await this.#commit();
        this.#apply(operations);
      } catch (error) {
        this.#awaitCommit();
        for (const { reject } of operations) reject(error);
      }
    } while (this.#operations.length > 0);
    this.#isCommitting = false;
  }

  #apply(operations: Operation[]): void {
    const { events } = this.#disk;
    const before = events.length;
    const settlements = operations.map(({ run, reject }) => {
      try {
        const { happened, fulfil } = run();
        for (const event of happened) {
          const sequence = events.length + 1;
          events.push({ epoch: this.#epoch, sequence, ...event });
        }
        return fulfil;
      } catch (error) {
        return () => reject(error);
      }
    });
    for (const id of this.#touches.keys()) this.#storeTouch(id);
    this.#forgetTouches();
    const added = events.slice(before);
    if (added.length > 0) {
      this.#subscribers.notify((one) => one.onEvents?.(added, added, added));
    }
    for (const settle of settlements) settle();
  }

  #awaitCommit(): void {
    if (this.#cancelTimer || this.#touches.size === 0) return;
    this.#cancelTimer = this.#clock.setTimer(() => {
      this.#cancelTimer = undefined;
      this.#startCommit();
    }, LONGEST_WAIT);
  }

  /** A touch is of no use once the watch is known to stand further on. */
  #storeTouch(id: string): void {
    const { watches } = this.#disk;
    const touched = this.#touches.get(id);
    const present = watches.get(id);
    if (!touched || present?.watchedAt !== touched.watchedAt) return;
    if (present.state === "settled" || present.polls >= touched.polls) return;
    const { label, order } = present;
    watches.set(id, { ...touched, label, order });
  }

  #forgetTouches(): void {
    this.#touches.clear();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError("The store is closed");
  }
}

/** Whether a watch comes after a position in a list. */
function isOlder(watch: ListPosition, other: ListPosition): boolean {
  return watch.watchedAt < other.watchedAt ||
    watch.watchedAt === other.watchedAt && BigInt(watch.id) < BigInt(other.id);
}
