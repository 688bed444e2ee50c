/**
 * The endpoints, for those who register them and look after them: whatever
 * daemon delivers, every daemon knows of all and takes what is wanted of them.
 *
 * @module
 */

import type { EventType } from "../polling/watched_order.ts";
import { ConcurrencyLimit } from "./concurrency_limit.ts";
import type { Deliverer } from "./deliverer.ts";
import { beginEndpoint, type Endpoint, rotate } from "./endpoint.ts";
import type { Sender, TimedAttempt } from "./sender.ts";
import { WebhookSecret } from "./signature.ts";
import type { EndpointCounts, WebhookStore } from "./webhook_store.ts";
import { type EndpointPosition, worstFirst } from "./worst_first.ts";

/** The most endpoints for all orders. */
export const MAX_ENDPOINTS = 100;

/**
 * The most endpoints of a single order, each of which is sent a message for
 * every event of it.
 */
export const MAX_ENDPOINTS_PER_ORDER = 10;

/** The type of a message that tells of nothing. */
export const TEST_TYPE = "webhook.test";

/** What they need. */
export interface EndpointsOptions {
  /** Where endpoints are kept. */
  store: WebhookStore;
  /** Whether it is this daemon that delivers. */
  deliverer: Deliverer;
  /** Sends messages. */
  sender: Pick<Sender, "sendAtOnce">;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
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

/** An endpoint, and what it is yet to be told of. */
export interface EndpointStanding {
  /** The endpoint. */
  readonly endpoint: Endpoint;
  /**
   * How many events are yet to be delivered to it; `null` while it is parked,
   * since nobody counts then.
   */
  readonly backlog: number | null;
}

/** An endpoint, with a secret that nobody is told again. */
export interface EndpointWithSecret extends EndpointStanding {
  /** Its new secret. */
  readonly secret: string;
}

/** There are as many endpoints as there may be. */
export class TooManyEndpointsError extends Error {
  /** Always `TooManyEndpointsError`. */
  override readonly name = "TooManyEndpointsError";
}

/**
 * Registers endpoints, and looks after them. All methods reject with a
 * `StoreError` when the store cannot be used.
 */
export class Endpoints {
  readonly #options: EndpointsOptions;
  /** Of each endpoint one test at a time. */
  readonly #tests = new ConcurrencyLimit(1);

  /**
   * Begins with those that are stored.
   *
   * @param options What they need.
   */
  constructor(options: EndpointsOptions) {
    this.#options = options;
  }

  /** Whether it is this daemon that delivers. */
  get delivers(): boolean {
    return this.#options.deliverer.deliveries !== undefined;
  }

