/**
 * All that a store writes to PostgreSQL and tells of, one transaction after the
 * other: what is asked for while one is under way goes together into the next.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { BEGINNING, newEpoch } from "../event_id.ts";
import { StoreError } from "../store.ts";
import type { WatchedOrder } from "../../polling/watched_order.ts";
import type { DeferredPolls } from "../deferred_polls.ts";
import { Batch, isId } from "./batch.ts";
import type { Statement } from "./connection.ts";
import { isDataError, isServerError } from "./errors.ts";
import { END_LEASES } from "./leases.ts";
import { LOCK_LEASES } from "./migrations.ts";
import { type LeasedEvent, toLeasedWatch } from "./rows.ts";
import {
  beginEpoch,
  claimOrders,
  insertEvents,
  NOOP_WRITE,
  pruneEvents,
  SELECT_LEASES,
  selectRemovals,
  selectWatches,
  updatePolled,
  writeWatches,
} from "./statements.ts";
import {
  callListener,
  Transactions,
  type TransactionsOptions,
} from "./transactions.ts";
import { partsOf, yieldToEventLoop } from "../../event_loop.ts";
import { fromRow } from "../watch_row.ts";

/**
 * How many orders are taken by one transaction: their rows fit into the buffers
 * of a connection, so that a daemon that is paused then locks nobody out.
 */
const CLAIM_BATCH_SIZE = 1_000;

/** Something to do with watches. */
export interface Change<T> {
  /** The orders that it is about. */
  ids: readonly string[];
  /** Does it; may be called again, on the watches as they are then. */
  run(batch: Batch): T;
  /** Whether something is written even if nothing is to be. */
  isForced?: boolean;
  /** Whether it changes who holds orders without telling so by an event. */
  isSilent?: boolean;
}

/** What the commits go by. */
export interface CommitsOptions extends TransactionsOptions {
  /** How watches stand by polls that are not stored yet. */
  touches: DeferredPolls;
  /** How many of the newest events are kept. */
  keptEvents: number;
  /** The number of the lease that the store has now. */
  lease: () => number | undefined;
  /** Is told that orders may be held that nobody here knows of. */
  onHoldingUnknown: () => void;
  /** Makes the one error about the database of what was thrown. */
  toError: (error: unknown) => unknown;
}

/** A change that waits, or is under way. */
interface Waiting extends Change<unknown> {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Something that is done by itself. */
interface Alone {
  run(): Promise<void>;
  reject(error: unknown): void;
}

/** Commits what was asked for, and tells of it and of what others did. */
export class Commits {
  readonly #options: CommitsOptions;
  #items: (Waiting | Alone)[] = [];
  #isWorking = false;
  readonly #transactions: Transactions;
  /** The epoch that begins with the next event; absent if one goes on. */
  #newEpoch: string | undefined = newEpoch();

