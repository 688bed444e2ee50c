/**
 * Endpoints that were changed in the store, on their way from there: read one
 * time after the other, so that what is read last is what holds.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { Endpoint } from "./endpoint.ts";
import type { WebhookStore } from "./webhook_store.ts";

/** How many endpoints are read at once, so that nobody waits for long. */
export const PAGE_SIZE = 1_000;

/** How long to wait for a store that cannot be read, in milliseconds. */
const READ_AGAIN = 1_000;

/** What reading needs. */
export interface ChangedEndpointsOptions {
  /** Where they are kept. */
  store: Pick<WebhookStore, "loadEndpoints" | "pageEndpoints">;
  /** Where time comes from. */
  clock: Clock;
  /** The ids of those that are gone by. */
  known: () => Iterable<string>;
  /** Is told of an endpoint, and whether it may be owed events. */
  onRead: (endpoint: Endpoint, isOwed: boolean) => void;
  /** Is told of one that is not there any more. */
  onGone: (id: string) => void;
  /** Is told why they cannot be read; `undefined` once they can again. */
  onFault: (error: unknown) => void;
}

/** Reads the endpoints that were changed. */
export class ChangedEndpoints {
  readonly #options: ChangedEndpointsOptions;
  /** Those to be read; `undefined` for all. */
  #ids: Set<string> | undefined = new Set();
  /** The reading that is under way, or was. */
  #reading: Promise<void> = Promise.resolve();
  /** The one after that. */
  #next: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #hasReadAll = false;
  #hasFault = false;
  #isEnded = false;

  /**
   * Begins with nothing to read.
   *
   * @param options What it needs.
   */
  constructor(options: ChangedEndpointsOptions) {
    this.#options = options;
  }

  /** Whether all endpoints have been read. */
  get hasReadAll(): boolean {
    return this.#hasReadAll;
  }

  /**
   * Reads endpoints, as they are from now on.
   *
   * @param ids Which; all of them unless told.
   * @returns Is fulfilled once they were read. If they cannot be, that is when
   * this is known; they are read later.
   */
  read(ids?: readonly string[]): Promise<void> {
    if (ids) ids.forEach((id) => this.#ids?.add(id));
    else this.#ids = undefined;
    this.#next ??= this.#reading.then(() => {
      this.#next = undefined;
      return this.#reading = this.#read();
    });
    return this.#next;
  }

  /** Reads nothing more, and tells of nothing. */
  end(): void {
    this.#isEnded = true;
    this.#cancelTimer?.();
  }

  async #read(): Promise<void> {
    const { clock } = this.#options;
    const ids = this.#ids && [...this.#ids];
    if (this.#isEnded || ids?.length === 0) return;
    this.#ids = new Set();
    this.#cancelTimer?.();
    try {
      await (ids ? this.#readSome(ids) : this.#readAll());
      this.#tellFault(undefined);
    } catch (error) {
      if (this.#isEnded) return;
      this.#tellFault(error);
      if (ids) ids.forEach((id) => this.#ids?.add(id));
      else this.#ids = undefined;
      this.#cancelTimer = clock.setTimer(() => this.read([]), READ_AGAIN);
    }
  }

  async #readSome(ids: readonly string[]): Promise<void> {
    const { onGone, onRead, store } = this.#options;
    const endpoints = await store.loadEndpoints(ids);
    if (this.#isEnded) return;
    const there = new Set(endpoints.map(({ id }) => id));
    for (const id of ids) {
      if (!there.has(id)) onGone(id);
    }
    for (const endpoint of endpoints) onRead(endpoint, true);
  }

  async #readAll(): Promise<void> {
    const { known, onGone, onRead, store } = this.#options;
    const there = new Set<string>();
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await store.pageEndpoints(after, PAGE_SIZE);
      if (this.#isEnded) return;
      for (const endpoint of page.endpoints) {
        there.add(endpoint.id);
        onRead(endpoint, page.owed.has(endpoint.id));
      }
      after = page.next;
    }
    for (const id of known()) {
      if (!there.has(id)) onGone(id);
    }
    this.#hasReadAll = true;
  }

  #tellFault(error: unknown): void {
    const hasFault = error !== undefined;
    if (hasFault !== this.#hasFault) this.#options.onFault(error);
    this.#hasFault = hasFault;
  }
}
