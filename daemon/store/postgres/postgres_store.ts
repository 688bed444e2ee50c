/**
 * A store in a PostgreSQL database, which several daemons share.
 *
 * @module
 */

import type { Clock } from "../../../mod.ts";
import type {
  Lease,
  LeaseStore,
  Renewal,
  Standing,
} from "../../cluster/lease_store.ts";
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
  SettledOutcome,
  Transition,
  WatchedOrder,
} from "../../polling/watched_order.ts";
import { DeferredPolls } from "../deferred_polls.ts";
import { Subscribers } from "../subscribers.ts";
import { parsePostgresUrl, type PostgresAddress } from "./address.ts";
import { type Change, Commits } from "./commits.ts";
import type { Statement } from "./connection.ts";
import { ReadPool, ReconnectingConnection } from "./connection_pool.ts";
import { postgresError, unusable } from "./errors.ts";
import {
  beginLease,
  endLease,
  LEASE_DURATION_MS,
  renewLease,
} from "./leases.ts";
import { migrate, type Migration } from "./migrations.ts";
import { NotificationListener } from "./notifications.ts";
import { type LeasedEvent, toLeasedEvent } from "./rows.ts";
import { PostgresPauses } from "./pauses.ts";
import { PostgresWebhooks } from "./webhooks.ts";
import {
  COUNT_WATCHES,
  epochOf,
  eventsAfter,
  listWatches,
  SELECT_LAST_EVENT,
  SELECT_WATCHING,
  selectHistory,
  selectHistoryState,
  selectWatch,
} from "./statements.ts";
import type { History } from "./transactions.ts";
import { fromRow } from "../watch_row.ts";

/** How long anything may take that is asked, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** How long what is about a lease may take at most: some fit in one. */
const LEASE_TIMEOUT_MS = 2_000;

/** What can be told when a store is opened. */
export interface PostgresStoreOptions {
  /** How many of the newest events are kept, by default 100,000. */
  keptEvents?: number;
  /**
   * How long anything may take that is asked, in milliseconds, by default
   * 10,000; what is about the lease may take 2,000 at most.
   */
  timeoutMs?: number;
  /** How long a lease lasts, in milliseconds, by default 5,000. */
  leaseDurationMs?: number;
  /** What makes each version of the tables; by default this daemon's. */
  migrations?: readonly Migration[];
}

/**
 * Opens a store; makes its tables, in a schema of their own, where there are
 * none.
 *
 * @param url The URL of the database.
 * @param clock When polls without a change are stored goes by it; whatever
 * concerns the network goes by the machine's time.
 * @param options What else can be told.
 * @throws {TypeError} If the URL cannot be used.
 * @throws {StoreError} If the database cannot be used; the message says in one
 * line why, and what to do.
 */
export async function openPostgresStore(
  url: string,
  clock: Clock,
  {
    keptEvents = KEPT_EVENTS,
    leaseDurationMs = LEASE_DURATION_MS,
    migrations,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  }: PostgresStoreOptions = {},
): Promise<PostgresStore> {
  const address = parsePostgresUrl(url);
  const place = new ReconnectingConnection(address, { limit: timeoutMs });
  try {
    const connection = place.get();
    await migrate(connection, address.redactedUrl, migrations);
    const [answer] = await connection.run(selectHistoryState(0));
    const [sequence, epoch, , incarnation] = answer!.rows[0] as [
      number,
      string,
      null,
      string,
    ];
    return new PostgresStore({
      address,
      place,
      clock,
      keptEvents,
      timeoutMs,
      leaseDurationMs,
      history: { sequence, epoch, incarnation },
    });
  } catch (error) {
    await place.close();
    throw postgresError(address.redactedUrl, error);
  }
}

/** What a store begins with. */
export interface OpenDatabase {
  /** Where the database is. */
  address: PostgresAddress;
  /** The connection to write on; is closed with the store. */
  place: ReconnectingConnection;
  /** When polls without a change are stored goes by it. */
  clock: Clock;
  /** How many of the newest events are kept. */
  keptEvents: number;
  /** How long anything may take that is asked, in milliseconds. */
  timeoutMs: number;
  /** How long a lease lasts, in milliseconds. */
  leaseDurationMs: number;
  /** Where its history stands. */
  history: History;
}

/**
 * Keeps watches and their events in a PostgreSQL database. What it writes about
 * an order that it asked about goes by the lease that it had at the call.
 */
export class PostgresStore implements Store, LeaseStore {
  /** Keeps endpoints of webhooks. */
  readonly webhooks: PostgresWebhooks;
  /** Keeps the long pause that CallFire asked for. */
  readonly pauses: PostgresPauses;
  readonly #subscribers = new Subscribers<StoreListener>();
  readonly #redactedUrl: string;
  readonly #touches: DeferredPolls;
  readonly #commits: Commits;
  readonly #readPool: ReadPool;
  readonly #writeWatches: ReconnectingConnection;
  readonly #leasing: ReconnectingConnection;
  readonly #notifications: NotificationListener;
  readonly #endpoints: ReconnectingConnection;
  readonly #leaseDurationMs: number;
  #incarnation: string;
  #lease: number | undefined;
  #leaseIncarnation = "";
  /** That lease, and those that it has had before. */
  readonly #leases = new Set<number>();
  /** Whether it may hold orders that the daemon does not know of. */
  #isHoldingUnknown = false;
  #closed: Promise<void> | undefined;

