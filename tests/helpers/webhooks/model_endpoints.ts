/**
 * Endpoints in memory, and what each statement about them does, at once.
 *
 * @module
 */

import type { StoredEvent } from "../../../daemon/store/store.ts";
import {
  type Endpoint,
  type EndpointSecret,
  stateOf,
} from "../../../daemon/webhooks/endpoint.ts";
import type {
  EndpointCounts,
  EndpointPage,
  PendingEvents,
  RegisterResult,
} from "../../../daemon/webhooks/webhook_store.ts";
import { WINDOW_SIZE } from "../../../daemon/webhooks/window.ts";
import {
  type EndpointPosition,
  worstFirst,
} from "../../../daemon/webhooks/worst_first.ts";

/** Keeps endpoints. Each method does what a store's does of the same name. */
export class ModelEndpoints {
  /** All endpoints, the oldest first. */
  readonly all = new Map<string, Endpoint>();
  readonly #events: () => readonly StoredEvent[];
  /** How many there were with each and before it. */
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;

  /**
   * Begins with none.
   *
   * @param events All events, in order; the sequence of each is its place.
   */
  constructor(events: () => readonly StoredEvent[]) {
    this.#events = events;
  }

  /** Endpoints, the oldest first. */
  load(ids?: readonly string[]): Endpoint[] {
    const all = [...this.all.values()];
    return ids ? all.filter(({ id }) => ids.includes(id)) : all;
  }

  /** Some of all endpoints, the oldest first. */
  page(after: number, limit: number): EndpointPage {
    const number = ({ id }: Endpoint) => this.#numbers.get(id)!;
    const endpoints = this.load().filter((one) => number(one) > after)
      .slice(0, limit);
    const isOwed = ({ cursor, order }: Endpoint) =>
      order === null ||
      this.#events().slice(cursor).some(({ watch }) => watch.id === order);
    return {
      endpoints,
      owed: new Set(endpoints.filter(isOwed).map(({ id }) => id)),
      next: endpoints.length < limit ? undefined : number(endpoints.at(-1)!),
    };
  }

  /** Endpoints, those that do worst first. */
  worst(limit: number, after?: EndpointPosition): Endpoint[] {
    return worstFirst(this.load(), limit, after);
  }

  /** How many endpoints there are, and what they are yet to be told of. */
  counts(): EndpointCounts {
    const counts = { active: 0, failing: 0, parked: 0, backlog: 0 };
    for (const endpoint of this.load()) counts[stateOf(endpoint)]++;
    for (const backlog of this.backlogs().values()) counts.backlog += backlog;
    return counts;
  }

  /** How many events endpoints are yet to be told of. */
  backlogs(ids?: readonly string[]): Map<string, number> {
    return new Map(
      this.load(ids).filter(({ parked }) => !parked).map((endpoint) => {
        const { cursor, id, order, types } = endpoint;
        const owed = this.#events().slice(cursor).filter((
          { sequence, type, watch },
        ) =>
          (order === null || watch.id === order) &&
          (types.includes(type) ||
            order === null && sequence > cursor + WINDOW_SIZE)
        );
        return [id, owed.length];
      }),
    );
  }

  /** Adds an endpoint, unless it is there, or the same one of its order. */
  add(endpoint: Endpoint, most: number): RegisterResult | undefined {
    const all = this.load();
    const known = all.find((one) =>
      one.id === endpoint.id || this.#isSame(one, endpoint)
    );
    if (known) return { endpoint: known, isNew: known.id === endpoint.id };
    const others = all.filter(({ order }) => order === endpoint.order);
    if (others.length >= most) return undefined;
    const placed = { ...endpoint, cursor: this.#events().length };
    this.all.set(endpoint.id, placed);
    this.#numbers.set(endpoint.id, ++this.#lastNumber);
    return { endpoint: placed, isNew: true };
  }

  /** Notes how endpoints do that were not resumed since. */
  saveProgress(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) {
      const known = this.all.get(endpoint.id);
      if (known?.resumed !== endpoint.resumed) continue;
      const { secrets } = known;
      this.all.set(endpoint.id, { ...endpoint, secrets });
    }
  }

  /** Puts other secrets in place, also if it is done again. */
  saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
    before: readonly EndpointSecret[],
  ): boolean {
    const known = this.all.get(id);
    const isIt = [secrets, before].some((one) =>
      JSON.stringify(known?.secrets) === JSON.stringify(one)
    );
    if (!known || !isIt) return false;
    this.all.set(id, { ...known, secrets });
    return true;
  }

  /** Has an endpoint go on. */
  resume(id: string, after?: number): boolean {
    const known = this.all.get(id);
    if (!known) return false;
    const removal = this.#events().findLast(({ sequence, type, watch }) =>
      type === "order.removed" && watch.id === known.order &&
      sequence <= known.cursor
    );
    this.all.set(id, {
      ...known,
      cursor: Math.max(
        Math.min(after ?? known.cursor, this.#events().length),
        removal?.sequence ?? 0,
      ),
      failing: null,
      heldSince: null,
      parked: null,
      resumed: known.resumed + 1,
    });
    return true;
  }

  /** Removes an endpoint, if it was not resumed more often than told. */
  remove(id: string, resumed?: number): boolean {
    const known = this.all.get(id);
    if (resumed !== undefined && resumed !== known?.resumed) return false;
    return this.all.delete(id);
  }

  /** The events that come next for an endpoint. */
  owed(
    { order, types }: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): PendingEvents {
    const all = this.#events();
    const events = all.slice(after).filter(({ type, watch }) =>
      order === null ? types.includes(type) : watch.id === order
    ).slice(0, limit);
    const upTo = events.length === limit
      ? events.at(-1)!.sequence
      : Math.max(after, all.length);
    return { events, upTo };
  }

  /** Of one order and URL; the one that its removal was stored for has ended. */
  #isSame(one: Endpoint, { order, url }: Endpoint): boolean {
    return one.order !== null && one.order === order && one.url === url &&
      !this.#events().some(({ sequence, type, watch }) =>
        type === "order.removed" && watch.id === one.order &&
        sequence > one.cursor
      );
  }
}
