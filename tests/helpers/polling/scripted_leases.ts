/**
 * Leases that are kept as a test says.
 *
 * @module
 */

import type {
  Lease,
  LeaseStore,
  Renewal,
  Standing,
} from "../../../daemon/cluster/lease_store.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import type { WatchedOrder } from "../../../daemon/polling/watched_order.ts";
import type { Clock } from "../../../mod.ts";

/** The date of the store at the beginning: minutes from any machine's. */
const BEGINNING = Date.UTC(2030, 0, 1, 13);

/** Keeps leases. */
export class ScriptedLeases implements LeaseStore {
  /** What a daemon is told that renews its lease, but for the date. */
  standing: Omit<Standing, "date"> = {
    slots: 10,
    fairSlots: 10,
    fairHeld: 100,
    free: 0,
    daemons: 1,
    delivers: false,
  };
  /** Whether the lease has ended. */
  hasEnded = false;
  /** Whether nothing can be done. */
  isAway = false;
  /** What every answer waits for. */
  answer: Promise<void> = Promise.resolve();
  /** By how much its date was set forward, in milliseconds. */
  skew = 0;
  /** Orders that nobody holds. */
  free: WatchedOrder[] = [];
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** The renewals. */
  readonly renewals: Renewal[] = [];
  readonly #clock: Clock;
  #leases = 0;

  /**
   * Begins without a lease.
   *
   * @param clock Where the time comes from.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The date. */
  get date(): number {
    return BEGINNING + this.skew + this.#clock.now();
  }

  /** Begins a lease of five seconds. */
  async join(): Promise<Lease> {
    await this.#do("join");
    this.hasEnded = false;
    return { number: ++this.#leases, date: this.date, duration: 5_000 };
  }

  /** Renews it. */
  async renew(renewal: Renewal): Promise<Standing | undefined> {
    this.renewals.push(renewal);
    await this.#do("renew");
    if (this.hasEnded) return undefined;
    return { ...this.standing, free: this.free.length, date: this.date };
  }

  /** Claims what is free. */
  async claim(
    limit: number,
    take: (watches: readonly WatchedOrder[]) => void,
  ): Promise<number> {
    await this.#do(`claim ${limit}`);
    const claimed = this.free.splice(0, limit);
    take(claimed);
    return claimed.length;
  }

  /** Releases orders. */
  async release(watches: readonly WatchedOrder[]): Promise<void> {
    await this.#do(`release ${watches.map(({ id }) => id).join(" ")}`);
  }

  /** Ends the lease. */
  async leave(): Promise<void> {
    await this.#do("leave");
  }

  async #do(what: string): Promise<void> {
    this.asked.push(what);
    await this.answer;
    if (this.isAway) throw new StoreError("the database is away");
  }
}
