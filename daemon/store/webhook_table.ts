/**
 * The endpoints of webhooks, as SQLite keeps them.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { Endpoint, ParkingReason } from "../webhooks/endpoint.ts";
import { prepareQuery, type Query } from "./query.ts";

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
const PROGRESS_COLUMNS = [
  "cursor",
  "failing_since",
  "failing_count",
  "failing_next_at",
  "held_since",
  "parked_at",
  "parked_reason",
  "attempts",
] as const;

const COLUMNS = [...BEGUN_COLUMNS, ...PROGRESS_COLUMNS];

/** An order's id need not fit a number, so it is read as text. */
const SELECT = `SELECT ${
  COLUMNS.map((column) =>
    column === "order_id" ? "CAST(order_id AS TEXT)" : column
  ).join(", ")
} FROM webhooks`;

/** Reads and writes endpoints; within a transaction, if there is one. */
export class WebhookTable {
  readonly #all: Query;
  readonly #sameOrder: Query;
  readonly #add: Query;
  readonly #saveProgress: Query;
  readonly #saveSecrets: Query;
  readonly #remove: Query;
  readonly #smallestCursor: Query;

  /**
   * Prepares what is asked.
   *
   * @param connection The database.
   */
  constructor(connection: DatabaseSync) {
    const prepare = (sql: string) => prepareQuery(connection, sql);
    this.#all = prepare(`${SELECT} ORDER BY number`);
    // The one that was told of the order's removal, or is yet to be, has ended.
    this.#sameOrder = prepare(
      `${SELECT} WHERE order_id = ? AND url = ? AND NOT EXISTS (
        SELECT 1 FROM events INDEXED BY events_by_id
        WHERE events.id = webhooks.order_id AND type = 'order.removed'
          AND sequence > webhooks.cursor
      )`,
    );
    this.#add = prepare(
      `INSERT INTO webhooks (${COLUMNS.join(", ")}) ` +
        `VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    );
    const changes = PROGRESS_COLUMNS.map((column) => `${column} = ?`);
    this.#saveProgress = prepare(
      `UPDATE webhooks SET ${changes.join(", ")} WHERE id = ?`,
    );
    this.#saveSecrets = prepare(
      "UPDATE webhooks SET secrets = ? WHERE id = ? RETURNING id",
    );
    this.#remove = prepare("DELETE FROM webhooks WHERE id = ? RETURNING id");
    this.#smallestCursor = prepare(
      "SELECT min(cursor) FROM webhooks INDEXED BY webhooks_by_order " +
        "WHERE order_id IS NULL AND parked_at IS NULL",
    );
  }

  /** All endpoints, the oldest first. */
  all(): Endpoint[] {
    return this.#all().map(fromRow);
  }

  /** The endpoint of a single order with a URL, if there is one. */
  findSame(order: string, url: string): Endpoint | undefined {
    return this.#sameOrder(BigInt(order), url).map(fromRow)[0];
  }

  /** Adds an endpoint. */
  add(endpoint: Endpoint): void {
    this.#add(...beginningOf(endpoint), ...progressOf(endpoint));
  }

  /** Notes how far an endpoint has come, if it is there. */
  saveProgress(endpoint: Endpoint): void {
    this.#saveProgress(...progressOf(endpoint), endpoint.id);
  }

  /** Puts other secrets in place; tells whether there is that endpoint. */
  saveSecrets(id: string, secrets: Endpoint["secrets"]): boolean {
    return this.#saveSecrets(JSON.stringify(secrets), id).length > 0;
  }

  /** Removes an endpoint; tells whether there was one. */
  remove(id: string): boolean {
    return this.#remove(id).length > 0;
  }

  /**
   * The smallest cursor of those for all orders that are not parked.
   *
   * @returns The sequence; `undefined` if there is none.
   */
  smallestCursor(): number | undefined {
    const cursor = this.#smallestCursor()[0]?.[0] ?? null;
    return cursor === null ? undefined : Number(cursor);
  }
}

function beginningOf(endpoint: Endpoint): SQLInputValue[] {
  const { createdAt, id, label, order, secrets, types, url } = endpoint;
  return [
    id,
    url,
    label,
    JSON.stringify(types),
    order === null ? null : BigInt(order),
    JSON.stringify(secrets),
    createdAt,
  ];
}

function progressOf(endpoint: Endpoint): SQLInputValue[] {
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

function fromRow(row: readonly SQLOutputValue[]): Endpoint {
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
