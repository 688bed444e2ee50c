/**
 * How far endpoints have come, on its way to the store: not a write for each
 * delivery, since what is delivered twice after a crash is no loss.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import { type Endpoint, stateOf } from "./endpoint.ts";
import type { WebhookStore } from "./webhook_store.ts";

/** How long progress waits for more, in milliseconds. */
const SAVE_AFTER = 1_000;

/** How long to wait after a failure of the store, in milliseconds. */
const SAVE_AGAIN = 5_000;

/** Events that are not an endpoint's are written off in such numbers. */
const SKIPPED_AT_ONCE = 1_000;

/** What progress needs. */
export interface ProgressOptions {
  /** Where it is kept. */
  store: Pick<WebhookStore, "saveProgress">;
  /** Where time comes from. */
  clock: Clock;
}

/** Keeps the progress that is not stored yet. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #changed = new Map<string, Endpoint>();
  #saving: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isEnded = false;

  /**
   * Begins with none.
   *
   * @param options What it needs.
   */
  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /**
   * Takes note of how an endpoint is now.
   *
   * @param endpoint The endpoint.
   * @param stored How it is stored.
   * @returns Whether it will be stored.
   */
  note(endpoint: Endpoint, stored: Endpoint): boolean {
    // An attempt may end a little after it was given up.
    if (this.#isEnded) return false;
    const isTried = endpoint.attempts !== stored.attempts;
    const skipped = endpoint.cursor - stored.cursor;
    if (!isTried && skipped < SKIPPED_AT_ONCE) return false;
    this.#changed.set(endpoint.id, endpoint);
    if (stateOf(endpoint) !== stateOf(stored)) this.#saveIn(0);
    else if (!this.#cancelTimer) this.#saveIn(SAVE_AFTER);
    return true;
  }

  /** Forgets an endpoint. */
  forget(id: string): void {
    this.#changed.delete(id);
  }

  /** Forgets all that is not on its way to the store, and what comes later. */
  forgetAll(): void {
    this.#cancelTimer?.();
    this.#changed.clear();
    this.#isEnded = true;
  }

  /**
   * Stores what there is, now.
   *
   * @throws {StoreError} If it cannot.
   */
  async save(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await this.#saving?.catch(() => {});
    if (this.#changed.size === 0) return;
    this.#saving = this.#save();
    await this.#saving;
  }

  async #save(): Promise<void> {
    const endpoints = [...this.#changed.values()];
    this.#changed.clear();
    try {
      await this.#options.store.saveProgress(endpoints);
    } catch (error) {
      if (this.#isEnded) return;
      for (const endpoint of endpoints) {
        if (!this.#changed.has(endpoint.id)) {
          this.#changed.set(endpoint.id, endpoint);
        }
      }
      throw error;
    }
  }

  #saveIn(delay: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.setTimer(() => {
      this.save().catch(() => this.#saveIn(SAVE_AGAIN));
    }, delay);
  }
}
