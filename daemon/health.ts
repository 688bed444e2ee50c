/**
 * Whether the daemon does its work, and if not, why.
 *
 * @module
 */

import type { Membership } from "./watch/membership.ts";
import { messageOf } from "./watch/message_of.ts";
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

/** What can fail. */
export interface HealthOptions {
  /** Where watches are kept. */
  store: Pick<Store, "check">;
  /** How CallFire is doing. */
  upstream: Pick<Upstream, "state">;
  /** How the daemon stands among others; absent if there can be none. */
  membership?: Pick<Membership, "fault"> | undefined;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
}

/** Tells whether the daemon does its work. */
export class Health {
  /** Whether it is on its way down. */
  isStopping = false;
  readonly #options: HealthOptions;
  #checkAgainAt = -Infinity;
  #storeFault: Promise<string | undefined> = Promise.resolve(undefined);

  /**
   * Has looked at nothing yet.
   *
   * @param options What can fail.
   */
  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Looks now; at the store, by a write, at most once a second. */
  async readiness(): Promise<Readiness> {
    const { membership, upstream } = this.#options;
    const reasons: string[] = [];
    if (this.isStopping) reasons.push("The daemon is stopping.");
    if (upstream.state === "refused") {
      reasons.push(
        "CallFire refuses the credentials: check CALLFIRE_LOGIN and " +
          "CALLFIRE_PASSWORD, and what the login is permitted to do.",
      );
    }
    const storeFault = await this.#checkStore();
    if (storeFault !== undefined) reasons.push(storeFault);
    if (membership?.fault !== undefined) reasons.push(membership.fault);
    return { ready: reasons.length === 0, reasons };
  }

  #checkStore(): Promise<string | undefined> {
    const { now, store } = this.#options;
    if (now() >= this.#checkAgainAt) {
      // Until it is through, whoever asks waits for the same check.
      this.#checkAgainAt = Infinity;
      this.#storeFault = store.check().then(
        () => undefined,
        messageOf,
      ).finally(() => this.#checkAgainAt = now() + CHECK_INTERVAL);
    }
    return this.#storeFault;
  }
}
