/**
 * The deliveries to all endpoints, none of which waits for another's: from when
 * this daemon is the one that delivers, to when it is not.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import { formatEventId } from "../store/event_id.ts";
import type { StoredEvent } from "../store/store.ts";
import { ChangedEndpoints } from "./changed_endpoints.ts";
import { ConcurrencyLimit } from "./concurrency_limit.ts";
import { type Endpoint, type EndpointState, stateOf } from "./endpoint.ts";
import { EndpointDeliveries } from "./endpoint_deliveries.ts";
import { Progress } from "./progress.ts";
import type { Sender } from "./sender.ts";
import type { WebhookStore } from "./webhook_store.ts";

/**
 * How often the store is read at once for endpoints of all orders, and for
 * those of single ones: there may be many more of these, and others read too.
 */
const MAX_READS = 4;

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
  /** Whether it is this daemon that delivers, right now. */
  isLeader: () => boolean;
  /** Is told how an endpoint is now, and how it was. */
  onChange: (endpoint: Endpoint, before: Endpoint) => void;
  /** Is told why no endpoints can be read; `undefined` once they can again. */
  onFault: (error: unknown) => void;
}

/** Delivers to all endpoints. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #changed: ChangedEndpoints;
  readonly #progress: Progress;
  readonly #reads = new ConcurrencyLimit(MAX_READS);
  readonly #stopping = new AbortController();
  readonly #all = new Map<string, EndpointDeliveries>();
  /** Those of single orders, by the order. */
  readonly #byOrder = new Map<string, Set<EndpointDeliveries>>();
  /** Those of all orders. */
  readonly #standing = new Set<EndpointDeliveries>();
  /** As they are stored, or on their way there. */
  readonly #stored = new Map<string, Endpoint>();
  /** The orders of what happened before all endpoints were known. */
  readonly #heardOf = new Set<string>();
  #lastSequence = 0;

  /**
   * Begins with no endpoint.
   *
   * @param options What they need.
   */
  constructor(options: DeliveriesOptions) {
    const { clock, store } = options;
    this.#options = options;
    this.#progress = new Progress(options);
    this.#changed = new ChangedEndpoints({
      store,
      clock,
      known: () => this.#all.keys(),
      onRead: (endpoint, isOwed) => this.#take(endpoint, isOwed),
      onGone: (id) => this.#remove(id),
      onFault: options.onFault,
    });
  }

  /** Whether the endpoints are known. */
  get isLoaded(): boolean {
    return this.#changed.hasReadAll;
  }

  /** Goes on with all endpoints that are stored, as soon as they can be read. */
  async start(): Promise<void> {
    const last = this.#options.store.lastSequence().then(
      (sequence) => {
        this.#lastSequence = Math.max(this.#lastSequence, sequence);
      },
      // Until the next event all that is owed counts as read.
      () => {},
    );
    await Promise.all([last, this.refresh()]);
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
    await this.#stopAll(over);
    isOver.abort();
    // What cannot be stored is delivered once more.
    await this.save().catch(() => {});
  }

  /** Gives up what is under way: it is another daemon that delivers now. */
  async abandon(): Promise<void> {
    const stopped = this.#stopAll(Promise.resolve());
    this.#progress.forgetAll();
    await stopped;
  }

  /**
   * Is to be told of every event once it is durable.
   *
   * @param events The events, in order.
   */
  happened(events: readonly StoredEvent[]): void {
    this.#lastSequence = events.at(-1)?.sequence ?? this.#lastSequence;
    for (const one of this.#standing) one.wake();
    if (this.isLoaded) this.#heardOf.clear();
    else events.forEach(({ watch }) => this.#heardOf.add(watch.id));
    if (this.#byOrder.size === 0) return;
    for (const id of new Set(events.map(({ watch }) => watch.id))) {
      this.#byOrder.get(id)?.forEach((one) => one.wake());
    }
  }

  /**
   * Is to be told when endpoints were registered, removed, resumed or given
   * other secrets.
   *
   * @param ids Which; `undefined` if it can be any of them.
   * @returns Is fulfilled once it goes by that; or, if the store cannot be read
   * now, when this is known.
   */
  refresh(ids?: readonly string[]): Promise<void> {
    return this.#changed.read(ids);
  }

  /**
   * Stores how far each has come.
   *
   * @throws {StoreError} If it cannot.
   */
  save(): Promise<void> {
    return this.#progress.save();
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
   * @returns The number; 0 while it is parked, and if there is none.
   */
  backlogOf(id: string): number {
    return this.#all.get(id)?.backlog(this.#lastSequence) ?? 0;
  }

  /** How many endpoints are in a state. */
  count(state: EndpointState): number {
    let count = 0;
    for (const { endpoint } of this.#all.values()) {
      if (stateOf(endpoint) === state) count++;
    }
    return count;
  }

  async #stopAll(over: Promise<unknown>): Promise<void> {
    this.#changed.end();
    this.#stopping.abort();
    await Promise.all([...this.#all.values()].map((one) => one.stop(over)));
  }

  #take(endpoint: Endpoint, isOwed: boolean): void {
    const { id, order, resumed, secrets } = endpoint;
    const one = this.#all.get(id);
    if (!one) {
      const added = this.#add(endpoint);
      // Of all there are, most are owed nothing until something happens.
      const isHeardOf = order !== null && this.#heardOf.has(order);
      if (isOwed || isHeardOf || this.isLoaded) added.wake();
    } else if (one.endpoint.resumed === resumed) one.use(secrets);
    else this.#resume(one, endpoint);
  }

  #resume(one: EndpointDeliveries, resumed: Endpoint): void {
    const before = one.endpoint;
    this.#progress.forget(resumed.id);
    this.#stored.set(resumed.id, resumed);
    one.resume(resumed);
    this.#options.onChange(resumed, before);
  }

  #remove(id: string): void {
    const one = this.#all.get(id);
    this.#drop(id);
    one?.stop(Promise.resolve());
  }

  #add(endpoint: Endpoint): EndpointDeliveries {
    const { clock, isLeader, sender, show, store, wallNow } = this.#options;
    const kind = endpoint.order === null ? "of all orders" : "of one";
    const one = new EndpointDeliveries(endpoint, {
      owed: (...page) =>
        this.#reads.run(
          kind,
          this.#stopping.signal,
          () => store.owed(endpoint, ...page),
        ),
      clock,
      wallNow,
      isLeader,
      send: (to, event, signal) => {
        const { at, type } = event;
        const id = `evt_${formatEventId(event)}_${to.id}`;
        return sender.send(to, { id, type, at, data: show(event) }, signal);
      },
      onChange: (now, before) => {
        const stored = this.#stored.get(now.id);
        if (!stored) return;
        if (this.#progress.note(now, stored)) this.#stored.set(now.id, now);
        this.#options.onChange(now, before);
      },
      onEnded: ({ id, resumed }) => {
        this.#drop(id);
        // If it stays, it is found to have ended once more after a restart.
        store.removeEndpoint(id, resumed).catch(() => {});
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
