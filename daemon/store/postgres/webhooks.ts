/**
 * What webhooks ask of a store, of a PostgreSQL database. What is written is
 * sent with its commit, so that a daemon that is paused meanwhile locks others
 * out for a second at most, after which the database ends what it has begun.
 *
 * @module
 */

import type { Endpoint, EndpointSecret } from "../../webhooks/endpoint.ts";
import type {
  EndpointCounts,
  EndpointListener,
  EndpointPage,
  PendingEvents,
  RegisterResult,
  WebhookStore,
} from "../../webhooks/webhook_store.ts";
import type { EndpointPosition } from "../../webhooks/worst_first.ts";
import { Subscribers } from "../subscribers.ts";
import type { Statement } from "./connection.ts";
import { toLeasedEvent } from "./rows.ts";
import { LOCK_LAST_EVENT, SELECT_LAST_EVENT } from "./statements.ts";
import {
  backlogsOf,
  COUNT_ENDPOINTS,
  deleteEndpoint,
  enableEndpoint,
  insertEndpoint,
  selectEndpointOrSame,
  selectEndpointPage,
  selectEndpoints,
  selectPendingEvents,
  updateProgress,
  updateSecrets,
  worstEndpoints,
} from "./webhook_statements.ts";
import { fromCountsRow, fromPageRows, fromWebhookRow } from "../webhook_row.ts";

/** What it is made of. Promises are rejected with a `StoreError` if that fails. */
export interface PostgresWebhooksOptions {
  /** Reads. */
  read: (statement: Statement) => Promise<unknown[][]>;
  /**
   * Does all that is told in one transaction, or nothing; maybe twice, if the
   * connection was lost. Answers with the rows of the last statement.
   */
  write: (...statements: Statement[]) => Promise<unknown[][]>;
  /** The number of the lease that this daemon has; `undefined` for none. */
  lease: () => number | undefined;
  /** The incarnation of the database in which that lease began. */
  incarnation: () => string;
}

/** Keeps endpoints in a PostgreSQL database. */
export class PostgresWebhooks implements WebhookStore {
  readonly #subscribers = new Subscribers<EndpointListener>();
  readonly #options: PostgresWebhooksOptions;

  /**
   * Begins with what the database has.
   *
   * @param options What it is made of.
   */
  constructor(options: PostgresWebhooksOptions) {
    this.#options = options;
  }

  /** Calls a listener from now on; returns what unsubscribes it. */
  subscribe(listener: EndpointListener): () => void {
    return this.#subscribers.add(listener);
  }

  /** Notifies the subscribers of endpoints that may have changed. */
  notifyChange(ids: readonly string[] | undefined): void {
    this.#subscribers.notify((listener) => listener(ids));
  }

  /** Endpoints, the oldest first. */
  async loadEndpoints(ids?: readonly string[]): Promise<Endpoint[]> {
    return (await this.#options.read(selectEndpoints(ids))).map(fromWebhookRow);
  }

  /** Some of all endpoints, the oldest first. */
  async pageEndpoints(after: number, limit: number): Promise<EndpointPage> {
    const rows = await this.#options.read(selectEndpointPage(after, limit));
    return fromPageRows(rows, limit);
  }

  /** Endpoints, those that do worst first. */
  async worstEndpoints(
    limit: number,
    after?: EndpointPosition,
  ): Promise<Endpoint[]> {
    return (await this.#options.read(worstEndpoints(limit, after)))
      .map(fromWebhookRow);
  }

  /** How many endpoints there are, and what they are yet to be told of. */
  async countEndpoints(): Promise<EndpointCounts> {
    return fromCountsRow((await this.#options.read(COUNT_ENDPOINTS))[0]!);
  }

  /** How many events endpoints are yet to be told of. */
  async backlogs(ids?: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.#options.read(backlogsOf(ids));
    return new Map(rows.map(([id, count]) => [String(id), Number(count)]));
  }

  /** Adds an endpoint, unless there is the same one of its order. */
  async addEndpoint(
    endpoint: Endpoint,
    most: number,
  ): Promise<RegisterResult | undefined> {
    // Nothing happens, and nobody else adds one, in between.
    const [row] = await this.#options.write(
      LOCK_LAST_EVENT,
      insertEndpoint(endpoint, most),
      selectEndpointOrSame(endpoint),
    );
    if (!row) return undefined;
    const stored = fromWebhookRow(row);
    return { endpoint: stored, isNew: stored.id === endpoint.id };
  }

  /** Notes how endpoints do. */
  async saveProgress(changed: readonly Endpoint[]): Promise<void> {
    const lease = this.#options.lease();
    // No number is that of a lease.
    const incarnation = this.#options.incarnation();
    await this.#options.write(
      updateProgress(changed, lease ?? 0, incarnation),
    );
  }

  /** Puts other secrets in place. */
  async saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
    before: readonly EndpointSecret[],
  ): Promise<boolean> {
    return await this.#hasChanged(updateSecrets(id, secrets, before));
  }

  /** Has an endpoint go on as if it had not failed. */
  async resumeEndpoint(id: string, after?: number): Promise<boolean> {
    return await this.#hasChanged(enableEndpoint(id, after));
  }

  /** Removes an endpoint. */
  async removeEndpoint(id: string, resumed?: number): Promise<boolean> {
    return await this.#hasChanged(deleteEndpoint(id, resumed));
  }

  /** The events that come next for an endpoint. */
  async owed(
    endpoint: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): Promise<PendingEvents> {
    const rows = await this.#options.read(
      selectPendingEvents(endpoint, after, limit),
    );
    const events = rows
      .filter(([, sequence]) => sequence !== null)
      .map(([, ...event]) => toLeasedEvent(event).event);
    const upTo = events.length === limit
      ? events.at(-1)!.sequence
      : Math.max(after, Number(rows[0]?.[0]));
    return { events, upTo };
  }

  /** The sequence of the last event; 0 if there is none. */
  async lastSequence(): Promise<number> {
    return Number((await this.#options.read(SELECT_LAST_EVENT))[0]?.[0]);
  }

  async #hasChanged(change: Statement): Promise<boolean> {
    return (await this.#options.write(change)).length > 0;
  }
}
