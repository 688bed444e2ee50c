/**
 * What webhooks ask of a store. The events are the outbox: an endpoint is owed
 * those after its cursor, so that nothing else has to be written with them.
 *
 * @module
 */

import type { StoredEvent } from "../watch/store.ts";
import type { Endpoint, EndpointSecret } from "./endpoint.ts";

/** Events that come next for an endpoint. */
export interface OwedEvents {
  /** The events, the oldest first. */
  readonly events: readonly StoredEvent[];
  /** The sequence up to which there are no others. */
  readonly upTo: number;
}

/** What came of registering an endpoint. */
export interface Registered {
  /** The endpoint as it is stored. */
  readonly endpoint: Endpoint;
  /** Whether there was none such before. */
  readonly isNew: boolean;
}

/**
 * Keeps endpoints. A promise that is fulfilled means that the change is
 * durable; one that is rejected means that nothing has changed.
 *
 * All methods reject with a `StoreError` when the store cannot be used.
 */
export interface WebhookStore {
  /** All endpoints, the oldest first. */
  loadEndpoints(): Promise<Endpoint[]>;

  /**
   * Adds an endpoint, which is owed what happens from then on. If it is for a
   * single order that has one of the same URL, that is left as it is and
   * answered in its place, unless the order was removed since.
   */
  addEndpoint(endpoint: Endpoint): Promise<Registered>;

  /**
   * Notes how far endpoints have come and how they do: their cursors, failures
   * and last attempts. It is as nothing for one that was removed.
   */
  saveProgress(endpoints: readonly Endpoint[]): Promise<void>;

  /** Puts other secrets in place; tells whether there is that endpoint. */
  saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
  ): Promise<boolean>;

  /** Removes an endpoint; tells whether there was one. */
  removeEndpoint(id: string): Promise<boolean>;

  /**
   * The events that come next for an endpoint. For one of a single order, they
   * are of all types, so that its end is among them.
   *
   * @param endpoint The endpoint.
   * @param after Only events after this sequence.
   * @param limit At most so many, from 1.
   */
  owed(
    endpoint: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): Promise<OwedEvents>;

  /** The sequence of the last event; 0 if there is none. */
  lastSequence(): Promise<number>;
}
