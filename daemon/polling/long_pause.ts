/**
 * A long `Retry-After` of CallFire: all daemons of the account heed it, also
 * after a restart, and users can see it.
 *
 * @module
 */

import { MAX_RETRY_AFTER_MS } from "../../client/internal.ts";
import type { CallFireErrorCode, Clock } from "../../mod.ts";
import type { Upstream } from "./upstream.ts";

/**
 * From this on, in milliseconds, a `Retry-After` is a long one. A shorter one is
 * over by the time that anybody could read of it, or a daemon could restart.
 */
export const MIN_LONG_PAUSE_MS = 5_000;

/** From one look at a store that others write to, to the next. */
const SYNC_INTERVAL_MS = 1_000;

/** A pause that CallFire asked for. */
export interface Pause {
  /** How long it still lasts, in milliseconds. */
  left: number;
  /** The error that asked for it. */
  code: CallFireErrorCode;
}

/** Keeps the pause of an account. Both methods reject with a `StoreError`. */
export interface PauseStore {
  /**
   * The pause that is not over yet. It never lasts longer than it did when it
   * was saved, however the clock was set since.
   *
   * @param now The date, in milliseconds since 1970, for a store without a
   * clock of its own.
   */
  loadPause(now: number): Promise<Pause | undefined>;

  /**
   * Saves a pause, unless the one that is kept ends later.
   *
   * @param pause The pause; `undefined` if it is over, which then removes it.
   * @param now The date, as above.
   */
  savePause(pause: Pause | undefined, now: number): Promise<void>;
}

/** A pause that is under way. */
export interface CurrentPause {
  /** When it ends, in milliseconds since 1970. */
  until: number;
  /** The error that asked for it. */
  code: CallFireErrorCode;
}

/** What a long pause needs. */
export interface LongPauseOptions {
  /** Where it is kept; absent if nothing keeps it over a restart. */
  store?: PauseStore | undefined;
  /** Whether other daemons write to that store. */
  isShared: boolean;
  /** What sends nothing during a pause. */
  upstream: Pick<Upstream, "pauseUntil">;
  /** Time. */
  clock: Clock;
  /** Called when a pause begins, and with `undefined` when it is over. */
  onChange: (pause: CurrentPause | undefined) => void;
}

/** Keeps to the long pause that CallFire asked for. */
export class LongPause {
  readonly #options: LongPauseOptions;
  #code: CallFireErrorCode | undefined;
  /** When it ends, in milliseconds of the clock that never goes back. */
  #endsAt = -Infinity;
  #isSaved = true;
  #isStopped = false;
  #cancelEnd = () => {};
  #cancelSync = () => {};

  /**
   * Starts without a pause.
   *
   * @param options What it needs.
   */
  constructor(options: LongPauseOptions) {
    this.#options = options;
  }

  /** The pause that is under way; `undefined` if there is none. */
  get current(): CurrentPause | undefined {
    const { clock } = this.#options;
    const left = this.#endsAt - clock.now();
    if (this.#code === undefined || left <= 0) return undefined;
    return { until: this.#date() + left, code: this.#code };
  }

  /**
   * Goes on with the pause that is stored.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  async start(): Promise<void> {
    await this.#load();
    this.#syncLater();
  }

  /** Keeps to no pause any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelEnd();
    this.#cancelSync();
  }

  /**
   * Keeps to a pause, if it is a long one.
   *
   * @param pause The pause, as CallFire asked for it just now.
   */
  asked(pause: Pause): void {
    if (pause.left < MIN_LONG_PAUSE_MS || !this.#begin(pause)) return;
    this.#isSaved = false;
    this.#sync();
  }

  /** Returns whether it ends later than the one that is under way. */
  #begin({ code, left }: Pause): boolean {
    const { clock, onChange, upstream } = this.#options;
    const wasPaused = this.current !== undefined;
    const endsAt = clock.now() + Math.min(MAX_RETRY_AFTER_MS, left);
    if (endsAt <= this.#endsAt) return false;
    this.#endsAt = endsAt;
    this.#code = code;
    upstream.pauseUntil(endsAt);
    this.#armEnd();
    if (!wasPaused) onChange(this.current);
    return true;
  }

  #armEnd(): void {
    const { clock, onChange } = this.#options;
    this.#cancelEnd();
    const left = this.#endsAt - clock.now();
    this.#cancelEnd = clock.setTimer(() => {
      if (clock.now() < this.#endsAt) return this.#armEnd();
      onChange(undefined);
      this.#code = undefined;
      this.#isSaved = false;
      this.#sync();
    }, left);
  }

  /** Saves what is not saved yet, and sees what other daemons have saved. */
  async #sync(): Promise<void> {
    const { clock, isShared, store } = this.#options;
    this.#cancelSync();
    try {
      if (!this.#isSaved) {
        this.#isSaved = true;
        const left = this.#endsAt - clock.now();
        const code = this.#code;
        await store?.savePause(code && { code, left }, this.#date());
      }
      if (isShared) await this.#load();
    } catch {
      // The daemon says elsewhere that its store cannot be used.
      this.#isSaved = false;
    }
    this.#syncLater();
  }

  #syncLater(): void {
    const { clock, isShared } = this.#options;
    this.#cancelSync();
    if (this.#isStopped || (this.#isSaved && !isShared)) return;
    this.#cancelSync = clock.setTimer(() => this.#sync(), SYNC_INTERVAL_MS);
  }

  async #load(): Promise<void> {
    const { clock, store } = this.#options;
    const pause = await store?.loadPause(this.#date());
    // Two clocks differ a little: a pause that has ended does not begin again.
    const known = this.#endsAt + SYNC_INTERVAL_MS;
    if (pause && clock.now() + pause.left > known) this.#begin(pause);
  }

  #date(): number {
    return this.#options.clock.date().getTime();
  }
}
