/**
 * What webhooks ask of a store. The events are the outbox: an endpoint is owed
 * those after its cursor, so that nothing else has to be written with them.
 *
 * @module
 */

import type { StoredEvent } from "../store/store.ts";
import type { Endpoint, EndpointSecret, EndpointState } from "./endpoint.ts";
import type { EndpointPosition } from "./worst_first.ts";

/** Events that come next for an endpoint. */
export interface PendingEvents {
  /** The events, the oldest first. */
  readonly events: readonly StoredEvent[];
  /** The sequence up to which there are no others. */
  readonly upTo: number;
}

/** How many endpoints are in each state. */
export interface EndpointCounts
  extends Readonly<Record<EndpointState, number>> {
  /** How many events are yet to be delivered, to all that are not parked. */
  readonly backlog: number;
}

/** Some of all endpoints. */
export interface EndpointPage {
  /** The endpoints, the oldest first. */
  readonly endpoints: readonly Endpoint[];
  /** The ids of those that may be owed events; the others are owed none. */
  readonly owed: ReadonlySet<string>;
  /** What the next page is after; `undefined` if there is none. */
  readonly next: number | undefined;
}

/** What came of registering an endpoint. */
export interface RegisterResult {
  /** The endpoint as it is stored. */
  readonly endpoint: Endpoint;
  /** Whether there was none such before. */
  readonly isNew: boolean;
}

/**
 * Called with the ids of endpoints that another daemon may have registered,
 * removed, re-enabled or given other secrets; `undefined` for any of them.
 */
export type EndpointListener = (ids: readonly string[] | undefined) => void;

/**
 * Keeps endpoints. A promise that is fulfilled means that the change is
 * durable; one that is rejected means that nothing has changed, or, if the
 * answer of a database was lost, that it is not known: to ask once more is right.
 *
 * All methods reject with a `StoreError` when the store cannot be used.
 */
export interface WebhookStore {
  /**
   * Calls a listener from now on.
   *
   * @returns Unsubscribes it.
   */
  subscribe(listener: EndpointListener): () => void;

  /**
   * Endpoints, the oldest first.
   *
   * @param ids Only those of them that are there; all of them unless told.
   */
  loadEndpoints(ids?: readonly string[]): Promise<Endpoint[]>;

  /**
   * Some of all endpoints, the oldest first.
   *
   * @param after What the page before answered as its `next`; 0 for the first.
   * @param limit At most so many, from 1.
   */
  pageEndpoints(after: number, limit: number): Promise<EndpointPage>;

  /**
   * Endpoints, those that are parked first, then those that fail, the oldest
   * first.
   *
   * @param limit At most so many.
   * @param after Where the page before ended; absent for the first one. If that
   * endpoint is gone, those that do as it did come again.
   */
  worstEndpoints(limit: number, after?: EndpointPosition): Promise<Endpoint[]>;

  /** How many endpoints there are, and what they are yet to be told of. */
  countEndpoints(): Promise<EndpointCounts>;

  /**
   * How many events endpoints are yet to be told of; those that are parked are
   * left out. Beyond so many that a daemon holds at once, events of other types
   * are counted too.
   *
   * @param ids Only of them; of all of them unless told.
   * @returns The numbers, by the endpoints' ids.
   */
  backlogs(ids?: readonly string[]): Promise<Map<string, number>>;

  /**
   * Adds an endpoint, which is owed what happens from then on. If it is for a
   * single order that has one of the same URL, that is left as it is and
   * answered in its place, unless the order was removed since.
   *
   * @param endpoint The endpoint.
   * @param most How many endpoints there may be at most of the same order, or
   * of all orders if it is one of those.
   * @returns What came of it; `undefined` if it would be one too many.
   */
  addEndpoint(
    endpoint: Endpoint,
    most: number,
  ): Promise<RegisterResult | undefined>;

  /**
   * Notes how far endpoints have come and how they do: their cursors, failures
   * and last attempts. It is as nothing for one that was removed or resumed
   * since, and for all if it is another daemon that delivers now.
   */
  saveProgress(endpoints: readonly Endpoint[]): Promise<void>;

  /**
   * Puts other secrets in place, unless they were replaced meanwhile.
   *
   * @param id The endpoint's id.
   * @param secrets The secrets, the newest first.
   * @param before Those that they take the place of.
   * @returns Whether they were put.
   */
  saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
    before: readonly EndpointSecret[],
  ): Promise<boolean>;

  /**
   * Has an endpoint go on as if it had not failed.
   *
   * @param id Its id.
   * @param after The sequence of the event after which it goes on; where it was
   * unless told, and no further than the last event. One of a single order is
   * not told of what happened before an earlier removal of it.
   * @returns Whether there is that endpoint.
   */
  resumeEndpoint(id: string, after?: number): Promise<boolean>;

  /**
   * Removes an endpoint.
   *
   * @param id Its id.
   * @param resumed How often it was resumed, to leave one that was so once
   * more; whatever that is unless told.
   * @returns Whether there was one.
   */
  removeEndpoint(id: string, resumed?: number): Promise<boolean>;

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
  ): Promise<PendingEvents>;

  /** The sequence of the last event; 0 if there is none. */
  lastSequence(): Promise<number>;
}
