/**
 * A store in a SQLite file, for one daemon.
 *
 * @module
 */

import type { Clock } from "../../../mod.ts";
import type { PauseStore } from "../../polling/long_pause.ts";
import {
  type Counts,
  KEPT_EVENTS,
  type ListQuery,
  type Store,
  type StoredEvent,
  type StoreListener,
  type WatchResult,
} from "../store.ts";
import type {
  EventType,
  OrderEvent,
  Transition,
  WatchedOrder,
} from "../../polling/watched_order.ts";
import type { WebhookStore } from "../../webhooks/webhook_store.ts";
import { CommitQueue, type WriteResult } from "./commit_queue.ts";
import { DatabaseFile, noopWrite } from "./database_file.ts";
import { EventTable } from "./event_table.ts";
import { DeferredPolls } from "../deferred_polls.ts";
import { Subscribers } from "../subscribers.ts";
import { storeError, unusable } from "./errors.ts";
import { SqlitePauses } from "./pauses.ts";
import { SqliteWebhooks } from "./webhooks.ts";
import { PART_SIZE } from "../../event_loop.ts";
import { WatchTable } from "./watch_table.ts";
import { WebhookTable } from "./webhook_table.ts";

/** The most events that are dropped by one commit. */
const DROPPED_AT_ONCE = 1_000;

/**
 * Opens a store; makes the file, and its folder, where there is none.
 *
 * @param path The file.
 * @param clock Where the time comes from.
 * @param warn Called with what a person may want to know.
 * @throws {StoreError} If the file cannot be used, which then stays as it is;
 * the message says in one line why, and what to do.
 */
export function openSqliteStore(
  path: string,
  clock: Clock,
  warn?: (message: string) => void,
): SqliteStore {
  const file = new DatabaseFile(path, undefined, warn);
  try {
    return new SqliteStore(file, clock);
  } catch (error) {
    file.close();
    throw storeError(path, error);
  }
}

/** Keeps watches and their events in an open SQLite file. */
export class SqliteStore implements Store {
  /** Keeps endpoints, in the same file. */
  readonly webhooks: WebhookStore;
  /** Keeps the long pause that CallFire asked for, in the same file. */
  readonly pauses: PauseStore;
  readonly #subscribers = new Subscribers<StoreListener>();
  readonly #file: DatabaseFile;
  readonly #keptEvents: number;
  readonly #watches: WatchTable;
  readonly #events: EventTable;
  readonly #endpoints: WebhookTable;
  readonly #touches: DeferredPolls;
  readonly #commits: CommitQueue;
  #closed: Promise<void> | undefined;

