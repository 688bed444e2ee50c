/**
 * Whether it is this daemon that delivers, and what it delivers with then: of
 * several daemons on one database it is one at a time.
 *
 * @module
 */

import type { StoredEvent } from "../store/store.ts";
import type { Deliveries } from "./deliveries.ts";
import type { EndpointState } from "./endpoint.ts";

/** Delivers now and then. */
export class Deliverer {
  readonly #make: () => Deliveries;
  #deliveries: Deliveries | undefined;
  #isStopped = false;

  /**
   * Delivers nothing until it begins.
   *
   * @param make Makes deliveries, which have not started.
   */
  constructor(make: () => Deliveries) {
    this.#make = make;
  }

  /** What delivers, and knows of all endpoints; `undefined` if nothing does. */
  get deliveries(): Deliveries | undefined {
    return this.#deliveries?.isLoaded ? this.#deliveries : undefined;
  }

  /** How many events are yet to be delivered by this daemon. */
  get backlog(): number {
    return this.#deliveries?.backlog ?? 0;
  }

  /** How many endpoints that this daemon delivers to are in a state. */
  count(state: EndpointState): number {
    return this.#deliveries?.count(state) ?? 0;
  }

  /**
   * Delivers from now on.
   *
   * @returns Is fulfilled once it knows of all endpoints; or, if the store
   * cannot be read now, when this is known.
   */
  async begin(): Promise<void> {
    if (this.#isStopped || this.#deliveries) return;
    this.#deliveries = this.#make();
    await this.#deliveries.start();
  }

  /** Delivers nothing more, and gives up at once what is under way. */
  end(): void {
    this.#deliveries?.abandon();
    this.#deliveries = undefined;
  }

  /**
   * Begins nothing more, for ever, and stores how far all has come.
   *
   * @param grace How long what is under way may take, in milliseconds.
   */
  async stop(grace: number): Promise<void> {
    this.#isStopped = true;
    await this.#deliveries?.stop(grace);
  }

  /** Is to be told of every event once it is durable. */
  happened(events: readonly StoredEvent[]): void {
    this.#deliveries?.happened(events);
  }

  /**
   * Is to be told when endpoints were changed in the store.
   *
   * @param ids Which; `undefined` if it can be any of them.
   * @returns Is fulfilled once it goes by that; or, if the store cannot be read
   * now, when this is known.
   */
  async refresh(ids?: readonly string[]): Promise<void> {
    await this.#deliveries?.refresh(ids);
  }
}
