/**
 * The last moment before a request leaves: whether it may be sent, and when.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { TimeLimit } from "./time_limit.ts";

/**
 * Decides whether a request may be sent now. It is called right before the
 * bytes are written, and no other code runs in between, so whoever counts
 * requests counts them when they are sent.
 *
 * @param id The order's id.
 * @returns 0 if the request is sent now. Otherwise the milliseconds to wait
 * before it is called again.
 * @throws What the call then rejects with; nothing was sent.
 */
export type AdmitRequest = (id: string) => number;

/** What a gate needs to know of its request. */
export interface GateOptions {
  /** Decides. */
  admit: () => number;
  /** Where time comes from. */
  clock: Clock;
  /** Ends the request when it is aborted. */
  controller: AbortController;
  /** The request's time limit, which does not run while it waits here. */
  timeLimit: TimeLimit;
}

/** The gate before one request. */
export class Gate {
  readonly #options: GateOptions;
  readonly #end = new AbortController();

  /**
   * Makes the gate before one request.
   *
   * @param options What it needs to know of it.
   */
  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * Sends the request as soon as it is admitted.
   *
   * @param send Writes it.
   * @returns What `send` returns.
   * @throws What the decision throws, what `send` throws, or the reason of the
   * abort.
   */
  async pass<T>(send: () => T | Promise<T>): Promise<T> {
    const { clock, controller, timeLimit } = this.#options;
    for (;;) {
      controller.signal.throwIfAborted();
      this.#end.signal.throwIfAborted();
      const delay = this.#admit();
      if (delay <= 0) return await send();
      const signal = AbortSignal.any([controller.signal, this.#end.signal]);
      timeLimit.stop();
      await clock.sleep(delay, signal);
      timeLimit.start();
    }
  }

  /** Ends a wait that is left, since the request has ended. */
  end(): void {
    this.#end.abort(new Error("The request has ended"));
  }

  #admit(): number {
    const { admit, controller } = this.#options;
    try {
      return admit();
    } catch (error) {
      controller.abort(error);
      throw error;
    }
  }
}