  /**
   * Begins with nothing to commit.
   *
   * @param options What it goes by.
   */
  constructor(options: CommitsOptions) {
    this.#options = options;
    this.#transactions = new Transactions({
      ...options,
      onChanged: (incarnation) => {
        this.beginEpoch();
        options.onHoldingUnknown();
        options.onChanged(incarnation);
      },
    });
  }

  /** Begins an epoch with the next event that is added here. */
  beginEpoch(): void {
    this.#newEpoch = newEpoch();
  }

  /**
   * Does something with the next commit.
   *
   * @param change What to do; if it throws, it has changed nothing, and the
   * others go on.
   * @returns What it answers, once it is durable, in the order in which the
   * changes were added.
   */
  add<T>(change: Change<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#put({
        ...change,
        resolve: (answer) => resolve(answer as T),
        reject,
      });
    });
  }

  /** Sees to it that there is a commit, if only for the touches. */
  schedule(): void {
    this.add({ ids: [], run: () => {} }).catch(() => {});
  }

  /**
   * Takes note that there is an event, maybe of another store.
   *
   * @param sequence Its sequence.
   */
  onNotification(sequence: number): void {
    this.#transactions.onNotification(sequence);
    if (this.#transactions.isBehind) this.#start();
  }

  /** Looks for events of other stores, and whether the database is as it was. */
  requestCheck(): void {
    this.#transactions.requestCheck();
    this.#start();
  }

  /**
   * Takes orders that nobody holds who lives.
   *
   * @param limit At most so many.
   * @param daemon The number of the lease to take them for.
   * @param take Is called with some of them at a time, between the events
   * before and after.
   * @returns How many there were.
   */
  claim(
    limit: number,
    daemon: number,
    take: (watches: readonly WatchedOrder[]) => void,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#put({
        run: async () => {
          let count = 0;
          let isMore = true;
          while (isMore) {
            const most = Math.min(limit - count, CLAIM_BATCH_SIZE);
            const claimed = await this.#claim(most, daemon);
            if (claimed.length > 0) callListener(() => take(claimed));
            count += claimed.length;
            isMore = claimed.length === most && count < limit;
          }
          resolve(count);
        },
        reject,
      });
    });
  }

  #put(item: Waiting | Alone): void {
    this.#items.push(item);
    this.#start();
  }

  #start(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    // After all that the system has for this turn of the event loop was read,
    // so that requests that came in together are committed together.
    setImmediate(() => this.#work());
  }

  async #work(): Promise<void> {
    let goesOn = true;
    while (goesOn && (this.#items.length > 0 || this.#transactions.isBehind)) {
      goesOn = await this.#workOnce();
    }
    this.#isWorking = false;
    if (this.#items.length > 0) this.#start();
  }

  /** Answers whether it is of use to go on at once. */
  async #workOnce(): Promise<boolean> {
    const { toError, touches } = this.#options;
    let items: (Waiting | Alone)[] = [];
    try {
      if (this.#transactions.hasUnknownOutcome) {
        // Unless that is found out, nothing that waits can be done either.
        items = this.#items;
        await this.#resolveUnknownOutcome();
      }
      items = this.#next();
      const [first] = items;
      if (!first) await this.#transactions.catchUp();
      else if (isAlone(first)) await first.run();
      else await this.#commit(items as Waiting[]);
      return true;
    } catch (error) {
      touches.await();
      const reason = toError(error);
      const failed = items === this.#items ? this.#items.splice(0) : items;
      for (const { reject } of failed) reject(reason);
      return failed.length > 0;
    }
  }

  /** What goes together: changes, or one thing that is done by itself. */
  #next(): (Waiting | Alone)[] {
    const end = this.#items.findIndex(isAlone);
    if (end === 0) return this.#items.splice(0, 1);
    return this.#items.splice(0, end < 0 ? this.#items.length : end);
  }

  /**
   * Commits changes.
   *
   * @param changes The changes.
   * @param hasTouches Whether the touches go with them.
   */
  async #commit(changes: Waiting[], hasTouches = true): Promise<void> {
    const { touches, lease } = this.#options;
    const ids = [...new Set(changes.flatMap((change) => change.ids))]
      .filter(isId);
    const begun = await this.#transactions.begin([
      selectWatches(ids),
      selectRemovals(ids),
      SELECT_LEASES,
    ]);
    const { connection, last } = begun;
    const begins = this.#newEpoch;
    const epoch = begins ?? begun.epoch;
    const number = lease();
    const touched = hasTouches && number !== undefined
      ? [...touches.all()]
      : [];
    let settlements: (() => void)[];
    let added: LeasedEvent[];
    let statements: Statement[];
    try {
      const [watches, removals, leases] = begun.answers;
      const batch = new Batch({
        watches: watches!.rows.map(toLeasedWatch),
        removals: removals!.rows as [string, number | null][],
        leases: new Map(leases!.rows as [number, number][]),
        touched: (id) => hasTouches ? touches.find(id) : undefined,
      });
      settlements = changes.map((change) => attempt(change, batch));
      added = batch.events.map(({ event, daemon }, at) => ({
        event: { sequence: last + at + 1, epoch, ...event },
        daemon,
      }));
      statements = [
        ...writeWatches(batch.changes()),
        ...(touched.length > 0 ? [updatePolled(touched, number!)] : []),
        ...this.#keepUp(added, last, begins),
      ];
      if (statements.length === 0 && changes.some((one) => one.isForced)) {
        statements.push(NOOP_WRITE);
      }
    } catch (error) {
      await this.#transactions.rollBack(connection);
      throw error;
    }
    try {
      await this.#transactions.end(connection, statements);
    } catch (error) {
      if (
        this.#transactions.hasUnknownOutcome &&
        changes.some((one) => one.isSilent)
      ) {
        this.#options.onHoldingUnknown();
      }
      if (!isDataError(error)) throw error;
      return await this.#commitSeparately(changes, touched.length > 0, error);
    }
    if (added.length > 0 && this.#newEpoch === begins) {
      this.#newEpoch = undefined;
    }
    touches.stored(hasTouches ? touched : []);
    if (number === undefined) touches.clear();
    for (const part of partsOf(added)) {
      if (part[0] !== added[0]) await yieldToEventLoop();
      this.#transactions.emit(part, BEGINNING);
    }
    for (const settle of settlements) settle();
  }

  /** One value that cannot be stored must not keep the others from it. */
  async #commitSeparately(
    changes: Waiting[],
    hadTouches: boolean,
    error: unknown,
  ): Promise<void> {
    const { touches, toError } = this.#options;
    if (changes.length === 0) return touches.clear();
    if (changes.length === 1 && !hadTouches) {
      changes[0]!.reject(toError(error));
      return;
    }
    for (const [at, change] of changes.entries()) {
      try {
        await this.#commit([change], false);
      } catch (reason) {
        for (const { reject } of changes.slice(at)) reject(toError(reason));
        throw reason;
      }
    }
    if (hadTouches) await this.#commit([]);
  }

  /** What adds events, with an epoch that begins, and drops old ones. */
  #keepUp(
    added: readonly LeasedEvent[],
    before: number,
    epoch: string | undefined,
  ): Statement[] {
    if (added.length === 0) return [];
    const last = before + added.length;
    const oldest = last - this.#options.keptEvents;
    return [
      ...(epoch === undefined ? [] : beginEpoch(epoch, before + 1, oldest)),
      ...insertEvents(added, last),
      // Each event is dropped once at most, so twice as many as are added keeps
      // up.
      ...pruneEvents(oldest, 2 * added.length + 100),
    ];
  }

  async #claim(limit: number, daemon: number): Promise<WatchedOrder[]> {
    const { connection } = await this.#transactions.begin([
      LOCK_LEASES,
      END_LEASES,
    ]);
    try {
      const [claimed] = await this.#transactions.end(connection, [
        claimOrders(limit, daemon),
      ]);
      return claimed!.rows.map(fromRow)
        .sort((one, other) => (one.nextPollAt ?? 0) - (other.nextPollAt ?? 0));
    } catch (error) {
      // What is held cannot be read, or it is not known what is.
      if (!isServerError(error)) this.#options.onHoldingUnknown();
      throw error;
    }
  }

  /**
   * Finds out what came of a transaction of which it was not known. What waits
   * and is about the same orders was asked for without knowing that.
   */
  async #resolveUnknownOutcome(): Promise<void> {
    const known = await this.#transactions.resolveUnknownOutcome();
    const isOutdated = (item: Waiting | Alone): boolean =>
      !isAlone(item) && item.ids.some((id) => known.has(id));
    const outdated = this.#items.filter(isOutdated);
    this.#items = this.#items.filter((item) => !isOutdated(item));
    const reason = new StoreError(
      "Cannot store this: it was not known whether what came before it was " +
        "stored; it was, so look at the order and ask again",
    );
    for (const { reject } of outdated) reject(reason);
  }
}

/** Runs a change; answers what to do once all is durable. */
function attempt(change: Waiting, batch: Batch): () => void {
  try {
    const answer = change.run(batch);
    return () => change.resolve(answer);
  } catch (error) {
    return () => change.reject(error);
  }
}

function isAlone(item: Waiting | Alone): item is Alone {
  return !("ids" in item);
}
