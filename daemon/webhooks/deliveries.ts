/**
 * All endpoints and the deliveries to them, none of which waits for another's.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { StoredEvent } from "../watch/store.ts";
import type { EventType } from "../watch/watched_order.ts";
import {
  beginEndpoint,
  type Endpoint,
  type EndpointState,
  resume,
  rotate,
  stateOf,
} from "./endpoint.ts";
import { EndpointDeliveries } from "./endpoint_deliveries.ts";
import { Progress } from "./progress.ts";
import type { Sender, TimedAttempt } from "./sender.ts";
import { WebhookSecret } from "./signature.ts";
import type { WebhookStore } from "./webhook_store.ts";

/** The most endpoints for all orders; those of single orders have no limit. */
export const MOST_ENDPOINTS = 100;

/** What the deliveries need. */
export interface DeliveriesOptions {
  /** Where endpoints are kept, and events. */
  store: WebhookStore;
  /** Time and chance. */
  clock: Clock;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
  /** Sends messages. */
  sender: Pick<Sender, "send">;
  /** Shows an event as its receivers are told of it. */
  show: (event: StoredEvent) => unknown;
  /** Is told how an endpoint is now, and how it was. */
  onChange: (endpoint: Endpoint, before: Endpoint) => void;
}

/** What is told of an endpoint that is to be registered. */
export interface Registration {
  /** Where to; it must be one that may be sent to. */
  readonly url: string;
  /** What its owner calls it; `null` for nothing. */
  readonly label: string | null;
  /** The types of events that it wants. */
  readonly types: readonly EventType[];
  /** The one order whose events it wants; `null` for all orders. */
  readonly order: string | null;
}

/** An endpoint, with the secret that nobody is told again. */
export interface WithSecret {
  /** The endpoint. */
  readonly endpoint: Endpoint;
  /** Its secret. */
  readonly secret: string;
}

/** There are as many endpoints as there may be. */
export class TooManyEndpointsError extends Error {
  /** Always `TooManyEndpointsError`. */
  override readonly name = "TooManyEndpointsError";
}

