/**
 * What webhooks ask of a store, of a PostgreSQL database. What is written is
 * sent in one go with its commit, so that a daemon that is paused meanwhile
 * locks nobody out.
 *
 * @module
 */

import type { Endpoint, EndpointSecret } from "../webhooks/endpoint.ts";
import type {
  OwedEvents,
  Registered,
  WebhookStore,
} from "../webhooks/webhook_store.ts";
import type { Statement } from "./postgres_connection.ts";
import { toHeldEvent } from "./postgres_rows.ts";
import { LAST_EVENT, LOCK_EVENTS } from "./postgres_statements.ts";
import {
  addingEndpoint,
  endpointOrSame,
  ENDPOINTS,
  owedTo,
  removingEndpoint,
  savingProgress,
  savingSecrets,
} from "./postgres_webhook_statements.ts";
import { fromWebhookRow } from "./webhook_row.ts";

/** What it is made of. Both reject with a `StoreError` if that fails. */
export interface PostgresWebhooksOptions {
  /** Reads. */
  read: (statement: Statement) => Promise<unknown[][]>;
  /**
   * Does all that is told in one transaction, or nothing; maybe twice, if the
   * connection was lost. Answers with the rows of the last statement.
   */
  write: (...statements: Statement[]) => Promise<unknown[][]>;
}

/** Keeps endpoints in a PostgreSQL database. */
export class PostgresWebhooks implements WebhookStore {
  readonly #options: PostgresWebhooksOptions;

  /**
   * Begins with what the database has.
   *
   * @param options What it is made of.
   */
  constructor(options: PostgresWebhooksOptions) {
    this.#options = options;
  }

  /** All endpoints, the oldest first. */
  async loadEndpoints(): Promise<Endpoint[]> {
    return (await this.#options.read(ENDPOINTS)).map(fromWebhookRow);
  }

  /** Adds an endpoint, unless there is the same one of its order. */
  async addEndpoint(endpoint: Endpoint): Promise<Registered> {
    // Nothing happens, and nobody else adds the same one, in between.
    const [row] = await this.#options.write(
      LOCK_EVENTS,
      addingEndpoint(endpoint),
      endpointOrSame(endpoint),
    );
    const stored = fromWebhookRow(row!);
    return { endpoint: stored, isNew: stored.id === endpoint.id };
  }

  /** Notes how endpoints do. */
  async saveProgress(changed: readonly Endpoint[]): Promise<void> {
    await this.#options.write(savingProgress(changed));
  }

  /** Puts other secrets in place. */
  async saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
  ): Promise<boolean> {
    const rows = await this.#options.write(savingSecrets(id, secrets));
    return rows.length > 0;
  }

  /** Removes an endpoint. */
  async removeEndpoint(id: string): Promise<boolean> {
    return (await this.#options.write(removingEndpoint(id))).length > 0;
  }

  /** The events that come next for an endpoint. */
  async owed(
    endpoint: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): Promise<OwedEvents> {
    const rows = await this.#options.read(owedTo(endpoint, after, limit));
    const events = rows
      .filter(([, sequence]) => sequence !== null)
      .map(([, ...event]) => toHeldEvent(event).event);
    const upTo = events.length === limit
      ? events.at(-1)!.sequence
      : Math.max(after, Number(rows[0]?.[0]));
    return { events, upTo };
  }

  /** The sequence of the last event; 0 if there is none. */
  async lastSequence(): Promise<number> {
    return Number((await this.#options.read(LAST_EVENT))[0]?.[0]);
  }
}
