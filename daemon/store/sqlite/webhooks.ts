/**
 * What webhooks ask of a store, of a SQLite file: within the commits in which
 * watches and events are written.
 *
 * @module
 */

import type { Endpoint, EndpointSecret } from "../../webhooks/endpoint.ts";
import type {
  EndpointCounts,
  EndpointPage,
  PendingEvents,
  RegisterResult,
  WebhookStore,
} from "../../webhooks/webhook_store.ts";
import type { EndpointPosition } from "../../webhooks/worst_first.ts";
import type { EventTable } from "./event_table.ts";
import type { WebhookTable } from "./webhook_table.ts";

/** What it is made of. */
export interface SqliteWebhooksOptions {
  /** Where endpoints are kept. */
  endpoints: WebhookTable;
  /** Where events are kept. */
  events: EventTable;
  /** Reads at once; rejects with a `StoreError` if that fails. */
  read: <T>(read: () => T) => Promise<T>;
  /** Writes with the next commit; is fulfilled once that is durable. */
  write: <T>(write: () => T) => Promise<T>;
}

/** Keeps endpoints in a SQLite file. */
export class SqliteWebhooks implements WebhookStore {
  readonly #options: SqliteWebhooksOptions;

  /**
   * Begins with what the file has.
   *
   * @param options What it is made of.
   */
  constructor(options: SqliteWebhooksOptions) {
    this.#options = options;
  }

  /** Never calls the listener: no other daemon uses the file. */
  subscribe(): () => void {
    return () => {};
  }

  /** Endpoints, the oldest first. */
  loadEndpoints(ids?: readonly string[]): Promise<Endpoint[]> {
    const { endpoints, read } = this.#options;
    return read(() => endpoints.all(ids));
  }

  /** Some of all endpoints, the oldest first. */
  pageEndpoints(after: number, limit: number): Promise<EndpointPage> {
    const { endpoints, read } = this.#options;
    return read(() => endpoints.page(after, limit));
  }

  /** Endpoints, those that do worst first. */
  worstEndpoints(limit: number, after?: EndpointPosition): Promise<Endpoint[]> {
    const { endpoints, read } = this.#options;
    return read(() => endpoints.worst(limit, after));
  }

  /** How many endpoints there are, and what they are yet to be told of. */
  countEndpoints(): Promise<EndpointCounts> {
    const { endpoints, read } = this.#options;
    return read(() => endpoints.counts());
  }

  /** How many events endpoints are yet to be told of. */
  backlogs(ids?: readonly string[]): Promise<Map<string, number>> {
    const { endpoints, read } = this.#options;
    return read(() => endpoints.backlogs(ids));
  }

  /** Adds an endpoint, unless there is the same one of its order. */
  addEndpoint(
    endpoint: Endpoint,
    most: number,
  ): Promise<RegisterResult | undefined> {
    const { endpoints, events, write } = this.#options;
    const { order, url } = endpoint;
    return write(() => {
      const same = order === null ? undefined : endpoints.findSame(order, url);
      if (same) return { endpoint: same, isNew: false };
      if (endpoints.countOf(order) >= most) return undefined;
      const placed = { ...endpoint, cursor: events.last() };
      endpoints.add(placed);
      return { endpoint: placed, isNew: true };
    });
  }

  /** Notes how endpoints do. */
  saveProgress(changed: readonly Endpoint[]): Promise<void> {
    const { endpoints, write } = this.#options;
    return write(() => changed.forEach((one) => endpoints.saveProgress(one)));
  }

  /** Puts other secrets in place. */
  saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
    before: readonly EndpointSecret[],
  ): Promise<boolean> {
    const { endpoints, write } = this.#options;
    return write(() => endpoints.saveSecrets(id, secrets, before));
  }

  /** Has an endpoint go on as if it had not failed. */
  resumeEndpoint(id: string, after?: number): Promise<boolean> {
    const { endpoints, events, write } = this.#options;
    return write(() => endpoints.resume(id, after, events.last()));
  }

  /** Removes an endpoint. */
  removeEndpoint(id: string, resumed?: number): Promise<boolean> {
    const { endpoints, write } = this.#options;
    return write(() => endpoints.remove(id, resumed));
  }

  /** The events that come next for an endpoint. */
  owed(
    { order, types }: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): Promise<PendingEvents> {
    const { events, read } = this.#options;
    return read(() => {
      const owed = order === null
        ? events.after(after, limit, types)
        : events.afterOf(order, after, limit);
      // All is read at once, so nothing is added in between.
      const upTo = owed.length === limit
        ? owed.at(-1)!.sequence
        : Math.max(after, events.last());
      return { events: owed, upTo };
    });
  }

  /** The sequence of the last event; 0 if there is none. */
  lastSequence(): Promise<number> {
    const { events, read } = this.#options;
    return read(() => events.last());
  }
}
