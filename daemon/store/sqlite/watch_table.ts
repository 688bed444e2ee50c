/**
 * The watches, as SQLite keeps them.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { Counts, ListQuery } from "../store.ts";
import type {
  SettledOutcome,
  WatchedOrder,
} from "../../polling/watched_order.ts";
import { prepareQuery, prepareRows, type Query } from "./query.ts";
import { RowWriter } from "./row_writer.ts";
import {
  BEGUN_COLUMNS,
  fromRow,
  POLLED_COLUMNS,
  toPolledRow,
  toRow,
  WATCH_COLUMNS,
  WATCH_SELECTION,
} from "../watch_row.ts";

const SELECT = `SELECT ${WATCH_SELECTION} FROM watches`;

/** Sets a column to its value among those of a row, or compares it with it. */
function is(columns: readonly string[], column: string, sign = "="): string {
  return `${column} ${sign} ?${columns.indexOf(column) + 1}`;
}

/** Puts the values of columns in place of those of the same watch. */
function updateOf(columns: readonly string[]): string {
  const changes = columns
    .filter((column) => !["id", "label", "watched_at"].includes(column))
    .map((column) => is(columns, column));
  return `UPDATE watches SET ${changes.join(", ")} ` +
    `WHERE ${is(columns, "id")} AND ${is(columns, "watched_at")}`;
}

/** Reads and writes watches; within a transaction, if there is one. */
export class WatchTable {
  readonly #connection: DatabaseSync;
  readonly #writer: RowWriter<WatchedOrder>;
  readonly #watching: () => Iterable<SQLOutputValue[]>;
  readonly #find: Query;
  readonly #findAll: Query;
  readonly #replace: Query;
  readonly #touch: Query;
  readonly #relabel: Query;
  readonly #remove: Query;
  readonly #counts: Query;

  /**
   * Prepares what is asked often.
   *
   * @param connection The database.
   */
  constructor(connection: DatabaseSync) {
    const prepare = (sql: string) => prepareQuery(connection, sql);
    this.#connection = connection;
    this.#writer = new RowWriter(
      connection,
      "watches",
      WATCH_COLUMNS,
      BEGUN_COLUMNS.length,
      toRow,
    );
    this.#watching = prepareRows(
      connection,
      `${SELECT} WHERE outcome IS NULL`,
    );
    this.#find = prepare(`${SELECT} WHERE id = ?`);
    this.#findAll = prepare(
      `${SELECT} WHERE id IN (SELECT value FROM json_each(?))`,
    );
    this.#replace = prepare(
      `${updateOf(WATCH_COLUMNS)} AND outcome IS NULL RETURNING label`,
    );
    this.#touch = prepare(
      `${updateOf(POLLED_COLUMNS)} AND outcome IS NULL ` +
        `AND ${is(POLLED_COLUMNS, "polls", "<")}`,
    );
    this.#relabel = prepare(
      `UPDATE watches SET label = ?1 WHERE id = ?2 AND label IS NOT ?1 ` +
        `RETURNING ${WATCH_SELECTION}`,
    );
    this.#remove = prepare(
      `DELETE FROM watches WHERE id = ? RETURNING ${WATCH_SELECTION}`,
    );
    this.#counts = prepare(
      "SELECT outcome, count(*) FROM watches GROUP BY outcome",
    );
  }

  /** All that are watched. */
  watching(): WatchedOrder[] {
    return Array.from(this.#watching(), fromRow);
  }

  /** The watch of an order, if there is one. */
  find(id: string): WatchedOrder | undefined {
    return this.#find(BigInt(id)).map(fromRow)[0];
  }

  /** Those orders among some that have a watch, with it. */
  findAll(ids: readonly string[]): Map<string, WatchedOrder> {
    const rows = this.#findAll(`[${ids.join(",")}]`);
    return new Map(rows.map(fromRow).map((watch) => [watch.id, watch]));
  }

  /** A page of watches, the newest first. */
  list(query: ListQuery): WatchedOrder[] {
    const { state, outcome, label, limit } = query;
    if ([state, outcome, label].some((filter) => filter !== undefined)) {
      return this.#list(query);
    }
    // Of both states, each of which has an index: one index for all would make
    // every write dearer.
    return [
      ...this.#list({ ...query, state: "watching" }),
      ...this.#list({ ...query, state: "settled" }),
    ].sort(newestFirst).slice(0, limit);
  }

  #list({ state, outcome, label, limit, after }: ListQuery): WatchedOrder[] {
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    const where = (condition: string, ...its: SQLInputValue[]) => {
      conditions.push(condition);
      values.push(...its);
    };
    if (state === "watching") where("outcome IS NULL");
    if (state === "settled") where("outcome IS NOT NULL");
    if (outcome !== undefined) where("outcome = ?", outcome);
    if (label !== undefined) where("label = ?", label);
    if (after) {
      where("(watched_at, id) < (?, ?)", after.watchedAt, BigInt(after.id));
    }
    const page = prepareQuery(
      this.#connection,
      `${SELECT} WHERE ${conditions.join(" AND ")}
      ORDER BY watched_at DESC, id DESC LIMIT ?`,
    );
    return page(...values, limit).map(fromRow);
  }

  /** How many watches there are. */
  counts(): Counts {
    const counts: Counts = { watching: 0, settled: {} };
    for (const [outcome, count] of this.#counts()) {
      if (outcome === null) counts.watching = Number(count);
      else counts.settled[outcome as SettledOutcome] = Number(count);
    }
    return counts;
  }

  /** Adds watches of orders that have none. */
  add(watches: readonly WatchedOrder[]): void {
    this.#writer.write(watches);
  }

  /**
   * Puts a watch in place of what it was, but for its label.
   *
   * @returns The watch with the label that it has; `undefined` if there is no
   * such watch, or one that began at another time, or it has settled.
   */
  replace(watch: WatchedOrder): WatchedOrder | undefined {
    const [row] = this.#replace(...toRow(watch));
    return row && { ...watch, label: row[0] as string | null };
  }

  /** Notes how a watch stands, unless it is known to stand further on. */
  touch(watch: WatchedOrder): void {
    this.#touch(...toPolledRow(watch));
  }

  /**
   * Gives a watch another label.
   *
   * @returns The watch with it; `undefined` if there is none, or it has it
   * already.
   */
  relabel(id: string, label: string | null): WatchedOrder | undefined {
    return this.#relabel(label, BigInt(id)).map(fromRow)[0];
  }

  /** Removes the watch of an order; answers it as it was, if there was one. */
  remove(id: string): WatchedOrder | undefined {
    return this.#remove(BigInt(id)).map(fromRow)[0];
  }
}

function newestFirst(one: WatchedOrder, other: WatchedOrder): number {
  return other.watchedAt - one.watchedAt ||
    Number(BigInt(other.id) - BigInt(one.id));
}
