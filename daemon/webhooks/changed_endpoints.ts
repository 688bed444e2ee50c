/**
 * Endpoints that were changed in the store, on their way from there: read one
 * time after the other, so that what is read last is what holds.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { Endpoint } from "./endpoint.ts";
import type { WebhookStore } from "./webhook_store.ts";

/** How long to wait for a store that cannot be read, in milliseconds. */
const READ_AGAIN = 1_000;

/** What has been read. */
export interface ReadEndpoints {
  /** The ids of those that were looked for; `undefined` for all there are. */
  readonly ids: readonly string[] | undefined;
  /** Those that are there, the oldest first. */
  readonly endpoints: readonly Endpoint[];
}

/** What reading needs. */
export interface ChangedEndpointsOptions {
  /** Where they are kept. */
  store: Pick<WebhookStore, "loadEndpoints">;
  /** Where time comes from. */
  clock: Clock;
  /** Is told what was read. */
  onRead: (read: ReadEndpoints) => void;
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
  #isEnded = false;

  /**
   * Begins with nothing to read.
   *
   * @param options What it needs.
   */
  constructor(options: ChangedEndpointsOptions) {
    this.#options = options;
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
    const { clock, onRead, store } = this.#options;
    const ids = this.#ids && [...this.#ids];
    if (this.#isEnded || ids?.length === 0) return;
    this.#ids = new Set();
    this.#cancelTimer?.();
    try {
      const endpoints = await store.loadEndpoints(ids);
      if (!this.#isEnded) onRead({ ids, endpoints });
    } catch {
      // That the store cannot be used is told of by whoever writes to it.
      if (this.#isEnded) return;
      if (ids) ids.forEach((id) => this.#ids?.add(id));
      else this.#ids = undefined;
      this.#cancelTimer = clock.setTimer(() => this.read([]), READ_AGAIN);
    }
  }
}
