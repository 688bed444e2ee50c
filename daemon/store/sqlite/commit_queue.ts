/**
 * Writes that are asked for at the same time, made durable together: waiting
 * for the disk is nearly all that a small write costs.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { StatementSync } from "node:sqlite";
import type { StoredEvent } from "../store.ts";
import type { OrderEvent } from "../../polling/watched_order.ts";
import type { DatabaseFile } from "./database_file.ts";
import type { EventTable } from "./event_table.ts";
import { run } from "./query.ts";
import { storeError } from "./errors.ts";
import { PART_SIZE, partsOf, yieldToEventLoop } from "../../event_loop.ts";

/** What an operation came to. */
export interface WriteResult<T> {
  /** What it answers, once it is durable. */
  answer: T;
  /** What happened by it, in order. */
  events: readonly OrderEvent[];
  /** What is left of it, which decides what it answers. */
  rest?: (() => WriteResult<T>) | undefined;
}

/** What goes with every commit, besides the operations. */
export interface CommitHooks {
  /**
   * Writes within the transaction, last of all; may fail by itself.
   *
   * @param last The sequence of the last event.
   * @param added How many events the operations have added.
   */
  write(last: number, added: number): void;
  /** Is told whether that is durable. */
  ended(isDurable: boolean): void;
  /** Is told what happened, some of it at a time, as soon as it is durable. */
  onEvents(events: readonly StoredEvent[]): void;
}

/** An operation that has not run yet. */
interface Waiting {
  /** Runs it; what it answers is how to tell that it is durable. */
  run(): WriteResult<() => void>;
  /** Tells that it has changed nothing. */
  reject(error: unknown): void;
}

/**
 * Commits what was asked for since the last turn of the event loop. A commit of
 * many events takes several turns, which nothing else of the store comes
 * between.
 */
export class CommitQueue {
  readonly #file: DatabaseFile;
  readonly #events: EventTable;
  readonly #upkeep: CommitHooks;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  #waiting: Waiting[] = [];
  #isScheduled = false;
  /** What is to be read after the commit; `undefined` while there is none. */
  #reads: (() => void)[] | undefined;
  #lastSequence: number;

  /**
   * Begins with nothing to commit.
   *
   * @param file The database.
   * @param events Where events are kept in it.
   * @param upkeep What goes with every commit.
   */
  constructor(file: DatabaseFile, events: EventTable, upkeep: CommitHooks) {
    const { connection } = file;
    this.#file = file;
    this.#events = events;
    this.#upkeep = upkeep;
    this.#begin = connection.prepare("BEGIN IMMEDIATE");
    this.#commit = connection.prepare("COMMIT");
    this.#savepoint = connection.prepare("SAVEPOINT operation");
    this.#release = connection.prepare("RELEASE operation");
    this.#lastSequence = events.last();
  }

  /**
   * Runs an operation with the next commit.
   *
   * @param operation Reads and writes at once; if it throws, nothing that it
   * has written stays, and the others go on.
   * @returns What it answers, once it is durable, in the order in which the
   * operations were added.
   * @throws {StoreError} If it could not be made durable.
   */
  add<T>(operation: () => WriteResult<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const toWaiting =
        (operation: () => WriteResult<T>) => (): WriteResult<() => void> => {
          const { answer, events, rest } = operation();
          return {
            answer: () => resolve(answer),
            events,
            rest: rest && toWaiting(rest),
          };
        };
      this.#waiting.push({ run: toWaiting(operation), reject });
      this.schedule();
    });
  }

  /**
   * Reads what is durable: at once, or after the commit that goes on.
   *
   * @param read Reads.
   * @returns What it has read.
   * @throws What it throws.
   */
  read<T>(read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(read());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#reads) this.#reads.push(run);
      else run();
    });
  }

  /** Sees to it that there is a commit, if only for the upkeep. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After all that the system has for this turn of the event loop was read,
    // so that requests that came in together are committed together.
    setImmediate(() => this.#run());
  }

  async #run(): Promise<void> {
    this.#reads = [];
    for (const _turn of this.#turns(this.#waiting.splice(0))) {
      await yieldToEventLoop();
    }
    const reads = this.#reads;
    this.#reads = undefined;
    for (const read of reads) read();
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.schedule();
  }

  /** A commit; yields wherever something else may have its turn. */
  *#turns(operations: readonly Waiting[]): Generator<void> {
    const stored: StoredEvent[] = [];
    const upkeep: Waiting = {
      run: () => {
        this.#upkeep.write(this.#lastSequence + stored.length, stored.length);
        return { answer: () => this.#upkeep.ended(true), events: [] };
      },
      reject: () => this.#upkeep.ended(false),
    };
    const settlements: (() => void)[] = [];
    let settleUpkeep: () => void;
    const isLarge = () => stored.length > PART_SIZE;
    try {
      this.#file.checkInPlace();
      this.#begin.run();
      let count = 0;
      for (const operation of operations) {
        settlements.push(yield* this.#attempt(operation, stored));
        if (stored.length - count < PART_SIZE) continue;
        count = stored.length;
        yield;
      }
      settleUpkeep = yield* this.#attempt(upkeep, stored);
      if (isLarge()) this.#file.withoutCheckpoint(() => this.#commit.run());
      else this.#commit.run();
    } catch (error) {
      this.#rollBack("ROLLBACK");
      const reason = storeError(this.#file.path, error);
      for (const { reject } of [upkeep, ...operations]) reject(reason);
      return;
    }
    this.#lastSequence += stored.length;
    settleUpkeep();
    for (const part of partsOf(stored)) {
      if (part[0] !== stored[0]) yield;
      try {
        this.#upkeep.onEvents(part);
      } catch (error) {
        // What is durable is so whatever a listener makes of it.
        reportError(error);
      }
    }
    for (const settle of settlements) settle();
    if (!isLarge()) return;
    yield;
    this.#file.checkpoint();
  }

  /**
   * Runs an operation.
   *
   * @param operation The operation.
   * @param stored Where to put what happened.
   * @returns What to do once all is durable.
   */
  *#attempt(
    operation: Waiting,
    stored: StoredEvent[],
  ): Generator<void, () => void> {
    const count = stored.length;
    this.#savepoint.run();
    try {
      for (let run = operation.run;;) {
        const { answer, events, rest } = run();
        const last = this.#lastSequence + stored.length;
        for (const event of this.#events.add(events, last)) stored.push(event);
        if (rest) {
          run = rest;
          yield;
        } else {
          this.#release.run();
          return answer;
        }
      }
    } catch (error) {
      stored.length = count;
      // A full disk, for one, may end the whole transaction.
      if (!this.#rollBack("ROLLBACK TO operation")) throw error;
      this.#release.run();
      return () => operation.reject(storeError(this.#file.path, error));
    }
  }

  /** Takes back, unless SQLite has taken back everything already. */
  #rollBack(statement: string): boolean {
    const { connection } = this.#file;
    if (!connection.isTransaction) return false;
    run(connection, statement);
    return true;
  }
}
