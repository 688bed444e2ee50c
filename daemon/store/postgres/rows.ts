/**
 * Watches and events as rows of PostgreSQL tables, many to a statement.
 *
 * @module
 */

import type { StoredEvent } from "../store.ts";
import type { EventType, WatchedOrder } from "../../polling/watched_order.ts";
import { selectEpoch } from "../epoch_sql.ts";
import type { Statement } from "./connection.ts";
import {
  fromRow,
  type RowValue,
  toRow,
  WATCH_COLUMNS,
  WATCH_SELECTION,
} from "../watch_row.ts";

/** A watch, and the number of the lease that holds it; `null` for nobody. */
export interface LeasedWatch {
  /** The watch. */
  readonly watch: WatchedOrder;
  /** The number of the lease; of a settled one, of the last that held it. */
  readonly daemon: number | null;
}

/** An event, and the number of the lease that held its order then. */
export interface LeasedEvent {
  /** The event. */
  readonly event: StoredEvent;
  /** The number of the lease; `null` for nobody. */
  readonly daemon: number | null;
}

/** The columns of a watch that are text; all others are whole numbers. */
const TEXT_COLUMNS: readonly string[] = [
  "type",
  "label",
  "outcome",
  "number_order",
  "error_code",
  "error_message",
];

/** The columns of a watch and its holder. */
export const LEASED_COLUMNS = [...WATCH_COLUMNS, "daemon"] as const;

/** The columns of an event. */
export const EVENT_COLUMNS = ["sequence", "type", "at", ...LEASED_COLUMNS];

/** Selects a watch and its holder. */
export const LEASED_SELECTION = `${WATCH_SELECTION}, daemon`;

/** Selects an event. */
export const EVENT_SELECTION = `sequence, type, at,
  ${selectEpoch("events.sequence")}, ${LEASED_SELECTION}`;

/** Reads a watch and its holder from a row. */
export function toLeasedWatch(row: readonly unknown[]): LeasedWatch {
  const daemon = row[WATCH_COLUMNS.length] as number | null;
  return { watch: fromRow(row), daemon };
}

/** Reads an event from a row. */
export function toLeasedEvent(row: readonly unknown[]): LeasedEvent {
  const [sequence, type, at, epoch, ...rest] = row;
  const { watch, daemon } = toLeasedWatch(rest);
  return {
    daemon,
    event: {
      sequence: sequence as number,
      epoch: epoch as string,
      type: type as EventType,
      at: at as number,
      watch,
    },
  };
}

/** Writes a watch and its holder as a row of {@link LEASED_COLUMNS}. */
export function leasedWatchRow({ watch, daemon }: LeasedWatch): RowValue[] {
  return [...toRow(watch), daemon];
}

/** Writes an event as a row of {@link EVENT_COLUMNS}. */
export function leasedEventRow({ event, daemon }: LeasedEvent): RowValue[] {
  const { sequence, type, at, watch } = event;
  return [sequence, type, at, ...leasedWatchRow({ watch, daemon })];
}

/**
 * Makes rows a table that a statement can read, called `given`.
 *
 * @param columns The names of the columns.
 * @param rows The rows.
 * @param textColumns Those that are text, by default of watches and events; all
 * others are whole numbers.
 * @returns What stands after FROM, and the values $1, $2, … of it.
 */
export function unnestRows(
  columns: readonly string[],
  rows: readonly RowValue[][],
  textColumns = TEXT_COLUMNS,
): { from: string; values: string[] } {
  const arrays = columns.map((column, at) =>
    `$${at + 1}::${textColumns.includes(column) ? "text" : "bigint"}[]`
  );
  return {
    from: `unnest(${arrays.join(", ")}) AS given (${columns.join(", ")})`,
    values: columns.map((_, at) => arrayOf(rows.map((row) => row[at]!))),
  };
}

/**
 * A statement that adds rows to a table. Columns in which no row has a value
 * are left out, which most are of watches that begin.
 *
 * @param table The table.
 * @param columns Its columns.
 * @param rows The rows.
 */
export function insertRows(
  table: string,
  columns: readonly string[],
  rows: readonly RowValue[][],
): Statement {
  const used = [...columns.keys()].filter((at) =>
    rows.some((row) => row[at] !== null)
  );
  const names = used.map((at) => columns[at]!);
  const { from, values } = unnestRows(
    names,
    rows.map((row) => used.map((at) => row[at]!)),
  );
  return {
    text: `INSERT INTO ${table} (${names.join(", ")}) ` +
      `SELECT ${names.join(", ")} FROM ${from}`,
    values,
  };
}

/**
 * Writes values as an array, as PostgreSQL reads it.
 *
 * @param values The values.
 */
export function arrayOf(values: readonly RowValue[]): string {
  return `{${values.map(elementOf).join(",")}}`;
}

function elementOf(value: RowValue): string {
  if (value === null) return "NULL";
  if (typeof value !== "string") return String(value);
  // PostgreSQL has no text with the character of code 0 in it.
  const text = value.replaceAll("\0", "\uFFFD");
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
