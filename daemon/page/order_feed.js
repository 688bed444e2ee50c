/**
 * All orders that the daemon watches, kept up as things happen.
 *
 * @module
 */

import { call, get, ProblemError } from "./api.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */
/** @typedef {import("./watched_order.js").OrderEvent} OrderEvent */

/** How many orders are kept: those watched last. */
const MOST_ORDERS = 20_000;

/** How many orders are asked for at once. */
const LOADED_AT_ONCE = 1_000;

/** A stream that says nothing for this long is lost, in milliseconds. */
const LONGEST_SILENCE = 45_000;

/** The longest pause before it is tried to connect again, in milliseconds. */
const LONGEST_PAUSE = 15_000;

/**
 * Who is called when something happens.
 *
 * @typedef {object} Listeners
 * @property {() => void} onChange The orders have changed.
 * @property {(event: OrderEvent) => void} onEvent One thing happened.
 * @property {() => void} onConnected It is connected.
 * @property {(error: unknown) => void} onLost It is not connected any more.
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
  /** The sequence of the last event. */
  #last = 0;
  /** @type {Set<string>} The orders that events told of during a load. */
  #told = new Set();
  #wake = () => {};

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
          this.#listeners.onConnected();
        });
      } catch (error) {
        // What was missed cannot be told any more: all is loaded anew.
        if (error instanceof ProblemError && error.code === "unknown_event") {
          this.isLoaded = false;
        }
        this.#listeners.onLost(error);
      }
      const pause = Math.min(LONGEST_PAUSE, 500 * 2 ** failures);
      await this.#pause(pause * (0.5 + Math.random() / 2));
    }
  }

  /** Tries to connect at once, if it is not connected. */
  retry() {
    this.#wake();
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
      const response = await call("events", {
        signal,
        headers: this.isLoaded ? { "last-event-id": `${this.#last}` } : {},
      });
      if (!this.isLoaded) this.#last = 0;
      onConnected();
      await Promise.all([
        this.#read(response, () => over.abort()),
        this.isLoaded || this.#load(signal),
      ]);
    } finally {
      over.abort();
    }
  }

  /**
   * Reads events until the stream breaks off.
   *
   * @param {Response} response
   * @param {() => void} onSilence
   */
  async #read({ body }, onSilence) {
    if (!body) throw new TypeError("Cannot read events: there is no body");
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = "";;) {
      const timer = setTimeout(onSilence, LONGEST_SILENCE);
      const { done, value } = await reader.read()
        .finally(() => clearTimeout(timer));
      if (done) throw new Error("The daemon ended the stream of events");
      const blocks = (text + value).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) this.#take(block);
    }
  }

  /** @param {string} block The lines of one event. */
  #take(block) {
    const fields = new Map(
      block.split("\n").map((line) => {
        const [name = "", ...value] = line.split(": ");
        return [name, value.join(": ")];
      }),
    );
    const data = fields.get("data");
    if (data) {
      /** @type {OrderEvent} */
      const event = JSON.parse(data);
      const { sequence, type, watch } = event;
      if (sequence <= this.#last) return;
      if (!this.isLoaded) this.#told.add(watch.id);
      if (type === "order.removed") this.forget(watch.id);
      else this.put(watch);
      this.#listeners.onEvent(event);
    }
    this.#last = Number(fields.get("id") ?? this.#last);
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
        this.isCut = cursor !== null && loaded.size >= MOST_ORDERS;
      }
    }
    for (const id of this.orders.keys()) {
      if (!loaded.has(id) && !this.#told.has(id)) this.forget(id);
    }
    this.isLoaded = true;
    this.#listeners.onChange();
  }

  /** @param {number} milliseconds */
  #pause(milliseconds) {
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
      setTimeout(this.#wake, milliseconds);
    });
  }
}
