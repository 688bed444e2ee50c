/**
 * The orders that a daemon holds by one lease: as many as are its part.
 *
 * @module
 */

import type { LeaseStore, Standing } from "./lease_store.ts";
import type { Tracker } from "../polling/tracker.ts";
import type { WatchedOrder } from "../polling/watched_order.ts";

/**
 * How many orders are claimed at once. While a claim is under way no event is
 * told.
 */
const MAX_CLAIM_SIZE = 5_000;

/** What somebody who holds orders needs of a tracker. */
export type Holder = Pick<
  Tracker,
  "census" | "find" | "take" | "release"
>;

/** Holds orders by a lease, from its beginning to its end. */
export class OrderAssignment {
  readonly #leases: LeaseStore;
  readonly #holder: Holder;
  /** Orders that are let go of, though the store may not know that yet. */
  #releasing: WatchedOrder[] = [];
  #isBusy = false;
  /** Whether more may be held than is known: a claim went wrong. */
  #isUnsure = false;
  #mayClaim = true;
  #hasEnded = false;

  /**
   * Begins with no order.
   *
   * @param leases Where orders are claimed and released.
   * @param holder Who asks about them.
   */
  constructor(leases: LeaseStore, holder: Holder) {
    this.#leases = leases;
    this.#holder = holder;
  }

  /**
   * Comes closer to what ought to be held, unless it is about that already.
   *
   * @param fairHeld How many orders ought to be held.
   * @param free How many are held by nobody.
   * @throws {StoreError} If the store cannot; it is to be tried again.
   */
  async balance(
    { fairHeld, free }: Pick<Standing, "fairHeld" | "free">,
  ): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await this.#release(fairHeld);
      if (free > 0 || this.#isUnsure) await this.#claim(fairHeld);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Claims nothing more. */
  close(): void {
    this.#mayClaim = false;
  }

  /** Takes nothing more, not even what is being claimed: the lease has ended. */
  end(): void {
    this.#hasEnded = true;
  }

  /** A few more than are fair do no harm; handing them over is not free. */
  async #release(fairHeld: number): Promise<void> {
    const held = this.#holder.census.size;
    const slack = fairHeld === 0 ? 0 : Math.max(1, fairHeld / 10);
    if (this.#releasing.length === 0 && held > fairHeld + slack) {
      this.#releasing = this.#holder.release(held - fairHeld);
    }
    if (this.#releasing.length === 0) return;
    await this.#leases.release(this.#releasing);
    this.#releasing = [];
  }

  async #claim(fairHeld: number): Promise<void> {
    const take = (watches: readonly WatchedOrder[]) => {
      if (this.#hasEnded) return;
      const holder = this.#holder;
      holder.take(
        watches.filter(({ id, watchedAt }) =>
          holder.find(id)?.watchedAt !== watchedAt
        ),
      );
    };
    while (this.#mayClaim && !this.#hasEnded) {
      const missing = Math.max(0, fairHeld - this.#holder.census.size);
      if (missing === 0 && !this.#isUnsure) return;
      const limit = Math.min(missing, MAX_CLAIM_SIZE);
      this.#isUnsure = true;
      const count = await this.#leases.claim(limit, take);
      this.#isUnsure = false;
      if (count < limit) return;
    }
  }
}
