/**
 * Writes that are asked for at the same time, made durable together: waiting
 * for the disk is nearly all that a small write costs.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { StatementSync } from "node:sqlite";
import type { StoredEvent } from "../watch/store.ts";
import type { OrderEvent } from "../watch/watched_order.ts";
import type { DatabaseFile } from "./database_file.ts";
import type { EventTable } from "./event_table.ts";
import { run } from "./query.ts";
import { storeError } from "./sqlite_errors.ts";

/** What an operation came to. */
export interface Done<T> {
  /** What it answers, once it is durable. */
  answer: T;
  /** What happened by it, in order. */
  events: readonly OrderEvent[];
}

/** What goes with every commit, besides the operations. */
export interface Upkeep {
  /**
   * Writes within the transaction, last of all; may fail by itself.
   *
   * @param last The sequence of the last event.
   * @param added How many events the operations have added.
   */
  write(last: number, added: number): void;
  /** Is told whether that is durable. */
  ended(isDurable: boolean): void;
  /** Is told what happened, as soon as it is durable. */
  onEvents(events: readonly StoredEvent[]): void;
}

/** An operation that has not run yet. */
interface Waiting {
  /** Runs it; answers what happened, and how to tell that it is durable. */
  run(): { events: readonly OrderEvent[]; settle: () => void };
  /** Tells that it has changed nothing. */
  reject(error: unknown): void;
}

/** Commits what was asked for since the last turn of the event loop. */
export class CommitQueue {
  readonly #file: DatabaseFile;
  readonly #events: EventTable;
  readonly #upkeep: Upkeep;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #lastSequence: number;

  /**
   * Begins with nothing to commit.
   *
   * @param file The database.
   * @param events Where events are kept in it.
   * @param upkeep What goes with every commit.
   */
  constructor(file: DatabaseFile, events: EventTable, upkeep: Upkeep) {
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
  add<T>(operation: () => Done<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        run: () => {
          const { answer, events } = operation();
          return { events, settle: () => resolve(answer) };
        },
        reject,
      });
      this.schedule();
    });
  }

  /** Sees to it that there is a commit, if only for the upkeep. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After all that the system has for this turn of the event loop was read,
    // so that requests that came in together are committed together.
    setImmediate(() => {
      this.#isScheduled = false;
      this.#run();
    });
  }

  #run(): void {
    const operations = this.#waiting.splice(0);
    const stored: StoredEvent[] = [];
    const upkeep: Waiting = {
      run: () => {
        this.#upkeep.write(this.#lastSequence + stored.length, stored.length);
        return { events: [], settle: () => this.#upkeep.ended(true) };
      },
      reject: () => this.#upkeep.ended(false),
    };
    let settleUpkeep: () => void;
    let settlements: (() => void)[];
    try {
      this.#file.checkInPlace();
      this.#begin.run();
      settlements = operations.map((one) => this.#attempt(one, stored));
      settleUpkeep = this.#attempt(upkeep, stored);
      this.#commit.run();
    } catch (error) {
      this.#rollBack("ROLLBACK");
      const reason = storeError(this.#file.path, error);
      for (const { reject } of [upkeep, ...operations]) reject(reason);
      return;
    }
    this.#lastSequence += stored.length;
    settleUpkeep();
    try {
      if (stored.length > 0) this.#upkeep.onEvents(stored);
    } catch (error) {
      // What is durable is so whatever a listener makes of it.
      reportError(error);
    }
    for (const settle of settlements) settle();
  }

  /**
   * Runs an operation.
   *
   * @param operation The operation.
   * @param stored Where to put what happened.
   * @returns What to do once all is durable.
   */
  #attempt(operation: Waiting, stored: StoredEvent[]): () => void {
    this.#savepoint.run();
    try {
      const { events, settle } = operation.run();
      const last = this.#lastSequence + stored.length;
      const added = this.#events.add(events, last);
      this.#release.run();
      for (const event of added) stored.push(event);
      return settle;
    } catch (error) {
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
