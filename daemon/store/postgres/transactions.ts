/**
 * Transactions in which one daemon alone writes, and all that happened, told in
 * order between them.
 *
 * @module
 */

import { BEGINNING, type EventPosition } from "../event_id.ts";
import { StoreError } from "../store.ts";
import type { Connection, QueryResult, Statement } from "./connection.ts";
import type { ReconnectingConnection } from "./connection_pool.ts";
import { isServerError } from "./errors.ts";
import { type LeasedEvent, toLeasedEvent } from "./rows.ts";
import {
  eventsAfter,
  LOCK_LAST_EVENT,
  selectHistoryState,
} from "./statements.ts";

/** How many events of others are read at once. */
const PAGE = 1_000;

const BEGIN: Statement = { text: "BEGIN" };
const COMMIT: Statement = { text: "COMMIT" };
const ROLLBACK: Statement = { text: "ROLLBACK" };

/** Where the history of a database stands. */
export interface History extends EventPosition {
  /** Which database it is, and which run of its server. */
  readonly incarnation: string;
}

/** What transactions go by. */
export interface TransactionsOptions {
  /** The connection to write on. */
  place: ReconnectingConnection;
  /** Where the history stood when the store was opened. */
  history: History;
  /** Is told all events, in order, once they are durable. */
  onEvents: (events: readonly LeasedEvent[]) => void;
  /**
   * Is called when the database may not have all that was committed to it: it
   * is another one than before, or its server was started again.
   */
  onChanged: (incarnation: string) => void;
  /** Is called when events that were told of are not in the database. */
  onRewind: () => void;
}

/** A transaction that has begun. */
export interface Transaction {
  /** The connection that it is on. */
  connection: Connection;
  /** The sequence of the last event before it. */
  last: number;
  /** The epoch of that event, which goes on unless another one is begun. */
  epoch: string;
  /** What was answered to the statements that it began with. */
  answers: QueryResult[];
}

/** Begins and ends transactions, one after the other. */
export class Transactions {
  readonly #options: TransactionsOptions;
  /** All events up to this one have been told of. */
  #emitted: EventPosition;
  #incarnation: string;
  /** There is an event of this sequence. */
  #known: number;
  #isCheckDue = false;
  #hasUnknownOutcome = false;

  /**
   * Begins without one.
   *
   * @param options What they go by.
   */
  constructor(options: TransactionsOptions) {
    this.#options = options;
    this.#emitted = options.history;
    this.#incarnation = options.history.incarnation;
    this.#known = options.history.sequence;
  }

  /** Whether there are events that were not told of, or may be. */
  get isBehind(): boolean {
    return this.#isCheckDue || this.#known > this.#emitted.sequence;
  }

  /** Whether it is not known if the last transaction was committed. */
  get hasUnknownOutcome(): boolean {
    return this.#hasUnknownOutcome;
  }

  /**
   * Takes note that there is an event, maybe of another store.
   *
   * @param sequence Its sequence.
   */
  onNotification(sequence: number): void {
    this.#known = Math.max(this.#known, sequence);
  }

  /** Has the next {@linkcode Transactions.catchUp} look at the database. */
  requestCheck(): void {
    this.#isCheckDue = true;
  }

