/**
 * Transactions in which one daemon alone writes, and all that happened, told in
 * order between them.
 *
 * @module
 */

import type { Answer, Connection, Statement } from "./postgres_connection.ts";
import type { ConnectionPlace } from "./postgres_connections.ts";
import { isRefusal } from "./postgres_errors.ts";
import { type HeldEvent, toHeldEvent } from "./postgres_rows.ts";
import { eventsAfter, LAST_EVENT, LOCK_EVENTS } from "./postgres_statements.ts";

/** How many events of others are read at once. */
const PAGE = 1_000;

const BEGIN: Statement = { text: "BEGIN" };
const COMMIT: Statement = { text: "COMMIT" };
const ROLLBACK: Statement = { text: "ROLLBACK" };

/** What transactions go by. */
export interface TransactionsOptions {
  /** The connection to write on. */
  place: ConnectionPlace;
  /** The sequence of the last event when the store was opened. */
  last: number;
  /** Is told all events, in order, once they are durable. */
  onEvents: (events: readonly HeldEvent[]) => void;
}

/** A transaction that has begun. */
export interface Transaction {
  /** The connection that it is on. */
  connection: Connection;
  /** The sequence of the last event before it. */
  last: number;
  /** What was answered to the statements that it began with. */
  answers: Answer[];
}

/** Begins and ends transactions, one after the other. */
export class Transactions {
  readonly #options: TransactionsOptions;
  /** All events up to this one have been told of. */
  #told: number;
  /** There is an event of this sequence. */
  #known: number;
  #isUnknown = false;

  /**
   * Begins without one.
   *
   * @param options What they go by.
   */
  constructor(options: TransactionsOptions) {
    this.#options = options;
    this.#told = options.last;
    this.#known = options.last;
  }

  /** Whether there are events that were not told of. */
  get isBehind(): boolean {
    return this.#known > this.#told;
  }

  /** Whether it is not known if the last transaction was committed. */
  get isUnknown(): boolean {
    return this.#isUnknown;
  }

  /**
   * Takes note that there is an event, maybe of another store.
   *
   * @param sequence Its sequence.
   */
  heardOf(sequence: number): void {
    this.#known = Math.max(this.#known, sequence);
  }

  /**
   * Begins a transaction in which nobody else writes, and tells what others
   * did before it.
   *
   * @param statements What is to be done in it at once.
   * @param onMissed Is given what others did, before it is told.
   */
  async begin(
    statements: readonly Statement[],
    onMissed: (events: readonly HeldEvent[]) => void = () => {},
  ): Promise<Transaction> {
    const { place } = this.#options;
    for (;;) {
      const { answers, connection } = await place.begin(
        BEGIN,
        LOCK_EVENTS,
        eventsAfter(this.#told, PAGE),
        ...statements,
      );
      const [, locked, events, ...rest] = answers;
      let missed: HeldEvent[];
      try {
        missed = events!.rows.map(toHeldEvent);
      } catch (error) {
        await connection.tryAll(ROLLBACK);
        throw error;
      }
      onMissed(missed);
      const isMore = missed.length === PAGE;
      const last = lastOf(locked!);
      this.tell(missed, isMore ? 0 : last);
      if (!isMore) return { connection, last, answers: rest };
      // Nobody is to wait while many are read.
      await connection.tryAll(ROLLBACK);
    }
  }

  /**
   * Ends a transaction; throws unless it was committed.
   *
   * @param connection The connection that it is on.
   * @param statements What is to be done in it before.
   */
  async end(
    connection: Connection,
    statements: readonly Statement[],
  ): Promise<Answer[]> {
    const outcomes = await connection.tryAll(...statements, COMMIT);
    const committed = outcomes.at(-1)!;
    const isUnknown = committed.status === "rejected" &&
      !isRefusal(committed.reason);
    if (isUnknown && statements.length > 0) this.#isUnknown = true;
    const answers = outcomes.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
    if (answers.at(-1)?.command === "COMMIT") return answers;
    throw new Error("a transaction was not committed, and nothing said why");
  }

  /**
   * Tells what came of a transaction of which it was not known.
   *
   * @returns The orders that it was about, if it was committed.
   */
  async findOut(): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    const { connection } = await this.begin([], (events) => {
      for (const { event } of events) known.add(event.watch.id);
    });
    await connection.run(COMMIT);
    this.#isUnknown = false;
    return known;
  }

  /** Takes back what was begun. */
  async rollBack(connection: Connection): Promise<void> {
    await connection.tryAll(ROLLBACK);
  }

  /** Tells what others did. */
  async catchUp(): Promise<void> {
    const { place } = this.#options;
    let isMore = true;
    while (isMore) {
      const { answers } = await place.begin(
        LAST_EVENT,
        eventsAfter(this.#told, PAGE),
      );
      const missed = answers[1]!.rows.map(toHeldEvent);
      isMore = missed.length === PAGE;
      // What was dropped meanwhile is not waited for.
      const last = isMore ? 0 : lastOf(answers[0]!);
      this.tell(missed, last);
      this.#known = isMore ? this.#known : this.#told;
    }
  }

  /**
   * Tells of events.
   *
   * @param events The events that come next.
   * @param last All up to this one are then told.
   */
  tell(events: readonly HeldEvent[], last: number): void {
    this.#told = Math.max(
      this.#told,
      last,
      events.at(-1)?.event.sequence ?? 0,
    );
    this.#known = Math.max(this.#known, this.#told);
    if (events.length > 0) callListener(() => this.#options.onEvents(events));
  }
}

/**
 * Calls a listener: what is durable is so whatever it makes of it.
 *
 * @param call Calls it.
 */
export function callListener(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}

function lastOf({ rows }: Answer): number {
  return Number(rows[0]?.[0] ?? 0);
}
