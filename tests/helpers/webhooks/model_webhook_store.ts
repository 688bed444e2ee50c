/**
 * A store of webhooks in memory, to compare with and to test against.
 *
 * @module
 */

import type { EndpointListener } from "../../../daemon/webhooks/webhook_store.ts";
import { Subscribers } from "../../../daemon/store/subscribers.ts";
import { type StoredEvent, StoreError } from "../../../daemon/store/store.ts";
import type { EventType } from "../../../daemon/polling/watched_order.ts";
import type {
  Endpoint,
  EndpointSecret,
} from "../../../daemon/webhooks/endpoint.ts";
import type {
  EndpointCounts,
  EndpointPage,
  PendingEvents,
  RegisterResult,
  WebhookStore,
} from "../../../daemon/webhooks/webhook_store.ts";
import type { EndpointPosition } from "../../../daemon/webhooks/worst_first.ts";
import { begun } from "../store/transitions.ts";
import { ModelEndpoints } from "./model_endpoints.ts";

/** Keeps endpoints and events in memory. */
export class ModelWebhookStore implements WebhookStore {
  /** All events, in order. */
  readonly events: StoredEvent[] = [];
  readonly #model = new ModelEndpoints(() => this.events);
  /** Whether it cannot be used. */
  isBroken = false;
  /** How often progress was stored. */
  saves = 0;
  readonly #subscribers = new Subscribers<EndpointListener>();

  /** Calls a listener from now on. */
  subscribe(listener: EndpointListener): () => void {
    return this.#subscribers.add(listener);
  }

  /** Another daemon has changed endpoints. */
  notifyChange(ids: readonly string[] | undefined): void {
    this.#subscribers.notify((listener) => listener(ids));
  }

  /** All endpoints, as they would be found after a crash. */
  get endpoints(): Map<string, Endpoint> {
    return this.#model.all;
  }

  /** Adds an event. */
  add(order: string, type: EventType): StoredEvent {
    const sequence = this.events.length + 1;
    const { watch } = begun(order);
    const event = {
      epoch: "e1",
      sequence,
      type,
      at: watch.watchedAt + sequence,
      watch,
    };
    this.events.push(event);
    return event;
  }

  /** Endpoints, the oldest first. */
  async loadEndpoints(ids?: readonly string[]): Promise<Endpoint[]> {
    await this.#use();
    return this.#model.load(ids);
  }

  /** Some of all endpoints, the oldest first. */
  async pageEndpoints(after: number, limit: number): Promise<EndpointPage> {
    await this.#use();
    return this.#model.page(after, limit);
  }

  /** Endpoints, those that do worst first. */
  async worstEndpoints(
    limit: number,
    after?: EndpointPosition,
  ): Promise<Endpoint[]> {
    await this.#use();
    return this.#model.worst(limit, after);
  }

  /** How many endpoints there are, and what they are yet to be told of. */
  async countEndpoints(): Promise<EndpointCounts> {
    await this.#use();
    return this.#model.counts();
  }

  /** How many events endpoints are yet to be told of. */
  async backlogs(ids?: readonly string[]): Promise<Map<string, number>> {
    await this.#use();
    return this.#model.backlogs(ids);
  }

  /** Adds an endpoint. */
  async addEndpoint(
    endpoint: Endpoint,
    most: number,
  ): Promise<RegisterResult | undefined> {
    await this.#use();
    return this.#model.add(endpoint, most);
  }

  /** Notes how endpoints do. */
  async saveProgress(endpoints: readonly Endpoint[]): Promise<void> {
    await this.#use();
    this.saves++;
    this.#model.saveProgress(endpoints);
  }

  /** Puts other secrets in place. */
  async saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
    before: readonly EndpointSecret[],
  ): Promise<boolean> {
    await this.#use();
    return this.#model.saveSecrets(id, secrets, before);
  }

  /** Has an endpoint go on. */
  async resumeEndpoint(id: string, after?: number): Promise<boolean> {
    await this.#use();
    return this.#model.resume(id, after);
  }

  /** Removes an endpoint. */
  async removeEndpoint(id: string, resumed?: number): Promise<boolean> {
    await this.#use();
    return this.#model.remove(id, resumed);
  }

  /** The events that come next. */
  async owed(
    endpoint: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): Promise<PendingEvents> {
    await this.#use();
    return this.#model.owed(endpoint, after, limit);
  }

  /** The sequence of the last event. */
  async lastSequence(): Promise<number> {
    await this.#use();
    return this.events.length;
  }

  async #use(): Promise<void> {
    await Promise.resolve();
    if (this.isBroken) throw new StoreError("Cannot use the model: broken");
  }
}