  /**
   * Begins a transaction in which nobody else writes, and tells what others
   * did before it.
   *
   * @param statements What is to be done in it at once.
   * @param onMissed Is given what others did, before it is told.
   * @throws {StoreError} If events that were told of are not in the database:
   * what is to be done was decided without knowing that.
   */
  async begin(
    statements: readonly Statement[],
    onMissed: (events: readonly LeasedEvent[]) => void = () => {},
  ): Promise<Transaction> {
    const { place } = this.#options;
    for (;;) {
      const { answers, connection } = await place.begin(
        BEGIN,
        LOCK_LAST_EVENT,
        selectHistoryState(this.#emitted.sequence),
        eventsAfter(this.#emitted.sequence, PAGE),
        ...statements,
      );
      const [, , state, events, ...rest] = answers;
      let missed: LeasedEvent[];
      try {
        if (this.#hasRewound(state!)) {
          throw new StoreError(
            "Cannot store this: the database was put back to an earlier " +
              "state; its orders are read again, so repeat the request",
          );
        }
        missed = events!.rows.map(toLeasedEvent);
      } catch (error) {
        await connection.tryAll(ROLLBACK);
        throw error;
      }
      onMissed(missed);
      const isMore = missed.length === PAGE;
      const last = lastOf(state!);
      this.emit(missed, isMore ? BEGINNING : last);
      if (!isMore) {
        return {
          connection,
          last: last.sequence,
          epoch: last.epoch,
          answers: rest,
        };
      }
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
  ): Promise<QueryResult[]> {
    const outcomes = await connection.tryAll(...statements, COMMIT);
    const committed = outcomes.at(-1)!;
    const hasUnknownOutcome = committed.status === "rejected" &&
      !isServerError(committed.reason);
    if (hasUnknownOutcome && statements.length > 0) {
      this.#hasUnknownOutcome = true;
    }
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
  async resolveUnknownOutcome(): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    const { connection } = await this.begin([], (events) => {
      for (const { event } of events) known.add(event.watch.id);
    });
    await connection.run(COMMIT);
    this.#hasUnknownOutcome = false;
    return known;
  }

  /** Takes back what was begun. */
  async rollBack(connection: Connection): Promise<void> {
    await connection.tryAll(ROLLBACK);
  }

  /** Tells what others did. */
  async catchUp(): Promise<void> {
    const { place } = this.#options;
    let known = this.#known;
    let isMore = true;
    while (isMore) {
      known = this.#known;
      const { answers } = await place.begin(
        selectHistoryState(this.#emitted.sequence),
        eventsAfter(this.#emitted.sequence, PAGE),
      );
      this.#isCheckDue = false;
      if (this.#hasRewound(answers[0]!)) return;
      if (lastOf(answers[0]!).sequence === this.#emitted.sequence) break;
      const missed = answers[1]!.rows.map(toLeasedEvent);
      isMore = missed.length === PAGE;
      this.emit(missed, isMore ? BEGINNING : lastOf(answers[0]!));
    }
    // What was dropped meanwhile is not waited for; what was added is.
    if (this.#known === known) this.#known = this.#emitted.sequence;
  }

  /**
   * Tells of events.
   *
   * @param events The events that come next.
   * @param last All up to this one are then told.
   */
  emit(events: readonly LeasedEvent[], last: EventPosition): void {
    for (const place of [last, events.at(-1)?.event ?? BEGINNING]) {
      if (place.sequence > this.#emitted.sequence) this.#emitted = place;
    }
    this.#known = Math.max(this.#known, this.#emitted.sequence);
    if (events.length > 0) callListener(() => this.#options.onEvents(events));
  }

  /** Whether events that were told of are not in the database; goes by that. */
  #hasRewound(state: QueryResult): boolean {
    const { onChanged, onRewind } = this.#options;
    const last = lastOf(state);
    const [, , epoch, incarnation] = state.rows[0] as HistoryRow;
    if (incarnation !== this.#incarnation) {
      this.#incarnation = incarnation;
      onChanged(incarnation);
    }
    const emitted = this.#emitted;
    const isThere = emitted.sequence === 0 ||
      emitted.sequence <= last.sequence && emitted.epoch === epoch;
    if (isThere) return false;
    this.#emitted = last;
    this.#known = last.sequence;
    onChanged(incarnation);
    callListener(onRewind);
    return true;
  }
}

type HistoryRow = [
  sequence: number,
  lastEpoch: string | null,
  epoch: string | null,
  incarnation: string,
];

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

function lastOf({ rows }: QueryResult): EventPosition {
  const [sequence, epoch] = rows[0] as HistoryRow;
  return { sequence, epoch: epoch ?? "" };
}
