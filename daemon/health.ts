/**
 * Whether the daemon does its work, and if not, why.
 *
 * @module
 */

import type { Log } from "./log/log.ts";
import type { LongPause } from "./polling/long_pause.ts";
import type { Membership } from "./cluster/membership.ts";
import { messageOf } from "./polling/error_message.ts";
import type { Store } from "./store/store.ts";
import type { Upstream } from "./polling/upstream.ts";

/** How long what was found out about the store stands, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** Whether the daemon is ready, and all that stands against it. */
export interface Readiness {
  /** Whether it does its work. */
  ready: boolean;
  /** What is wrong, in sentences for a person who may know of everything. */
  reasons: string[];
  /** The same for anyone: no host, user, path or name of the database. */
  publicReasons: string[];
}

/** Whether the daemon does its whole work, and all that stands against it. */
export interface Work extends Omit<Readiness, "ready"> {
  /** Whether it does its whole work: it is ready, and polls orders. */
  working: boolean;
}

/** Where those who may know it read what else is known. */
const SEE = "see GET /v1/summary or the daemon's log.";

/** What can fail. */
export interface HealthOptions {
  /** Where watches are kept. */
  store: Pick<Store, "check">;
  /** How CallFire is doing. */
  upstream: Pick<Upstream, "failure" | "state">;
  /** The long pause that CallFire asked for. */
  pause: Pick<LongPause, "current">;
  /** How the daemon stands among others; absent if there can be none. */
  membership?: Pick<Membership, "fault"> | undefined;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Where it says that the store cannot be used, and can be again. */
  log?: Pick<Log, "error" | "info">;
}

/** Tells whether the daemon does its work. */
export class Health {
  /** Whether it is on its way down. */
  isStopping = false;
  readonly #options: HealthOptions;
  #checkAgainAt = -Infinity;
  #isStoreUsable = true;
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
    const publicReasons: string[] = [];
    const add = (reason: string, publicReason = reason) => {
      reasons.push(reason);
      publicReasons.push(publicReason);
    };
    if (this.isStopping) add("The daemon is stopping.");
    if (upstream.state === "refused") {
      add(
        "CallFire refuses the credentials: check CALLFIRE_LOGIN and " +
          "CALLFIRE_PASSWORD, and what the login is permitted to do.",
      );
    }
    if (upstream.failure !== undefined) add(upstream.failure);
    const storeFault = await this.#checkStore();
    if (storeFault !== undefined) {
      add(storeFault, `The database cannot be used: ${SEE}`);
    }
    if (membership?.fault !== undefined) {
      add(
        membership.fault,
        "The daemon holds no lease on orders, or waits for daemons with " +
          `another limit: ${SEE}`,
      );
    }
    return { ready: reasons.length === 0, reasons, publicReasons };
  }

  /** Looks now, also at whether orders can be polled. */
  async work(): Promise<Work> {
    const { pause: { current }, upstream } = this.#options;
    const { reasons, publicReasons } = await this.readiness();
    const more: string[] = [];
    // What else it fails with is a reason not to be ready.
    if (upstream.state === "failing" && upstream.failure === undefined) {
      more.push(
        "CallFire fails: only probes are sent until it answers again.",
      );
    }
    if (current) {
      more.push(
        `CallFire asked for a pause (${current.code}): nothing is polled ` +
          `until ${new Date(current.until).toISOString()}.`,
      );
    }
    const all = [...reasons, ...more];
    return {
      working: all.length === 0,
      reasons: all,
      publicReasons: [...publicReasons, ...more],
    };
  }

  #checkStore(): Promise<string | undefined> {
    const { now, store } = this.#options;
    if (now() >= this.#checkAgainAt) {
      // Until it is through, whoever asks waits for the same check.
      this.#checkAgainAt = Infinity;
      this.#storeFault = store.check().then(
        () => undefined,
        messageOf,
      ).then((fault) => this.#logStore(fault))
        .finally(() => this.#checkAgainAt = now() + CHECK_INTERVAL_MS);
    }
    return this.#storeFault;
  }

  #logStore(fault: string | undefined): string | undefined {
    const { log } = this.#options;
    const wasUsable = this.#isStoreUsable;
    this.#isStoreUsable = fault === undefined;
    if (fault === undefined) {
      if (!wasUsable) log?.info("The database can be used again");
    } else if (wasUsable) {
      log?.error("Cannot use the database", { detail: fault });
    }
    return fault;
  }
}