  /**
   * Begins where the file ended.
   *
   * @param file The file; is closed with the store.
   * @param clock Where the time comes from.
   * @param keptEvents How many of the newest events are kept, whatever becomes
   * of their orders.
   */
  constructor(file: DatabaseFile, clock: Clock, keptEvents = KEPT_EVENTS) {
    this.#file = file;
    this.#keptEvents = keptEvents;
    this.#watches = new WatchTable(file.connection);
    this.#events = new EventTable(file.connection, keptEvents);
    this.#endpoints = new WebhookTable(file.connection);
    this.webhooks = new SqliteWebhooks({
      endpoints: this.#endpoints,
      events: this.#events,
      read: (read) => this.#read(read),
      write: (operation) =>
        this.#write(() => ({ answer: operation(), events: [] })),
    });
    this.pauses = new SqlitePauses({
      connection: file.connection,
      read: (read) => this.#read(read),
      write: (operation) =>
        this.#write(() => ({ answer: operation(), events: [] })),
    });
    this.#touches = new DeferredPolls(clock, () => this.#commits.schedule());
    this.#commits = new CommitQueue(file, this.#events, {
      write: (last, added) => this.#keepUp(last, added),
      ended: (isDurable) => {
        if (isDurable) this.#touches.clear();
        else this.#touches.await();
      },
      onEvents: (events) =>
        this.#subscribers.notify((one) =>
          one.onEvents?.(events, events, events)
        ),
    });
  }

  /** Calls a listener from now on; returns what unsubscribes it. */
  subscribe(listener: StoreListener): () => void {
    return this.#subscribers.add(listener);
  }

  /** All that are watched, in no particular order. */
  loadWatching(): Promise<WatchedOrder[]> {
    return this.#read(() => this.#watches.watching());
  }

  /** Begins watches, all or nothing. */
  watch(begun: readonly Transition[]): Promise<WatchResult> {
    const created: WatchedOrder[] = [];
    const existing: WatchedOrder[] = [];
    const watchFrom = (at: number): WriteResult<WatchResult> => {
      const end = at + PART_SIZE;
      const events = this.#watchSome(begun.slice(at, end), created, existing);
      const rest = end < begun.length ? () => watchFrom(end) : undefined;
      return { answer: { created, existing }, events, rest };
    };
    return this.#write(() => watchFrom(0));
  }

  /** Puts a watch in place of what it was, but for its label. */
  update({ watch, events }: Transition): Promise<boolean> {
    return this.#write(() => {
      const put = this.#watches.replace(watch);
      if (!put) return { answer: false, events: [] };
      const { label } = put;
      return {
        answer: true,
        events: events.map((one) => ({
          ...one,
          watch: { ...one.watch, label },
        })),
      };
    });
  }

  /** Gives a watch another label. */
  relabel(
    id: string,
    label: string | null,
    at: number,
  ): Promise<WatchedOrder | undefined> {
    return this.#write(() => {
      this.#touch(id);
      const watch = this.#watches.relabel(id, label);
      if (!watch) return { answer: this.#watches.find(id), events: [] };
      return { answer: watch, events: [{ type: "order.changed", at, watch }] };
    });
  }

  /** Notes how a watch stands that was polled without a change. */
  touch(watch: WatchedOrder): void {
    if (!this.#closed) this.#touches.put(watch);
  }

  /** Removes a watch. */
  remove(id: string, at: number): Promise<WatchedOrder | undefined> {
    return this.#write(() => {
      this.#touch(id);
      const watch = this.#watches.remove(id);
      if (!watch) return { answer: undefined, events: [] };
      return { answer: watch, events: [{ type: "order.removed", at, watch }] };
    });
  }

  /** One watch, or `undefined` if there is none. */
  find(id: string): Promise<WatchedOrder | undefined> {
    return this.#read(() => this.#watches.find(id));
  }

  /** A page of watches, the newest watch first. */
  list(query: ListQuery): Promise<WatchedOrder[]> {
    return this.#read(() => this.#watches.list(query));
  }

  /** The events of a watch since it began, the oldest first. */
  history(id: string): Promise<StoredEvent[]> {
    return this.#read(() => this.#events.history(id));
  }

  /** Events of all watches, the oldest first. */
  eventsAfter(
    sequence: number,
    limit: number,
    types?: readonly EventType[],
  ): Promise<StoredEvent[]> {
    return this.#read(() => this.#events.after(sequence, limit, types));
  }

  /** The sequence of the last event; 0 if there is none. */
  lastSequence(): Promise<number> {
    return this.#read(() => this.#events.last());
  }

  /** The epoch of a sequence; `undefined` for 0 and beyond the last event. */
  epochOf(sequence: number): Promise<string | undefined> {
    return this.#read(() => this.#events.epochOf(sequence));
  }

  /** How many watches there are. */
  counts(): Promise<Counts> {
    return this.#read(() => this.#watches.counts());
  }

  /** Makes sure that it can be written to. */
  check(): Promise<void> {
    return this.#write(() => {
      noopWrite(this.#file.connection);
      return { answer: undefined, events: [] };
    });
  }

  /** Finishes what was begun, and closes. */
  close(): Promise<void> {
    this.#closed ??= this.#commits
      .add(() => ({ answer: undefined, events: [] }))
      .finally(() => {
        this.#touches.clear();
        this.#file.close();
      });
    return this.#closed;
  }

  /**
   * Copies the file as it is, while it is used.
   *
   * @returns The path of the copy: that of the file, and `.backup`.
   * @throws {StoreError} If it cannot be made; the one before is then kept.
   */
  async backup(): Promise<string> {
    return await this.#read(() => this.#file.backup());
  }

  async #read<T>(read: () => T): Promise<T> {
    this.#checkOpen();
    try {
      return await this.#commits.read(read);
    } catch (error) {
      throw storeError(this.#file.path, error);
    }
  }

  async #write<T>(operation: () => WriteResult<T>): Promise<T> {
    this.#checkOpen();
    return await this.#commits.add(operation);
  }

  #checkOpen(): void {
    if (this.#closed) throw unusable(this.#file.path, "it is closed");
  }

  /** Adds those that are not watched; answers what happened by that. */
  #watchSome(
    begun: readonly Transition[],
    created: WatchedOrder[],
    existing: WatchedOrder[],
  ): OrderEvent[] {
    const known = this.#watches.findAll(begun.map(({ watch }) => watch.id));
    const added: Transition[] = [];
    for (const transition of begun) {
      const { watch } = transition;
      const present = known.get(watch.id);
      if (present) {
        existing.push(present);
      } else {
        known.set(watch.id, watch);
        added.push(transition);
      }
    }
    const watches = added.map(({ watch }) => watch);
    this.#watches.add(watches);
    created.push(...watches);
    return added.flatMap(({ events }) => events);
  }

  /** A change begins from how a watch stands now, as far as that is known. */
  #touch(id: string): void {
    const touched = this.#touches.find(id);
    if (touched) this.#watches.touch(touched);
  }

  #keepUp(last: number, added: number): void {
    for (const watch of this.#touches.all()) this.#watches.touch(watch);
    // Each event is dropped once at most, so twice as many as are added keeps
    // up; after very many were added at once, in the commits that follow.
    // Whoever is to be told of one that was removed is told first.
    const end = Math.min(
      last - this.#keptEvents,
      this.#endpoints.smallestCursor() ?? Infinity,
    );
    this.#events.prune(end, Math.min(DROPPED_AT_ONCE, 2 * added + 100));
  }
}
