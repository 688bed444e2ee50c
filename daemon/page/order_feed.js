/**
 * All orders that the daemon watches, kept up as things happen.
 *
 * @module
 */

import { get, ProblemError } from "./api.js";
import { EventFeed } from "./event_feed.js";
import { Pause } from "./pause.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */
/** @typedef {import("./watched_order.js").OrderEvent} OrderEvent */

/** How many orders are kept: those watched last. */
const MAX_ORDERS = 20_000;

/** How many orders are asked for at once. */
const LOADED_AT_ONCE = 1_000;

/** The mean pause after the first failure to connect; doubles from then on. */
const INITIAL_PAUSE_MS = 500;

/** The longest mean pause. */
const MAX_PAUSE_MS = 12_000;

/**
 * Who is called when something happens.
 *
 * @typedef {object} Listeners
 * @property {() => void} onChange The orders have changed.
 * @property {(event: OrderEvent) => void} onEvent One thing happened.
 * @property {(isHeldBack: boolean) => void} onConnected The orders are kept up;
 * called with whether something holds the stream of events back.
 * @property {(error: unknown) => void} onLost The daemon can't be reached.
 */

/** Follows the events of the daemon. */
export class OrderFeed {
  /** @type {Map<string, WatchedOrder>} The orders by their ids. */
  orders = new Map();
  /** Whether all orders were loaded. */
  isLoaded = false;
  /** Whether there are more than are kept. */
  isCut = false;
  /** @type {Listeners} */
  #listeners;
  #events = new EventFeed((event) => this.#take(event));
  /** @type {Set<string>} The orders that events told of during a load. */
  #told = new Set();
  #pause = new Pause();

  /**
   * Begins with no order.
   *
   * @param {Listeners} listeners
   */
  constructor(listeners) {
    this.#listeners = listeners;
  }

  /** Follows the events for as long as the page is open. */
  async follow() {
    for (let failures = 0;; failures++) {
      try {
        await this.#connect(() => {
          failures = 0;
          this.#listeners.onConnected(this.#events.isHeldBack);
        });
      } catch (error) {
        // What was missed cannot be told any more: all is loaded anew.
        if (error instanceof ProblemError && error.code === "unknown_event") {
          this.isLoaded = false;
        }
        this.#listeners.onLost(error);
      }
      const pause = INITIAL_PAUSE_MS * 2 ** failures;
      await this.#pause.about(Math.min(MAX_PAUSE_MS, pause));
    }
  }

  /** Asks the daemon at once what has happened. */
  retry() {
    this.#pause.end();
    this.#events.retry();
  }

  /**
   * Takes in how an order stands.
   *
   * @param {WatchedOrder} order
   */
  put(order) {
    this.orders.set(order.id, order);
    this.#listeners.onChange();
  }

  /**
   * Takes in that an order is not watched any more.
   *
   * @param {string} id
   */
  forget(id) {
    if (this.orders.delete(id)) this.#listeners.onChange();
  }

  /** @param {() => void} onConnected */
  async #connect(onConnected) {
    const over = new AbortController();
    const { signal } = over;
    try {
      if (!this.isLoaded) this.#events.reset();
      await this.#events.poll(signal);
      onConnected();
      await Promise.all([
        this.#events.follow(signal, onConnected),
        this.isLoaded || this.#load(signal),
      ]);
    } finally {
      over.abort();
    }
  }

  /** @param {OrderEvent} event */
  #take(event) {
    const { type, watch } = event;
    if (!this.isLoaded) this.#told.add(watch.id);
    if (type === "order.removed") this.forget(watch.id);
    else this.put(watch);
    this.#listeners.onEvent(event);
  }

  /**
   * Loads all orders. What events tell of meanwhile is newer.
   *
   * @param {AbortSignal} signal
   */
  async #load(signal) {
    const loaded = new Set();
    this.#told.clear();
    this.isCut = false;
    for (const state of ["watching", "settled"]) {
      /** @type {string | null} */
      let cursor = "";
      while (cursor !== null && !this.isCut) {
        const query = new URLSearchParams({
          state,
          limit: `${LOADED_AT_ONCE}`,
        });
        if (cursor) query.set("cursor", cursor);
        const page = await get(`orders?${query}`, signal);
        for (const order of page.items) {
          loaded.add(order.id);
          if (!this.#told.has(order.id)) this.put(order);
        }
        cursor = page.nextCursor;
        this.isCut = cursor !== null && loaded.size >= MAX_ORDERS;
      }
    }
    for (const id of this.orders.keys()) {
      if (!loaded.has(id) && !this.#told.has(id)) this.forget(id);
    }
    this.isLoaded = true;
    this.#listeners.onChange();
  }
}
