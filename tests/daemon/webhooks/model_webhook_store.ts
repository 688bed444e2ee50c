/**
 * A store of webhooks in memory, to compare with and to test against.
 *
 * @module
 */

import { type StoredEvent, StoreError } from "../../../daemon/watch/store.ts";
import type { EventType } from "../../../daemon/watch/watched_order.ts";
import type {
  Endpoint,
  EndpointSecret,
} from "../../../daemon/webhooks/endpoint.ts";
import type {
  OwedEvents,
  Registered,
  WebhookStore,
} from "../../../daemon/webhooks/webhook_store.ts";
import { begun } from "../store/transitions.ts";

/** Keeps endpoints and events in memory. */
export class ModelWebhookStore implements WebhookStore {
  /** All events, in order. */
  readonly events: StoredEvent[] = [];
  /** All endpoints, as they would be found after a crash. */
  readonly endpoints = new Map<string, Endpoint>();
  /** Whether it cannot be used. */
  isBroken = false;
  /** How often progress was stored. */
  saves = 0;

  /** Adds an event. */
  add(order: string, type: EventType): StoredEvent {
    const sequence = this.events.length + 1;
    const { watch } = begun(order);
    const event = { sequence, type, at: watch.watchedAt + sequence, watch };
    this.events.push(event);
    return event;
  }

  /** All endpoints, the oldest first. */
  async loadEndpoints(): Promise<Endpoint[]> {
    await this.#use();
    return [...this.endpoints.values()];
  }

  /** Adds an endpoint. */
  async addEndpoint(endpoint: Endpoint): Promise<Registered> {
    await this.#use();
    const same = [...this.endpoints.values()].find((one) =>
      one.order !== null && one.order === endpoint.order &&
      one.url === endpoint.url &&
      !this.events.some(({ sequence, type, watch }) =>
        type === "order.removed" && watch.id === one.order &&
        sequence > one.cursor
      )
    );
    if (same) return { endpoint: same, isNew: false };
    const placed = { ...endpoint, cursor: this.events.length };
    this.endpoints.set(endpoint.id, placed);
    return { endpoint: placed, isNew: true };
  }

  /** Notes how endpoints do. */
  async saveProgress(endpoints: readonly Endpoint[]): Promise<void> {
    await this.#use();
    this.saves++;
    for (const endpoint of endpoints) {
      const known = this.endpoints.get(endpoint.id);
      if (!known) continue;
      const { secrets } = known;
      this.endpoints.set(endpoint.id, { ...endpoint, secrets });
    }
  }

  /** Puts other secrets in place. */
  async saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
  ): Promise<boolean> {
    await this.#use();
    const known = this.endpoints.get(id);
    if (known) this.endpoints.set(id, { ...known, secrets });
    return known !== undefined;
  }

  /** Removes an endpoint. */
  async removeEndpoint(id: string): Promise<boolean> {
    await this.#use();
    return this.endpoints.delete(id);
  }

  /** The events that come next. */
  async owed(
    { order, types }: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): Promise<OwedEvents> {
    await this.#use();
    const events = this.events.filter(({ sequence, type, watch }) =>
      sequence > after &&
      (order === null ? types.includes(type) : watch.id === order)
    ).slice(0, limit);
    const upTo = events.length === limit
      ? events.at(-1)!.sequence
      : Math.max(after, this.events.length);
    return { events, upTo };
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