/** Delivers to all endpoints. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #progress: Progress;
  readonly #all = new Map<string, EndpointDeliveries>();
  /** Those of single orders, by the order. */
  readonly #byOrder = new Map<string, Set<EndpointDeliveries>>();
  /** Those of all orders. */
  readonly #standing = new Set<EndpointDeliveries>();
  /** As they are stored, or on their way there. */
  readonly #stored = new Map<string, Endpoint>();
  readonly #stopping = new AbortController();
  #lastSequence = 0;

  /**
   * Begins with no endpoint.
   *
   * @param options What they need.
   */
  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#progress = new Progress(options);
  }

  /**
   * Goes on with all endpoints that are stored.
   *
   * @throws {StoreError} If the store does not say which.
   */
  async start(): Promise<void> {
    this.#lastSequence = await this.#options.store.lastSequence();
    for (const endpoint of await this.#options.store.loadEndpoints()) {
      this.#add(endpoint).wake();
    }
  }

  /**
   * Begins nothing more, and stores how far each has come.
   *
   * @param grace How long what is under way may take, in milliseconds.
   */
  async stop(grace: number): Promise<void> {
    const isOver = new AbortController();
    const over = this.#options.clock.sleep(grace, isOver.signal)
      .catch(() => {});
    this.#stopping.abort(new Error("The daemon is stopping"));
    await Promise.all([...this.#all.values()].map((one) => one.stop(over)));
    isOver.abort();
    // What cannot be stored is delivered once more.
    await this.#progress.save().catch(() => {});
  }

  /**
   * Is to be told of every event once it is durable.
   *
   * @param events The events, in order.
   */
  happened(events: readonly StoredEvent[]): void {
    this.#lastSequence = events.at(-1)?.sequence ?? this.#lastSequence;
    for (const one of this.#standing) one.wake();
    if (this.#byOrder.size === 0) return;
    for (const id of new Set(events.map(({ watch }) => watch.id))) {
      this.#byOrder.get(id)?.forEach((one) => one.wake());
    }
  }

  /** All endpoints as they are now, the oldest first. */
  list(): Endpoint[] {
    return Array.from(this.#all.values(), ({ endpoint }) => endpoint);
  }

  /** The endpoint of an id as it is now; `undefined` for none. */
  find(id: string): Endpoint | undefined {
    return this.#all.get(id)?.endpoint;
  }

  /** How many events are yet to be delivered, to all that are not parked. */
  get backlog(): number {
    let sum = 0;
    for (const one of this.#all.values()) {
      sum += one.backlog(this.#lastSequence);
    }
    return sum;
  }

  /**
   * How many events are yet to be delivered to an endpoint.
   *
   * @param id Its id.
   * @returns The number; `null` while it is parked, since nobody counts then,
   * and if there is none.
   */
  backlogOf(id: string): number | null {
    const one = this.#all.get(id);
    if (!one || one.endpoint.parked) return null;
    return one.backlog(this.#lastSequence);
  }

  /** How many endpoints are in a state. */
  count(state: EndpointState): number {
    let count = 0;
    for (const { endpoint } of this.#all.values()) {
      if (stateOf(endpoint) === state) count++;
    }
    return count;
  }

  /**
   * Registers an endpoint, which is told of what happens from then on.
   *
   * @param registration What is told of it.
   * @returns The endpoint; without a secret if it was registered before.
   * @throws {TooManyEndpointsError} If there are as many as there may be.
   * @throws {StoreError} If it cannot be stored.
   */
  async register(
    registration: Registration,
  ): Promise<{ endpoint: Endpoint; secret: string | undefined }> {
    const { store, wallNow } = this.#options;
    const isStanding = registration.order === null;
    if (isStanding && this.#standing.size >= MOST_ENDPOINTS) {
      throw new TooManyEndpointsError(
        `Cannot register more than ${MOST_ENDPOINTS} endpoints: delete one`,
      );
    }
    const secret = WebhookSecret.make().show();
    const { endpoint, isNew } = await store.addEndpoint(
      beginEndpoint({ ...registration, at: wallNow(), secret }),
    );
    const known = this.#all.get(endpoint.id);
    if (!known) this.#add(endpoint).wake();
    return {
      endpoint: known?.endpoint ?? endpoint,
      secret: isNew ? secret : undefined,
    };
  }

  /**
   * Removes an endpoint; nothing more is sent to it.
   *
   * @returns Whether there was one.
   * @throws {StoreError} If that cannot be stored.
   */
  async remove(id: string): Promise<boolean> {
    const wasThere = await this.#options.store.removeEndpoint(id);
    const one = this.#all.get(id);
    this.#drop(id);
    await one?.stop(Promise.resolve());
    return wasThere;
  }

  /**
   * Gives an endpoint a new secret; the old one stays valid for 24 hours.
   *
   * @returns The endpoint; `undefined` if there is none.
   * @throws {StoreError} If it cannot be stored.
   */
  async rotate(id: string): Promise<WithSecret | undefined> {
    const { store, wallNow } = this.#options;
    const one = this.#all.get(id);
    if (!one) return undefined;
    const secret = WebhookSecret.make().show();
    const { secrets } = rotate(one.endpoint, secret, wallNow());
    if (!await store.saveSecrets(id, secrets)) return undefined;
    // It may have come further meanwhile.
    one.use(secrets);
    return { endpoint: one.endpoint, secret };
  }

  /**
   * Has an endpoint go on at once that is parked, or waiting to try again.
   *
   * @param id Its id.
   * @param after The sequence of the event after which it goes on; where it was
   * unless told. `Infinity` leaves out all that has happened.
   * @returns The endpoint; `undefined` if there is none.
   * @throws {StoreError} If that cannot be stored.
   */
  async resume(id: string, after?: number): Promise<Endpoint | undefined> {
    const { store } = this.#options;
    const last = await store.lastSequence();
    const one = this.#all.get(id);
    if (!one) return undefined;
    const before = one.endpoint;
    const cursor = Math.min(after ?? before.cursor, last);
    const resumed = resume(before, cursor);
    await store.saveProgress([resumed]);
    this.#progress.forget(id);
    this.#stored.set(id, resumed);
    one.resume(resumed);
    this.#options.onChange(resumed, before);
    return one.endpoint;
  }

  /**
   * Sends an endpoint a message that tells of nothing, once.
   *
   * @returns What came of it; `undefined` if there is no such endpoint.
   */
  async test(id: string): Promise<TimedAttempt | undefined> {
    const { sender, wallNow } = this.#options;
    const endpoint = this.find(id);
    if (!endpoint) return undefined;
    const message = {
      id: `test_${crypto.randomUUID()}`,
      type: "webhook.test",
      at: wallNow(),
      data: { webhook: id },
    };
    return await sender.send(endpoint, message, this.#stopping.signal);
  }

  #add(endpoint: Endpoint): EndpointDeliveries {
    const { clock, sender, show, store, wallNow } = this.#options;
    const one = new EndpointDeliveries(endpoint, {
      store,
      clock,
      wallNow,
      send: (to, event, signal) => {
        const { at, sequence, type } = event;
        const id = `evt_${sequence}_${to.id}`;
        return sender.send(to, { id, type, at, data: show(event) }, signal);
      },
      onChange: (now, before) => {
        const stored = this.#stored.get(now.id);
        if (!stored) return;
        if (this.#progress.note(now, stored)) this.#stored.set(now.id, now);
        this.#options.onChange(now, before);
      },
      onEnded: ({ id }) => {
        this.#drop(id);
        // If it stays, it is found to have ended once more after a restart.
        store.removeEndpoint(id).catch(() => {});
      },
    });
    this.#all.set(endpoint.id, one);
    this.#stored.set(endpoint.id, endpoint);
    const { order } = endpoint;
    if (order === null) this.#standing.add(one);
    else {
      const others = this.#byOrder.get(order) ?? new Set();
      this.#byOrder.set(order, others.add(one));
    }
    return one;
  }

  #drop(id: string): void {
    const one = this.#all.get(id);
    if (!one) return;
    const { order } = one.endpoint;
    this.#all.delete(id);
    this.#stored.delete(id);
    this.#progress.forget(id);
    this.#standing.delete(one);
    if (order === null) return;
    const others = this.#byOrder.get(order);
    others?.delete(one);
    if (others?.size === 0) this.#byOrder.delete(order);
  }
}
