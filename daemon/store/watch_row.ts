/**
 * A watch as a row of a table, and back.
 *
 * @module
 */

import type { CallFireErrorCode } from "../../mod.ts";
import {
  type LastError,
  SETTLED_OUTCOMES,
  type WatchedOrder,
} from "../polling/watched_order.ts";
import { deserializeNumberOrder } from "./number_order_json.ts";

/** The columns that are set as soon as a watch has begun. */
export const BEGUN_COLUMNS = [
  "id",
  "label",
  "watched_at",
  "next_poll_at",
  "polls",
  "consecutive_errors",
] as const;

/** The columns of a watch, in the order of a row. */
export const WATCH_COLUMNS = [
  ...BEGUN_COLUMNS,
  "outcome",
  "number_order",
  "first_polled_at",
  "last_polled_at",
  "settled_at",
  "error_code",
  "error_message",
  "error_at",
  "watched_for",
  "not_found_since",
  "not_found_polls",
] as const;

/** What a poll without a change changes, and by what it finds its watch. */
export const POLLED_COLUMNS = [
  "id",
  "watched_at",
  "next_poll_at",
  "polls",
  "consecutive_errors",
  "first_polled_at",
  "last_polled_at",
  "error_code",
  "error_message",
  "error_at",
  "watched_for",
  "not_found_since",
  "not_found_polls",
] as const;

/** Selects a row of a watch. An id need not fit a number, so it is read as text. */
export const WATCH_SELECTION: string = WATCH_COLUMNS
  .map((column) => column === "id" ? "CAST(id AS TEXT)" : column)
  .join(", ");

/** One value of a row, as a database takes it. */
export type RowValue = string | number | bigint | null;

/** What the types and rules of the tables allow, in the order of a row. */
type WatchRow = [
  id: string,
  label: string | null,
  watchedAt: number,
  nextPollAt: number | null,
  polls: number,
  consecutiveErrors: number,
  outcome: string | null,
  numberOrder: string | null,
  firstPolledAt: number | null,
  lastPolledAt: number | null,
  settledAt: number | null,
  errorCode: CallFireErrorCode | null,
  errorMessage: string,
  errorAt: number,
  watchedFor: number | null,
  notFoundSince: number | null,
  notFoundPolls: number,
];

/** A row that no daemon has written. */
export class RowError extends Error {
  /** Always `RowError`. */
  override readonly name = "RowError";
}

/**
 * Writes a watch as a row.
 *
 * @param watch The watch.
 */
export function toRow(watch: WatchedOrder): RowValue[] {
  return [
    BigInt(watch.id),
    watch.label,
    watch.watchedAt,
    watch.nextPollAt,
    watch.polls,
    watch.consecutiveErrors,
    watch.outcome,
    watch.order && JSON.stringify(watch.order),
    watch.firstPolledAt,
    watch.lastPolledAt,
    watch.settledAt,
    watch.lastError?.code ?? null,
    watch.lastError?.message ?? null,
    watch.lastError?.at ?? null,
    // As most rows that begin have it: a row without it is written faster.
    watch.watchedFor || null,
    watch.notFound?.since ?? null,
    watch.notFound?.polls ?? null,
  ];
}

/**
 * Writes what a poll without a change changes of a watch: its order, which is
 * most of a row, is left out.
 *
 * @param watch The watch.
 * @returns Values in the order of {@link POLLED_COLUMNS}.
 */
export function toPolledRow(watch: WatchedOrder): RowValue[] {
  return [
    BigInt(watch.id),
    watch.watchedAt,
    watch.nextPollAt,
    watch.polls,
    watch.consecutiveErrors,
    watch.firstPolledAt,
    watch.lastPolledAt,
    watch.lastError?.code ?? null,
    watch.lastError?.message ?? null,
    watch.lastError?.at ?? null,
    // As most rows that begin have it: a row without it is written faster.
    watch.watchedFor || null,
    watch.notFound?.since ?? null,
    watch.notFound?.polls ?? null,
  ];
}

/**
 * Reads a watch from a row.
 *
 * @param row The row, by {@link WATCH_SELECTION}.
 * @throws {RowError} If no watch was ever written so.
 */
export function fromRow(row: readonly unknown[]): WatchedOrder {
  const [
    id,
    label,
    watchedAt,
    nextPollAt,
    polls,
    consecutiveErrors,
    outcome,
    numberOrder,
    firstPolledAt,
    lastPolledAt,
    settledAt,
    errorCode,
    message,
    at,
    watchedFor,
    since,
    notFoundPolls,
  ] = row as WatchRow;
  const known = SETTLED_OUTCOMES.find((one) => one === outcome) ?? null;
  if (known !== outcome) {
    throw new RowError(`order '${id}' has the outcome '${outcome}'`);
  }
  const order = numberOrder === null
    ? null
    : deserializeNumberOrder(numberOrder);
  if (order === undefined) {
    throw new RowError(`the number_order of order '${id}' is not an order`);
  }
  const lastError: LastError | null = errorCode === null ? null : {
    code: errorCode,
    message,
    at,
  };
  return {
    id,
    label,
    state: known ? "settled" : "watching",
    outcome: known,
    order,
    watchedAt,
    firstPolledAt,
    lastPolledAt,
    nextPollAt,
    settledAt,
    polls,
    consecutiveErrors,
    lastError,
    watchedFor: watchedFor ?? 0,
    notFound: since === null ? null : { since, polls: notFoundPolls },
  };
}
