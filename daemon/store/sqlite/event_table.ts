/**
 * The events, as SQLite keeps them.
 *
 * @module
 */

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { newEpoch } from "../event_id.ts";
import type { StoredEvent } from "../store.ts";
import type { EventType, OrderEvent } from "../../polling/watched_order.ts";
import { deleteEpochs, selectEpoch } from "../epoch_sql.ts";
import { prepareQuery, type Query } from "./query.ts";
import { RowWriter } from "./row_writer.ts";
import {
  BEGUN_COLUMNS,
  fromRow,
  toRow,
  WATCH_COLUMNS,
  WATCH_SELECTION,
} from "../watch_row.ts";

const COLUMNS = ["sequence", "type", "at"] as const;

const SELECT = `SELECT ${COLUMNS.join(", ")}, ${selectEpoch("events.sequence")},
  ${WATCH_SELECTION} FROM events`;

/** Reads and writes events; within a transaction, if there is one. */
export class EventTable {
  readonly #connection: DatabaseSync;
  readonly #writer: RowWriter<StoredEvent>;
  readonly #history: Query;
  readonly #after: Query;
  readonly #afterOf: Query;
  readonly #last: Query;
  readonly #epochOf: Query;
  readonly #prune: Query;
  readonly #epoch = newEpoch();

  /**
   * Prepares what is asked often, and begins an epoch for the events to come.
   *
   * @param connection The database, not in a transaction.
   * @param keptEvents The sequences of so many of the newest events stay valid
   * positions, whatever becomes of the events.
   */
  constructor(connection: DatabaseSync, keptEvents: number) {
    const prepare = (sql: string) => prepareQuery(connection, sql);
    this.#connection = connection;
    this.#writer = new RowWriter(
      connection,
      "events",
      [...COLUMNS, ...WATCH_COLUMNS],
      COLUMNS.length + BEGUN_COLUMNS.length,
      ({ sequence, type, at, watch }) => [sequence, type, at, ...toRow(watch)],
    );
    // An order that was removed may have been watched anew.
    this.#history = prepare(
      `${SELECT} INDEXED BY events_by_id WHERE id = ?1 AND sequence > (
        SELECT coalesce(max(sequence), 0) FROM events INDEXED BY events_by_id
        WHERE id = ?1 AND type = 'order.removed'
      ) ORDER BY sequence`,
    );
    this.#after = prepare(
      `${SELECT} WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    );
    this.#afterOf = prepare(
      `${SELECT} INDEXED BY events_by_id WHERE id = ? AND sequence > ? ` +
        "ORDER BY sequence LIMIT ?",
    );
    this.#last = prepare(
      "SELECT seq FROM sqlite_sequence WHERE name = 'events'",
    );
    this.#epochOf = prepare(`SELECT ${selectEpoch("?")}`);
    // The removal itself goes last, so that the rest is found again.
    this.#prune = prepare(
      `DELETE FROM events WHERE sequence IN (
        SELECT told.sequence
        FROM events AS removed INDEXED BY events_removed
        CROSS JOIN events AS told INDEXED BY events_by_id
          ON told.id = removed.id AND told.sequence <= removed.sequence
        WHERE removed.type = 'order.removed' AND removed.sequence <= ?
          AND NOT EXISTS (
            SELECT 1 FROM webhooks
            WHERE order_id = removed.id AND parked_at IS NULL
          )
        ORDER BY removed.sequence, told.sequence LIMIT ?
      )`,
    );
    this.#beginEpoch(keptEvents);
  }

  /** The sequence of the last event; 0 if there is none. */
  last(): number {
    return Number(this.#last()[0]?.[0] ?? 0);
  }

  /** The epoch of a sequence; `undefined` for 0 and beyond the last event. */
  epochOf(sequence: number): string | undefined {
    if (sequence > this.last()) return undefined;
    const [row] = this.#epochOf(sequence);
    return row?.[0]?.toString();
  }

  /** The events of a watch since it began, the oldest first. */
  history(id: string): StoredEvent[] {
    return this.#history(BigInt(id)).map(toEvent);
  }

  /** Events after a sequence, the oldest first; of some types, if told. */
  after(
    sequence: number,
    limit: number,
    types?: readonly EventType[],
  ): StoredEvent[] {
    if (!types) return this.#after(sequence, limit).map(toEvent);
    const query = prepareQuery(
      this.#connection,
      `${SELECT} WHERE sequence > ? AND type IN (${types.map(() => "?")}) ` +
        "ORDER BY sequence LIMIT ?",
    );
    return query(sequence, ...types, limit).map(toEvent);
  }

  /** Events of an order after a sequence, the oldest first. */
  afterOf(id: string, sequence: number, limit: number): StoredEvent[] {
    return this.#afterOf(BigInt(id), sequence, limit).map(toEvent);
  }

  /**
   * Adds events.
   *
   * @param events The events, in order.
   * @param last The sequence of the event before them.
   * @returns The events with their places.
   */
  add(events: readonly OrderEvent[], last: number): StoredEvent[] {
    const stored = events.map((event, at) => ({
      sequence: last + at + 1,
      epoch: this.#epoch,
      ...event,
    }));
    this.#writer.write(stored);
    return stored;
  }

  /**
   * Drops events of watches that were removed, the oldest first. What happened
   * to a watch is kept for as long as its removal is, and that for as long as
   * an endpoint of the order is yet to be told of it.
   *
   * @param sequence Of watches whose removal is not after this one.
   * @param limit At most so many.
   */
  prune(sequence: number, limit: number): void {
    this.#prune(sequence, limit);
  }

  #beginEpoch(keptEvents: number): void {
    const last = this.last();
    // One that begins at the same sequence has named no event.
    prepareQuery(
      this.#connection,
      "INSERT OR REPLACE INTO epochs (first_sequence, epoch) VALUES (?, ?)",
    )(last + 1, this.#epoch);
    prepareQuery(this.#connection, deleteEpochs("?"))(last - keptEvents);
  }
}

function toEvent(row: readonly SQLOutputValue[]): StoredEvent {
  const [sequence, type, at, epoch, ...watch] = row;
  return {
    sequence: Number(sequence),
    epoch: String(epoch),
    type: type as EventType,
    at: Number(at),
    watch: fromRow(watch),
  };
}
