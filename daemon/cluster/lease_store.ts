/**
 * What a daemon asks of a store that it shares with other daemons: which
 * orders are its own to ask about, for how long, and how much of the account's
 * limit.
 *
 * A daemon holds orders by a lease, which ends by the store's clock unless it
 * is renewed. Every lease has a number, larger than that of any lease before
 * it. What is written about an order goes by the number: once another lease
 * holds the order, the store takes nothing more by the old one.
 *
 * @module
 */

import type { WatchedOrder } from "../polling/watched_order.ts";

/** A lease on orders that are shared out among daemons. */
export interface Lease {
  /** Its number, from 1; no lease ever had it before. */
  readonly number: number;
  /** The store's date when it was begun, in milliseconds since 1970. */
  readonly date: number;
  /** How long it lasts from then on unless it is renewed, in milliseconds. */
  readonly duration: number;
}

/** What a daemon tells when it renews its lease. */
export interface Renewal {
  /**
   * Questions a second over all orders, as this daemon was told; `Infinity` for
   * no limit.
   */
  maxRequestsPerSecond: number;
  /** The most slots that it may have used within the last window. */
  slots: number;
  /** How many orders it watches. */
  held: number;
  /** Whether it can deliver webhooks. */
  canDeliver: boolean;
}

/** How a daemon stands among the others, by one look at all of them. */
export interface Standing {
  /** The store's date, in milliseconds since 1970. */
  date: number;
  /** How many slots are its own from now on, until it is renewed again. */
  slots: number;
  /** How many slots it ought to have; it uses no more than both. */
  fairSlots: number;
  /** How many orders it ought to hold. */
  fairHeld: number;
  /** How many orders are held by nobody who lives. */
  free: number;
  /** How many daemons live, this one too. */
  daemons: number;
  /**
   * Whether it is this daemon that delivers webhooks: from when this is first
   * said to the end of its lease.
   */
  delivers: boolean;
  /**
   * The limit that the others go by, if it is not this daemon's: until they
   * have all gone, this one has no slots and ought to hold nothing.
   */
  otherLimit?: number | undefined;
}

/**
 * Keeps leases. All methods reject with a `StoreError` when it cannot, which
 * may take some seconds but not for ever.
 *
 * What is asked of it goes by the lease that it has just then: once that lease
 * has ended, whatever of it is still under way changes nothing.
 */
export interface LeaseStore {
  /**
   * Begins a lease, without slots and orders. What this store writes from then
   * on goes by it; one that it had before ends. What it was told by `touch` and
   * has not written is forgotten.
   */
  join(): Promise<Lease>;

  /**
   * Lets the lease last for its whole duration from now on.
   *
   * @param renewal What this daemon tells.
   * @returns How it stands, or `undefined` if the lease has ended before.
   */
  renew(renewal: Renewal): Promise<Standing | undefined>;

  /**
   * Takes orders that are held by nobody who lives, those due first first. The
   * daemon before may have asked about them until just now.
   *
   * A claim that was rejected may have come through all the same. Either the
   * lease ends by that, or the next claim hands over everything that it holds,
   * what is known already too.
   *
   * @param limit At most so many more, from 0.
   * @param take Is called with them once that is durable, before any event that
   * happened to them since; if there are many, with some of them at a time.
   * @returns How many more there were.
   */
  claim(
    limit: number,
    take: (watches: readonly WatchedOrder[]) => void,
  ): Promise<number>;

  /**
   * Gives orders up for others to take, each as it stands: what was polled
   * without a change is stored with that. It may be asked again for orders of
   * which it is not known whether they were given up.
   *
   * @param watches Their watches. One that is not held, or was removed and
   * begun anew since (another `watchedAt`), is left as it is.
   */
  release(watches: readonly WatchedOrder[]): Promise<void>;

  /** Ends the lease at once; its orders are for others to take. */
  leave(): Promise<void>;
}