  /**
   * Endpoints as they are now: those that are parked first, then those that
   * fail, the oldest first.
   *
   * @param limit At most so many.
   * @param after Where the page before ended; absent for the first one. If that
   * endpoint is gone, those that do as it did come again.
   */
  async list(
    limit: number,
    after?: EndpointPosition,
  ): Promise<EndpointStanding[]> {
    const { deliverer: { deliveries }, store } = this.#options;
    if (!deliveries) {
      return this.#read(await store.worstEndpoints(limit, after));
    }
    // Whoever delivers knows more than the store.
    return worstFirst(deliveries.list(), limit, after)
      .map((endpoint) => this.#stand(endpoint));
  }

  /** How many endpoints there are now, and what they are yet to be told of. */
  async count(): Promise<EndpointCounts> {
    const { deliverer, store } = this.#options;
    if (!this.delivers) return await store.countEndpoints();
    return {
      active: deliverer.count("active"),
      failing: deliverer.count("failing"),
      parked: deliverer.count("parked"),
      backlog: deliverer.backlog,
    };
  }

  /** The endpoint of an id as it is now; `undefined` for none. */
  async find(id: string): Promise<EndpointStanding | undefined> {
    const { deliverer: { deliveries }, store } = this.#options;
    const known = deliveries?.find(id);
    if (known) return this.#stand(known);
    return (await this.#read(await store.loadEndpoints([id])))[0];
  }

  /**
   * Registers an endpoint, which is told of what happens from then on.
   *
   * @param registration What is told of it.
   * @returns The endpoint; without a secret if it was registered before.
   * @throws {TooManyEndpointsError} If there are as many as there may be.
   */
  async register(
    registration: Registration,
  ): Promise<EndpointStanding & { secret: string | undefined }> {
    const { deliverer, store, wallNow } = this.#options;
    const { order } = registration;
    const secret = WebhookSecret.make().show();
    const registered = await store.addEndpoint(
      beginEndpoint({ ...registration, at: wallNow(), secret }),
      order === null ? MAX_ENDPOINTS : MAX_ENDPOINTS_PER_ORDER,
    );
    if (!registered) {
      throw new TooManyEndpointsError(
        order === null
          ? `Cannot register more than ${MAX_ENDPOINTS} endpoints: delete one`
          : `Cannot register more than ${MAX_ENDPOINTS_PER_ORDER} endpoints ` +
            `of order ${order}: delete one, or use one for all orders`,
      );
    }
    const { endpoint, isNew } = registered;
    await deliverer.refresh([endpoint.id]);
    const standing = deliverer.deliveries?.find(endpoint.id) ?? endpoint;
    return {
      ...this.#stand(standing),
      secret: isNew ? secret : undefined,
    };
  }

  /**
   * Removes an endpoint; nothing more is sent to it.
   *
   * @returns Whether there was one.
   */
  async remove(id: string): Promise<boolean> {
    const { deliverer, store } = this.#options;
    const wasThere = await store.removeEndpoint(id);
    await deliverer.refresh([id]);
    return wasThere;
  }

  /**
   * Gives an endpoint a new secret; the old one stays valid for 24 hours, while
   * it is among the 10 newest.
   *
   * @returns The endpoint; `undefined` if there is none.
   */
  async rotate(id: string): Promise<EndpointWithSecret | undefined> {
    const { deliverer, store, wallNow } = this.#options;
    const secret = WebhookSecret.make().show();
    for (;;) {
      const [endpoint] = await store.loadEndpoints([id]);
      if (!endpoint) return undefined;
      const { secrets } = endpoint;
      const rotated = rotate(endpoint, secret, wallNow());
      // Somebody else may do the same, whose secret was told as well.
      if (await store.saveSecrets(id, rotated, secrets)) break;
    }
    await deliverer.refresh([id]);
    const standing = await this.find(id);
    return standing && { ...standing, secret };
  }

  /**
   * Has an endpoint go on at once that is parked, or waiting to try again.
   *
   * @param id Its id.
   * @param after The sequence of the event after which it goes on; where it was
   * unless told. `Infinity` leaves out all that has happened.
   * @returns The endpoint; `undefined` if there is none.
   */
  async resume(
    id: string,
    after?: number,
  ): Promise<EndpointStanding | undefined> {
    const { deliverer, store } = this.#options;
    // Where it was is where it has come to.
    await deliverer.deliveries?.save();
    if (!await store.resumeEndpoint(id, after)) return undefined;
    await deliverer.refresh([id]);
    return await this.find(id);
  }

  /**
   * Sends an endpoint a message that tells of nothing, once.
   *
   * @param id Its id.
   * @param signal Gives it up at once.
   * @returns What came of it; `undefined` if there is no such endpoint.
   * @throws The signal's reason if it is aborted.
   */
  async test(
    id: string,
    signal: AbortSignal,
  ): Promise<TimedAttempt | undefined> {
    const { sender, wallNow } = this.#options;
    const standing = await this.find(id);
    if (!standing) return undefined;
    const message = {
      id: `test_${crypto.randomUUID()}`,
      type: TEST_TYPE,
      at: wallNow(),
      data: { webhook: id },
    };
    return await this.#tests.run(
      id,
      signal,
      () => sender.sendAtOnce(standing.endpoint, message, signal),
    );
  }

  async #read(endpoints: readonly Endpoint[]): Promise<EndpointStanding[]> {
    const backlogs = await this.#options.store
      .backlogs(endpoints.map(({ id }) => id));
    return endpoints.map((endpoint) =>
      standingOf(endpoint, backlogs.get(endpoint.id))
    );
  }

  #stand(endpoint: Endpoint): EndpointStanding {
    const { deliveries } = this.#options.deliverer;
    return standingOf(endpoint, deliveries?.backlogOf(endpoint.id));
  }
}

function standingOf(endpoint: Endpoint, backlog = 0): EndpointStanding {
  return { endpoint, backlog: endpoint.parked ? null : backlog };
}
