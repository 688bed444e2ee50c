/**
 * The endpoints of webhooks, as SQLite keeps them.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Endpoint } from "../webhooks/endpoint.ts";
import { prepareQuery, type Query } from "./query.ts";
import {
  fromWebhookRow,
  PROGRESS_COLUMNS,
  SELECT_WEBHOOKS,
  toProgressRow,
  toWebhookRow,
  WEBHOOK_COLUMNS,
} from "./webhook_row.ts";

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
    this.#all = prepare(`${SELECT_WEBHOOKS} ORDER BY number`);
    // The one that was told of the order's removal, or is yet to be, has ended.
    this.#sameOrder = prepare(
      `${SELECT_WEBHOOKS} WHERE order_id = ? AND url = ? AND NOT EXISTS (
        SELECT 1 FROM events INDEXED BY events_by_id
        WHERE events.id = webhooks.order_id AND type = 'order.removed'
          AND sequence > webhooks.cursor
      )`,
    );
    this.#add = prepare(
      `INSERT INTO webhooks (${WEBHOOK_COLUMNS.join(", ")}) ` +
        `VALUES (${WEBHOOK_COLUMNS.map(() => "?").join(", ")})`,
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
    return this.#all().map(fromWebhookRow);
  }

  /** The endpoint of a single order with a URL, if there is one. */
  findSame(order: string, url: string): Endpoint | undefined {
    return this.#sameOrder(BigInt(order), url).map(fromWebhookRow)[0];
  }

  /** Adds an endpoint. */
  add(endpoint: Endpoint): void {
    this.#add(...toWebhookRow(endpoint));
  }

  /** Notes how far an endpoint has come, if it is there. */
  saveProgress(endpoint: Endpoint): void {
    this.#saveProgress(...toProgressRow(endpoint), endpoint.id);
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
