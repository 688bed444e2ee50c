/**
 * Daemons that share a limit, as plain as they can be: each renews its lease
 * when it is told to, and asks as often as its slots let it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Standing } from "../../../daemon/cluster/lease_store.ts";
import { RequestLimit } from "../../../daemon/polling/request_limit.ts";
import { SlotTracker } from "../../../daemon/cluster/slot_tracker.ts";
import {
  allocateSlots,
  type OtherLease,
  slotRate,
} from "../../../daemon/cluster/slots.ts";

/** How long a lease lasts in the store, in milliseconds. */
const DURATION = 5_000;

/** How long before that its daemon asks no more, in milliseconds. */
const RESERVE = 1_000;

/** What the store knows of a lease. */
interface StoredLease {
  number: number;
  maxRequestsPerSecond: number;
  slots: number;
  until: number;
}

/** A daemon by its lease. */
interface SharingDaemon {
  lease: StoredLease;
  use: SlotTracker;
  limit: RequestLimit;
  isAlive: boolean;
  standing: Omit<Standing, "date" | "free" | "delivers"> | undefined;
}

/** All daemons, the store and the time. */
export class SharedLimit {
  /** Milliseconds. */
  now = 0;
  /** When a question was asked, by whomever. */
  readonly asked: number[] = [];
  /** How many orders are watched. */
  watched = 100;
  readonly #daemons: SharingDaemon[] = [];

  /** Those that live, the oldest first. */
  get living(): readonly SharingDaemon[] {
    return this.#daemons.filter(({ isAlive }) => isAlive);
  }

  /** The slots of all leases that last. */
  get slots(): number {
    return this.#daemons
      .filter(({ lease }) => lease.until > this.now)
      .reduce((sum, { lease }) => sum + lease.slots, 0);
  }

  /** One more daemon. */
  join(maxRequestsPerSecond: number): void {
    const lease = {
      number: this.#daemons.length + 1,
      maxRequestsPerSecond,
      slots: 0,
      until: this.now + DURATION,
    };
    const use = new SlotTracker(maxRequestsPerSecond);
    const limit = new RequestLimit(1);
    const isAlive = true;
    this.#daemons.push({ lease, use, limit, isAlive, standing: undefined });
  }

  /** A daemon renews its lease; the answer may not reach it. */
  renew(daemon: SharingDaemon, isAnswered = true): void {
    const { lease, use } = daemon;
    const { maxRequestsPerSecond, number } = lease;
    if (lease.until <= this.now) return this.kill(daemon);
    const others = this.#daemons.map(({ lease }): OtherLease => ({
      ...lease,
      endedFor: this.now - lease.until,
    })).filter((other) => other.number !== number);
    const using = use.used(this.now);
    const { watched } = this;
    const standing = allocateSlots(
      { maxRequestsPerSecond, number, others, using, watched },
    );
    Object.assign(lease, {
      slots: standing.slots,
      until: this.now + DURATION,
    });
    if (!isAnswered) return;
    daemon.standing = standing;
    use.stand(standing, this.now);
    const rate = slotRate(use.current, maxRequestsPerSecond);
    if (rate > 0) daemon.limit.setRate(rate);
  }

  /** All renew theirs, again and again, in turns. */
  renewAll(times: number): void {
    for (let time = 0; time < times; time++) {
      for (const daemon of this.living) this.renew(daemon);
      this.pass(1_000);
    }
  }

  /** A daemon ends without a word. */
  kill(daemon: SharingDaemon): void {
    daemon.isAlive = false;
  }

  /** A daemon ends its lease, and itself. */
  leave(daemon: SharingDaemon): void {
    daemon.isAlive = false;
    daemon.lease.until = Math.min(daemon.lease.until, this.now);
  }

  /** Time passes, in which each asks as often as it may. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (const { lease, limit, use, isAlive } of this.#daemons) {
      if (!isAlive || use.current === 0) continue;
      const last = Math.min(end, lease.until - RESERVE);
      for (;;) {
        const at = Math.max(this.now, limit.nextAt());
        if (at >= last) break;
        limit.begin(at);
        assertEquals(limit.admit(at), 0);
        this.asked.push(at);
      }
    }
    this.now = end;
  }
}
