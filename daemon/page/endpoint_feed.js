/**
 * The endpoints of webhooks, asked for now and then: they change in more ways
 * than events tell of.
 *
 * @module
 */

import { get } from "./api.js";

/** @typedef {import("./endpoint.js").Endpoint} Endpoint */

/** How often they are asked for while the page is seen, in milliseconds. */
const INTERVAL = 5_000;

/** How many are kept: the worst ones. */
const MAX_ENDPOINTS = 50;

/**
 * Who is called when something happens.
 *
 * @typedef {object} Listeners
 * @property {() => void} onChange The endpoints may have changed.
 * @property {(endpoint: Endpoint) => void} onParked One was parked.
 */

/** Follows the endpoints for as long as there are any. */
export class EndpointFeed {
  /** @type {Map<string, Endpoint>} The endpoints by their ids. */
  endpoints = new Map();
  /** How many there are. */
  total = 0;
  /** @type {Listeners} */
  #listeners;
  /** Whether the last answer was a page of more. */
  #isPage = false;
  /** How often an endpoint was put in. */
  #puts = 0;
  /** @type {Set<string>} The ids, used but once, of those removed here. */
  #removed = new Set();
  #wake = () => {};

  /**
   * Begins with no endpoint.
   *
   * @param {Listeners} listeners
   */
  constructor(listeners) {
    this.#listeners = listeners;
  }

  /** Whether there are more than are kept. */
  get isCut() {
    return this.#isPage && this.total > this.endpoints.size;
  }

  /** Follows them for as long as the page is open. */
  async follow() {
    for (;;) {
      // Of a daemon that is gone, the connection of the events tells.
      if (this.total > 0 && !document.hidden) {
        await this.#load().catch(() => {});
      }
      await this.#pause();
    }
  }

  /**
   * Takes in how many there are.
   *
   * @param {number} total
   */
  expect(total) {
    if (total === this.total) return;
    this.total = total;
    if (total === 0) this.#take([]);
    else this.refresh();
  }

  /** Asks for them at once. */
  refresh() {
    this.#wake();
  }

  /**
   * Takes in how an endpoint is.
   *
   * @param {Endpoint} endpoint
   */
  put(endpoint) {
    if (this.#removed.has(endpoint.id)) return;
    this.#puts++;
    this.endpoints.set(endpoint.id, endpoint);
    this.#listeners.onChange();
  }

  /**
   * Takes in that an endpoint was removed. No answer brings it back that was
   * under way, or is of a daemon that did not learn of it yet.
   *
   * @param {string} id
   */
  forget(id) {
    this.#removed.add(id);
    this.endpoints.delete(id);
    this.#listeners.onChange();
    // If there are more than are kept, another one takes its place.
    this.refresh();
  }

  async #load() {
    const puts = this.#puts;
    const { items, nextCursor } = await get(`webhooks?limit=${MAX_ENDPOINTS}`);
    // What was put in meanwhile may be newer.
    if (puts !== this.#puts || this.total === 0) return;
    this.#isPage = nextCursor !== null;
    this.#take(items);
  }

  /** @param {Endpoint[]} endpoints */
  #take(endpoints) {
    const before = this.endpoints;
    const left = endpoints.filter(({ id }) => !this.#removed.has(id));
    // Always in the same order, so that none moves when another fails.
    this.endpoints = new Map(
      left.sort(oldestFirst).map((endpoint) => [endpoint.id, endpoint]),
    );
    for (const endpoint of left) {
      const known = before.get(endpoint.id);
      if (known?.parkedAt === null && endpoint.parkedAt !== null) {
        this.#listeners.onParked(endpoint);
      }
    }
    this.#listeners.onChange();
  }

  #pause() {
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
      setTimeout(this.#wake, INTERVAL);
    });
  }
}

/**
 * @param {Endpoint} one
 * @param {Endpoint} other
 */
function oldestFirst(one, other) {
  if (one.createdAt !== other.createdAt) {
    return one.createdAt < other.createdAt ? -1 : 1;
  }
  return one.id < other.id ? -1 : 1;
}
