/**
 * The endpoints of webhooks, as SQLite keeps them.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Endpoint } from "../../webhooks/endpoint.ts";
import { prepareQuery, type Query } from "./query.ts";
import type {
  EndpointCounts,
  EndpointPage,
} from "../../webhooks/webhook_store.ts";
import type { EndpointPosition } from "../../webhooks/worst_first.ts";
import {
  fromCountsRow,
  fromPageRows,
  fromWebhookRow,
  LAST_REMOVAL,
  PROGRESS_COLUMNS,
  RESUMED_SETTINGS,
  SELECT_WEBHOOKS,
  SELECT_WEBHOOKS_OF_PAGE,
  selectWorst,
  toProgressRow,
  toWebhookRow,
  WEBHOOK_COLUMNS,
  webhookCounting,
  worstValues,
} from "../webhook_row.ts";

const { selectBacklogs, selectCounts } = webhookCounting({
  largest: "max",
  types: "SELECT value FROM json_each(types)",
  last: "SELECT coalesce(max(sequence), 0) FROM events",
});

/** Reads and writes endpoints; within a transaction, if there is one. */
export class WebhookTable {
  readonly #all: Query;
  readonly #page: Query;
  readonly #worst: Query;
  readonly #counts: Query;
  readonly #backlogs: Query;
  readonly #sameOrder: Query;
  readonly #add: Query;
  readonly #saveProgress: Query;
  readonly #saveSecrets: Query;
  readonly #resume: Query;
  readonly #remove: Query;
  readonly #countOf: Query;
  readonly #smallestCursor: Query;

  /**
   * Prepares what is asked.
   *
   * @param connection The database.
   */
  constructor(connection: DatabaseSync) {
    const prepare = (sql: string) => prepareQuery(connection, sql);
    const isWanted = "(?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))";
    this.#all = prepare(`${SELECT_WEBHOOKS} WHERE ${isWanted} ORDER BY number`);
    this.#page = prepare(
      `${SELECT_WEBHOOKS_OF_PAGE} WHERE number > ? ORDER BY number LIMIT ?`,
    );
    this.#worst = prepare(selectWorst("?1", "?2", "?3"));
    this.#counts = prepare(selectCounts);
    this.#backlogs = prepare(
      `${selectBacklogs} WHERE parked_at IS NULL AND ${isWanted}`,
    );
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
      `UPDATE webhooks SET ${changes.join(", ")} WHERE id = ? AND resumed = ?`,
    );
    this.#saveSecrets = prepare(
      "UPDATE webhooks SET secrets = ? WHERE id = ? AND secrets = ? " +
        "RETURNING id",
    );
    this.#resume = prepare(
      `UPDATE webhooks SET
        cursor = max(min(coalesce(?, cursor), ?), (${LAST_REMOVAL})),
        ${RESUMED_SETTINGS} WHERE id = ? RETURNING id`,
    );
    this.#remove = prepare(
      "DELETE FROM webhooks WHERE id = ? AND resumed = coalesce(?, resumed) " +
        "RETURNING id",
    );
    this.#countOf = prepare(
      "SELECT count(*) FROM webhooks INDEXED BY webhooks_by_order " +
        "WHERE order_id IS ?",
    );
    this.#smallestCursor = prepare(
      "SELECT min(cursor) FROM webhooks INDEXED BY webhooks_by_order " +
        "WHERE order_id IS NULL AND parked_at IS NULL",
    );
  }

  /** Endpoints, the oldest first: those of some ids, or all. */
  all(ids?: readonly string[]): Endpoint[] {
    return this.#all(ids ? JSON.stringify(ids) : null).map(fromWebhookRow);
  }

  /** Endpoints after a number, the oldest first. */
  page(after: number, limit: number): EndpointPage {
    return fromPageRows(this.#page(after, limit), limit);
  }

  /** A page of endpoints, those that do worst first. */
  worst(limit: number, after?: EndpointPosition): Endpoint[] {
    return this.#worst(...worstValues(limit, after)).map(fromWebhookRow);
  }

  /** How many there are, and what they are yet to be told of. */
  counts(): EndpointCounts {
    return fromCountsRow(this.#counts()[0]!);
  }

  /** How many events each is yet to be told of that is not parked. */
  backlogs(ids?: readonly string[]): Map<string, number> {
    const rows = this.#backlogs(ids ? JSON.stringify(ids) : null);
    return new Map(rows.map(([id, count]) => [String(id), Number(count)]));
  }

  /** The endpoint of a single order with a URL, if there is one. */
  findSame(order: string, url: string): Endpoint | undefined {
    return this.#sameOrder(BigInt(order), url).map(fromWebhookRow)[0];
  }

  /** Adds an endpoint. */
  add(endpoint: Endpoint): void {
    this.#add(...toWebhookRow(endpoint));
  }

  /** Notes how far an endpoint has come, if it is there and as it was. */
  saveProgress(endpoint: Endpoint): void {
    const { id, resumed } = endpoint;
    this.#saveProgress(...toProgressRow(endpoint), id, resumed);
  }

  /** Puts secrets in the place of others; tells whether those were there. */
  saveSecrets(
    id: string,
    secrets: Endpoint["secrets"],
    before: Endpoint["secrets"],
  ): boolean {
    const [now, then] = [secrets, before].map((one) => JSON.stringify(one));
    return this.#saveSecrets(now!, id, then!).length > 0;
  }

  /**
   * Has an endpoint go on.
   *
   * @param id Its id.
   * @param after The sequence after which; where it was unless told.
   * @param last The sequence of the last event.
   * @returns Whether there is that endpoint.
   */
  resume(id: string, after: number | undefined, last: number): boolean {
    const cursor = after === undefined ? null : Math.min(after, last);
    return this.#resume(cursor, last, id).length > 0;
  }

  /**
   * Removes an endpoint.
   *
   * @param id Its id.
   * @param resumed How often it was resumed; whatever that is unless told.
   * @returns Whether there was one.
   */
  remove(id: string, resumed?: number): boolean {
    return this.#remove(id, resumed ?? null).length > 0;
  }

  /**
   * How many there are.
   *
   * @param order Of this order; `null` for those of all orders.
   */
  countOf(order: string | null): number {
    const id = order === null ? null : BigInt(order);
    return Number(this.#countOf(id)[0]?.[0]);
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
