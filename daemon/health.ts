/**
 * Whether the daemon does its work, and if not, why.
 *
 * @module
 */

import type { Store } from "./watch/store.ts";
import type { Upstream } from "./watch/upstream.ts";

/** How long what was found out about the store stands, in milliseconds. */
const CHECK_INTERVAL = 1_000;

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
  readonly #store: Pick<Store, "check">;
  readonly #upstream: Pick<Upstream, "state">;
  readonly #now: () => number;
  #checkAgainAt = -Infinity;
  #storeFault: Promise<string | undefined> = Promise.resolve(undefined);

  /**
   * Looks at the two things that can fail.
   *
   * @param store Where watches are kept.
   * @param upstream How CallFire is doing.
   * @param now Milliseconds of a clock that never goes back.
   */
  constructor(
    store: Pick<Store, "check">,
    upstream: Pick<Upstream, "state">,
    now: () => number,
  ) {
    this.#store = store;
    this.#upstream = upstream;
    this.#now = now;
  }

  /** Looks now; at the store, by a write, at most once a second. */
  async readiness(): Promise<Readiness> {
    const reasons: string[] = [];
    if (this.isStopping) reasons.push("The daemon is stopping.");
    if (this.#upstream.state === "refused") {
      reasons.push(
        "CallFire refuses the credentials: check CALLFIRE_LOGIN and " +
          "CALLFIRE_PASSWORD, and what the login is permitted to do.",
      );
    }
    const storeFault = await this.#checkStore();
    if (storeFault !== undefined) reasons.push(storeFault);
    return { ready: reasons.length === 0, reasons };
  }

  #checkStore(): Promise<string | undefined> {
    if (this.#now() >= this.#checkAgainAt) {
      // Until it is through, whoever asks waits for the same check.
      this.#checkAgainAt = Infinity;
      this.#storeFault = this.#store.check().then(
        () => undefined,
        (error) => error instanceof Error ? error.message : String(error),
      ).finally(() => this.#checkAgainAt = this.#now() + CHECK_INTERVAL);
    }
    return this.#storeFault;
  }
}
