/**
 * A store of webhooks in memory, to compare with and to test against.
 *
 * @module
 */

import { type StoredEvent, StoreError } from "../../../daemon/watch/store.ts";
import type { EventType } from "../../../daemon/watch/watched_order.ts";
import {
  type Endpoint,
  ENDPOINT_STATES,
  type EndpointSecret,
  stateOf,
} from "../../../daemon/webhooks/endpoint.ts";
import type {
  EndpointCounts,
  EndpointPage,
  OwedEvents,
  Registered,
  WebhookStore,
} from "../../../daemon/webhooks/webhook_store.ts";
import { WINDOW_SIZE } from "../../../daemon/webhooks/window.ts";
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
  /** Is told of what another daemon changed. */
  onChange: WebhookStore["onChange"] = () => {};

  /** Adds an event. */
  add(order: string, type: EventType): StoredEvent {
    const sequence = this.events.length + 1;
    const { watch } = begun(order);
    const event = { sequence, type, at: watch.watchedAt + sequence, watch };
    this.events.push(event);
    return event;
  }

  /** Endpoints, the oldest first. */
  async loadEndpoints(ids?: readonly string[]): Promise<Endpoint[]> {
    await this.#use();
    const all = [...this.endpoints.values()];
    return ids ? all.filter(({ id }) => ids.includes(id)) : all;
  }

  /** Some of all endpoints, the oldest first. */
  async pageEndpoints(after: number, limit: number): Promise<EndpointPage> {
    await this.#use();
    const endpoints = [...this.endpoints.values()].slice(after, after + limit);
    const isOwed = ({ cursor, order }: Endpoint) =>
      order === null ||
      this.events.some(({ sequence, watch }) =>
        watch.id === order && sequence > cursor
      );
    return {
      endpoints,
      owed: new Set(endpoints.filter(isOwed).map(({ id }) => id)),
      next: endpoints.length < limit ? undefined : after + limit,
    };
  }

  /** Endpoints, those that do worst first. */
  async worstEndpoints(limit: number): Promise<Endpoint[]> {
    const badness = (endpoint: Endpoint) =>
      ENDPOINT_STATES.indexOf(stateOf(endpoint));
    return (await this.loadEndpoints())
      .sort((one, other) => badness(other) - badness(one)).slice(0, limit);
  }

  /** How many endpoints there are, and what they are yet to be told of. */
  async countEndpoints(): Promise<EndpointCounts> {
    const counts = { active: 0, failing: 0, parked: 0, backlog: 0 };
    for (const endpoint of await this.loadEndpoints()) {
      counts[stateOf(endpoint)]++;
    }
    for (const backlog of (await this.backlogs()).values()) {
      counts.backlog += backlog;
    }
    return counts;
  }

  /** How many events endpoints are yet to be told of. */
  async backlogs(ids?: readonly string[]): Promise<Map<string, number>> {
    const endpoints = await this.loadEndpoints(ids);
    return new Map(
      endpoints.filter(({ parked }) => !parked).map((endpoint) => {
        const { cursor, id, order, types } = endpoint;
        const owed = this.events.filter(({ sequence, type, watch }) =>
          sequence > cursor && (order === null || watch.id === order) &&
          (types.includes(type) ||
            order === null && sequence > cursor + WINDOW_SIZE)
        );
        return [id, owed.length];
      }),
    );
  }

  /** Adds an endpoint. */
  async addEndpoint(
    endpoint: Endpoint,
    most: number,
  ): Promise<Registered | undefined> {
    await this.#use();
    const standing = [...this.endpoints.values()]
      .filter(({ order }) => order === null);
    const same = [...this.endpoints.values()].find((one) =>
      one.order !== null && one.order === endpoint.order &&
      one.url === endpoint.url &&
      !this.events.some(({ sequence, type, watch }) =>
        type === "order.removed" && watch.id === one.order &&
        sequence > one.cursor
      )
    );
    if (same) return { endpoint: same, isNew: false };
    if (endpoint.order === null && standing.length >= most) return undefined;
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
      if (known?.resumed !== endpoint.resumed) continue;
      const { secrets } = known;
      this.endpoints.set(endpoint.id, { ...endpoint, secrets });
    }
  }

  /** Puts other secrets in place. */
  async saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
    before: readonly EndpointSecret[],
  ): Promise<boolean> {
    await this.#use();
    const known = this.endpoints.get(id);
    if (JSON.stringify(known?.secrets) !== JSON.stringify(before)) return false;
    this.endpoints.set(id, { ...known!, secrets });
    return true;
  }

  /** Has an endpoint go on. */
  async resumeEndpoint(id: string, after?: number): Promise<boolean> {
    await this.#use();
    const known = this.endpoints.get(id);
    if (!known) return false;
    this.endpoints.set(id, {
      ...known,
      cursor: Math.min(after ?? known.cursor, this.events.length),
      failing: null,
      heldSince: null,
      parked: null,
      resumed: known.resumed + 1,
    });
    return true;
  }

  /** Removes an endpoint. */
  async removeEndpoint(id: string, resumed?: number): Promise<boolean> {
    await this.#use();
    const known = this.endpoints.get(id);
    if (resumed !== undefined && resumed !== known?.resumed) return false;
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
