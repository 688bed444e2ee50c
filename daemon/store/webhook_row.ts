/**
 * Endpoints of webhooks as rows of a table, alike in every store.
 *
 * @module
 */

import type { Endpoint, ParkingReason } from "../webhooks/endpoint.ts";
import type { RowValue } from "./watch_row.ts";

/** What is said when an endpoint is registered. */
const BEGUN_COLUMNS = [
  "id",
  "url",
  "label",
  "types",
  "order_id",
  "secrets",
  "created_at",
] as const;

/** What changes as an endpoint is told of events. */
export const PROGRESS_COLUMNS = [
  "cursor",
  "failing_since",
  "failing_count",
  "failing_next_at",
  "held_since",
  "parked_at",
  "parked_reason",
  "attempts",
] as const;

/** The columns of an endpoint. */
export const WEBHOOK_COLUMNS = [...BEGUN_COLUMNS, ...PROGRESS_COLUMNS];

/**
 * Selects endpoints. An order's id need not fit a number, so it is read as text.
 */
export const SELECT_WEBHOOKS = `SELECT ${
  WEBHOOK_COLUMNS.map((column) =>
    column === "order_id" ? "CAST(order_id AS TEXT)" : column
  ).join(", ")
} FROM webhooks`;

/** Writes an endpoint as a row of {@link WEBHOOK_COLUMNS}. */
export function toWebhookRow(endpoint: Endpoint): RowValue[] {
  const { createdAt, id, label, order, secrets, types, url } = endpoint;
  return [
    id,
    url,
    label,
    JSON.stringify(types),
    order === null ? null : BigInt(order),
    JSON.stringify(secrets),
    createdAt,
    ...toProgressRow(endpoint),
  ];
}

/** Writes how an endpoint does as a row of {@link PROGRESS_COLUMNS}. */
export function toProgressRow(endpoint: Endpoint): RowValue[] {
  const { attempts, cursor, failing, heldSince, parked } = endpoint;
  return [
    cursor,
    failing?.since ?? null,
    failing?.count ?? null,
    failing?.nextAt ?? null,
    heldSince,
    parked?.at ?? null,
    parked?.reason ?? null,
    JSON.stringify(attempts),
  ];
}

/** Reads an endpoint from a row that {@link SELECT_WEBHOOKS} selects. */
export function fromWebhookRow(row: readonly unknown[]): Endpoint {
  const [id, url, label, types, order, secrets, createdAt, ...progress] = row;
  const [cursor, since, count, nextAt, heldSince, at, reason, attempts] =
    progress;
  return {
    id: String(id),
    url: String(url),
    label: label as string | null,
    types: JSON.parse(String(types)),
    order: order as string | null,
    secrets: JSON.parse(String(secrets)),
    createdAt: Number(createdAt),
    cursor: Number(cursor),
    failing: since === null
      ? null
      : { since: Number(since), count: Number(count), nextAt: Number(nextAt) },
    heldSince: heldSince === null ? null : Number(heldSince),
    parked: at === null
      ? null
      : { at: Number(at), reason: reason as ParkingReason },
    attempts: JSON.parse(String(attempts)),
  };
}
