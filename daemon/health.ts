/**
 * Whether the daemon does its work, and if not, why.
 *
 * @module
 */

import type { Store } from "./watch/store.ts";
import type { Upstream } from "./watch/upstream.ts";

/** Whether the daemon is ready, and all that stands against it. */
export interface Readiness {
  /** Whether it does its work. */
  ready: boolean;
  /** What is wrong, in sentences for a person. */
  reasons: string[];
}

/** Tells whether the daemon does its work. */
export class Health {
  /** Whether it is on its way down. */
  isStopping = false;
  readonly #store: Store;
  readonly #upstream: Upstream;

  /**
   * Looks at the two things that can fail.
   *
   * @param store Where watches are kept.
   * @param upstream How CallFire is doing.
   */
  constructor(store: Store, upstream: Upstream) {
    this.#store = store;
    this.#upstream = upstream;
  }

  /** Looks now, the store by a write that changes nothing. */
  async readiness(): Promise<Readiness> {
    const reasons: string[] = [];
    if (this.isStopping) reasons.push("The daemon is stopping.");
    if (this.#upstream.state === "refused") {
      reasons.push(
        "CallFire refuses the credentials: check CALLFIRE_LOGIN and " +
          "CALLFIRE_PASSWORD, and what the login is permitted to do.",
      );
    }
    try {
      await this.#store.check();
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
    return { ready: reasons.length === 0, reasons };
  }
}