  /**
   * Begins where the database ended.
   *
   * @param database What it begins with.
   */
  constructor(
    { address, place, clock, keptEvents, leaseDurationMs, timeoutMs, history }:
      OpenDatabase,
  ) {
    this.#incarnation = history.incarnation;
    this.#redactedUrl = address.redactedUrl;
    this.#leaseDurationMs = leaseDurationMs;
    this.#writeWatches = place;
    this.#readPool = new ReadPool(address, timeoutMs);
    this.#leasing = new ReconnectingConnection(address, {
      limit: Math.min(LEASE_TIMEOUT_MS, timeoutMs),
    });
    this.#endpoints = new ReconnectingConnection(address, { limit: timeoutMs });
    this.webhooks = new PostgresWebhooks({
      read: (statement) => this.#read(statement),
      write: (...statements) => this.#run(() => this.#transact(statements)),
      lease: () => this.#lease,
      incarnation: () => this.#leaseIncarnation,
    });
    this.pauses = new PostgresPauses({
      read: (statement) => this.#read(statement),
      write: (statement) => this.#run(() => this.#transact([statement])),
    });
    this.#touches = new DeferredPolls(clock, () => this.#commits.schedule());
    this.#commits = new Commits({
      place,
      history,
      keptEvents,
      touches: this.#touches,
      lease: () => this.#lease,
      onEvents: (events) => this.#emit(events),
      onHoldingUnknown: () => this.#isHoldingUnknown = true,
      onChanged: (incarnation) => this.#incarnation = incarnation,
      onRewind: () => this.#subscribers.notify((one) => one.onRewind?.()),
      toError: (error) => this.#toError(error),
    });
    this.#notifications = new NotificationListener({
      address,
      timeoutMs,
      onEvent: (sequence) => this.#commits.onNotification(sequence),
      onCheck: () => this.#commits.requestCheck(),
      onWebhooks: (ids) => this.webhooks.notifyChange(ids),
    });
  }

  /** Calls a listener from now on; returns what unsubscribes it. */
  subscribe(listener: StoreListener): () => void {
    return this.#subscribers.add(listener);
  }

  /** All that are watched, in no particular order, by whoever holds them. */
  async loadWatching(): Promise<WatchedOrder[]> {
    return (await this.#read(SELECT_WATCHING)).map(fromRow);
  }

  /** Begins watches, all or nothing. */
  watch(begun: readonly Transition[]): Promise<WatchResult> {
    const lease = this.#lease;
    return this.#write({
      ids: begun.map(({ watch }) => watch.id),
      run: (batch) => batch.watch(begun, lease),
    });
  }

  /** Puts a watch in place of what it was, but for its label. */
  update(transition: Transition): Promise<boolean> {
    const lease = this.#lease;
    return this.#write({
      ids: [transition.watch.id],
      run: (batch) => lease !== undefined && batch.update(transition, lease),
    });
  }

  /** Gives a watch another label. */
  relabel(
    id: string,
    label: string | null,
    at: number,
  ): Promise<WatchedOrder | undefined> {
    return this.#write({
      ids: [id],
      run: (batch) => batch.relabel(id, label, at, this.#lease),
    });
  }

  /** Notes how a watch stands that was polled without a change. */
  touch(watch: WatchedOrder): void {
    if (!this.#closed && this.#lease !== undefined) this.#touches.put(watch);
  }

  /** Removes a watch. */
  remove(id: string, at: number): Promise<WatchedOrder | undefined> {
    return this.#write({
      ids: [id],
      run: (batch) => batch.remove(id, at, this.#lease),
    });
  }

  /** One watch, or `undefined` if there is none. */
  async find(id: string): Promise<WatchedOrder | undefined> {
    return (await this.#read(selectWatch(id))).map(fromRow)[0];
  }

  /** A page of watches, the newest watch first. */
  async list(query: ListQuery): Promise<WatchedOrder[]> {
    return (await this.#read(listWatches(query))).map(fromRow);
  }

  /** The events of a watch since it began, the oldest first. */
  async history(id: string): Promise<StoredEvent[]> {
    return (await this.#read(selectHistory(id))).map(toEvent);
  }

  /** Events of all watches, the oldest first. */
  async eventsAfter(
    sequence: number,
    limit: number,
    types?: readonly EventType[],
  ): Promise<StoredEvent[]> {
    const rows = await this.#read(eventsAfter(sequence, limit, types));
    return rows.map(toEvent);
  }

  /** The sequence of the last event; 0 if there is none. */
  async lastSequence(): Promise<number> {
    return Number((await this.#read(SELECT_LAST_EVENT))[0]?.[0]);
  }

  /** The epoch of a sequence; `undefined` for 0 and beyond the last event. */
  async epochOf(sequence: number): Promise<string | undefined> {
    const [row] = await this.#read(epochOf(sequence));
    return row?.[0] as string | undefined;
  }

  /** How many watches there are. */
  async counts(): Promise<Counts> {
    const counts: Counts = { watching: 0, settled: {} };
    for (const [outcome, count] of await this.#read(COUNT_WATCHES)) {
      if (outcome === null) counts.watching = Number(count);
      else counts.settled[outcome as SettledOutcome] = Number(count);
    }
    return counts;
  }

  /** Makes sure that it can be written to. */
  check(): Promise<void> {
    return this.#write({ ids: [], run: () => {}, isForced: true });
  }

  /** Begins a lease, without slots and orders. */
  async join(): Promise<Lease> {
    const before = this.#lease;
    const incarnation = this.#incarnation;
    const lease = await this.#run(() =>
      beginLease(this.#leasing, before, this.#leaseDurationMs)
    );
    // What was polled by a lease that has ended is its successor's to say.
    this.#touches.clear();
    // A lease that was lost with a part of the database is no lease.
    this.#isHoldingUnknown = incarnation !== this.#incarnation;
    this.#commits.beginEpoch();
    this.#lease = lease.number;
    this.#leaseIncarnation = incarnation;
    this.#leases.add(lease.number);
    return lease;
  }

  /** Lets the lease last for its whole duration from now on. */
  async renew(renewal: Renewal): Promise<Standing | undefined> {
    const number = this.#lease;
    if (number === undefined || this.#isHoldingUnknown) return undefined;
    return await this.#run(() =>
      renewLease(this.#leasing, number, renewal, this.#leaseDurationMs)
    );
  }

  /** Takes orders that are held by nobody who lives. */
  async claim(
    limit: number,
    take: (watches: readonly WatchedOrder[]) => void,
  ): Promise<number> {
    this.#checkOpen();
    const number = this.#lease;
    if (number === undefined || this.#isHoldingUnknown) return 0;
    return await this.#commits.claim(limit, number, take);
  }

  /** Gives orders up for others to take. */
  async release(watches: readonly WatchedOrder[]): Promise<void> {
    const lease = this.#lease;
    if (lease === undefined) return;
    await this.#write({
      ids: watches.map(({ id }) => id),
      run: (batch) => batch.release(watches, lease),
      isSilent: true,
    });
  }

  /** Ends the lease at once; its orders are for others to take. */
  async leave(): Promise<void> {
    const number = this.#lease;
    if (number === undefined) return;
    // The touches go with it, by the lease that they were polled by.
    await this.#write({ ids: [], run: () => {} });
    await this.#run(() => endLease(this.#leasing, number));
    if (this.#lease === number) this.#lease = undefined;
    this.#touches.clear();
  }

  /** Finishes what was begun, leaves, and closes. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const number = this.#lease;
    try {
      await this.#commits.add({ ids: [], run: () => {} });
      if (number !== undefined) await endLease(this.#leasing, number);
    } catch (error) {
      throw this.#toError(error);
    } finally {
      this.#touches.clear();
      await Promise.all([
        this.#writeWatches.close(),
        this.#leasing.close(),
        this.#notifications.close(),
        this.#endpoints.close(),
        this.#readPool.close(),
      ]);
    }
  }

  #emit(events: readonly LeasedEvent[]): void {
    const own = events.filter(({ daemon }) =>
      daemon !== null && this.#leases.has(daemon)
    );
    const held = own.filter(({ daemon }) => daemon === this.#lease);
    const [allEvents, ownEvents, heldEvents] = [events, own, held].map((some) =>
      some.map(({ event }) => event)
    );
    this.#subscribers.notify((one) =>
      one.onEvents?.(allEvents!, ownEvents!, heldEvents!)
    );
  }

  #read(statement: Statement): Promise<unknown[][]> {
    return this.#run(() => this.#readPool.read(statement));
  }

  /** What is sent in one go cannot be left half done. */
  #transact(statements: readonly Statement[]): Promise<unknown[][]> {
    return this.#endpoints.exclusive(async () => {
      const { answers } = await this.#endpoints.begin(
        { text: "BEGIN" },
        ...statements,
        { text: "COMMIT" },
      );
      return answers.at(-2)!.rows;
    });
  }

  async #run<T>(act: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    try {
      return await act();
    } catch (error) {
      throw this.#toError(error);
    }
  }

  async #write<T>(change: Change<T>): Promise<T> {
    this.#checkOpen();
    return await this.#commits.add(change);
  }

  #checkOpen(): void {
    if (this.#closed) throw unusable(this.#redactedUrl, "it is closed");
  }

  #toError(error: unknown): unknown {
    return postgresError(this.#redactedUrl, error);
  }
}

function toEvent(row: readonly unknown[]): StoredEvent {
  return toLeasedEvent(row).event;
}
