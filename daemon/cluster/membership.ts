/**
 * A daemon among others: it joins them, keeps its lease, has its part of the
 * account's limit and of the orders, and leaves.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { SlewedClock } from "./slewed_clock.ts";
import { type Holder, OrderAssignment } from "./assignment.ts";
import type { Lease, LeaseStore, Standing } from "./lease_store.ts";
import { type Clocks, LeaseDeadline, momentOf } from "./lease_deadline.ts";
import { messageOf } from "../polling/error_message.ts";
import { SlotTracker } from "./slot_tracker.ts";
import { slotRate } from "./slots.ts";
import type { Tracker } from "../polling/tracker.ts";

/** From one renewal of the lease to the next, in milliseconds, at most. */
const RENEWAL_INTERVAL = 1_000;

/** The part of that which is left to chance, so that daemons spread out. */
const JITTER = 0.2;

/** What has become of a daemon among others. */
export type MembershipChange =
  | { type: "joined"; number: number }
  | { type: "lost"; reason: string }
  | { type: "daemons"; daemons: number }
  | { type: "delivers" }
  | { type: "other_limit"; otherLimit: number | undefined };

/** What a membership needs. */
export interface MembershipOptions {
  /** Keeps the leases. */
  leases: LeaseStore;
  /** Who asks about the orders, going by `canPoll` and `hasLease`. */
  tracker: Holder & Pick<Tracker, "drop" | "limit">;
  /** Time and chance. */
  clock: Clock;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
  /** Is told of the store's date. */
  date: SlewedClock;
  /**
   * Questions a second over all daemons, more than 0; `Infinity` for no limit.
   */
  maxRequestsPerSecond: number;
  /** What delivers webhooks, going by `isLeader`; absent if nothing does. */
  deliverer?: {
    /** It is this daemon that delivers, from now on. */
    begin(): unknown;
    /** It is not any more. */
    end(): void;
  } | undefined;
  /** Is told of every change. */
  onChange: (change: MembershipChange) => void;
}

/** One lease, as long as it is held. */
interface Tenure {
  readonly lease: Lease;
  readonly term: LeaseDeadline;
  readonly use: SlotTracker;
  readonly holding: OrderAssignment;
  /** Fulfilled when it has ended. */
  readonly over: PromiseWithResolvers<void>;
  /** Whether it is the one by which webhooks are delivered. */
  delivers: boolean;
  cancelEnd: () => void;
}

/** Keeps a daemon among others. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #clocks: Clocks;
  readonly #stopping = new AbortController();
  #tenure: Tenure | undefined;
  #running: Promise<void> | undefined;
  /** Why the store could not do last what it was asked; absent if it could. */
  #error: string | undefined;
  #otherLimit: number | undefined;
  #daemons = 0;
  #isClosed = false;

  /**
   * Begins without a lease.
   *
   * @param options What it needs.
   */
  constructor(options: MembershipOptions) {
    const { clock, wallNow } = options;
    this.#options = options;
    this.#clocks = { now: () => clock.now(), wallNow };
  }

  /** Whether a question may be asked right now. */
  get canPoll(): boolean {
    return this.#tenure?.term.canPoll ?? false;
  }

  /** Whether orders are held right now, so that an answer about one counts. */
  get hasLease(): boolean {
    return (this.#tenure?.term.left ?? 0) > 0;
  }

  /** Whether webhooks may be sent right now. */
  get isLeader(): boolean {
    return this.hasLease && this.#tenure!.delivers;
  }

  /** How many daemons lived when that was last known, this one too. */
  get daemons(): number {
    return this.#daemons;
  }

  /** Why this daemon asks nothing, in a sentence; `undefined` if it does. */
  get fault(): string | undefined {
    if (!this.#tenure) {
      return "This daemon holds no lease on orders, and asks nothing" +
        (this.#error === undefined ? "." : `: ${this.#error}`);
    }
    if (this.#otherLimit === undefined) return undefined;
    return "Other daemons at this database go by " +
      `${describeLimit(this.#otherLimit)} and this one was told ` +
      `${describeLimit(this.#options.maxRequestsPerSecond)}: it asks ` +
      "nothing until they have stopped. Give all the same " +
      "--max-requests-per-second.";
  }

  /**
   * Joins the others, and stays among them from then on.
   *
   * @throws {StoreError} If it cannot.
   */
  async start(): Promise<void> {
    await this.#join();
    this.#running = this.#run();
  }

  /** Claims no more orders; those that are held stay so until it leaves. */
  close(): void {
    this.#isClosed = true;
    this.#tenure?.holding.close();
  }

  /** Leaves the others its orders. */
  async leave(): Promise<void> {
    this.#stopping.abort(new Error("The daemon is leaving"));
    await this.#running;
    if (!this.#tenure) return;
    this.#end(this.#tenure);
    // If the store cannot be told, the lease runs out by itself.
    await this.#options.leases.leave().catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock } = this.#options;
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      const startedAt = clock.now();
      await Promise.race([this.#beat(), stopped]);
      const interval = RENEWAL_INTERVAL * (1 - JITTER * clock.random());
      const left = startedAt + interval - clock.now();
      if (left > 0) await clock.sleep(left, signal).catch(() => {});
    }
  }

  async #beat(): Promise<void> {
    try {
      if (!this.#tenure) await this.#join();
      const tenure = this.#tenure;
      // A machine that slept may not have noticed that yet.
      if (tenure?.term.left === 0) this.#runOut(tenure);
      // A renewal that hangs is not waited for once there is nothing to renew.
      else if (tenure) {
        await Promise.race([this.#renew(tenure), tenure.over.promise]);
      }
    } catch (error) {
      this.#error = messageOf(error);
    }
  }

  async #join(): Promise<void> {
    const { date, leases, maxRequestsPerSecond, onChange, tracker } =
      this.#options;
    const moment = momentOf(this.#clocks);
    const lease = await leases.join();
    this.#error = undefined;
    if (this.#stopping.signal.aborted) return;
    // What was watched by the lease before is not held by this one.
    tracker.drop();
    tracker.limit(0);
    date.hear(lease.date, moment);
    const holding = new OrderAssignment(leases, tracker);
    if (this.#isClosed) holding.close();
    this.#tenure = {
      lease,
      term: new LeaseDeadline(this.#clocks, lease.duration, moment),
      use: new SlotTracker(maxRequestsPerSecond),
      holding,
      over: Promise.withResolvers(),
      delivers: false,
      cancelEnd: () => {},
    };
    this.#watchEnd(this.#tenure);
    onChange({ type: "joined", number: lease.number });
  }

  async #renew(tenure: Tenure): Promise<void> {
    const { clock, date, deliverer, leases, maxRequestsPerSecond, tracker } =
      this.#options;
    const moment = momentOf(this.#clocks);
    const standing = await leases.renew({
      maxRequestsPerSecond,
      slots: tenure.use.used(clock.now()),
      held: tracker.census.size,
      canDeliver: deliverer !== undefined && !this.#isClosed,
    });
    if (tenure !== this.#tenure) return;
    this.#error = undefined;
    if (!standing) return this.#lose(tenure, "The database has ended it.");
    tenure.term.renew(moment);
    this.#watchEnd(tenure);
    date.hear(standing.date, moment);
    tenure.use.stand(standing, clock.now());
    tracker.limit(slotRate(tenure.use.current, maxRequestsPerSecond));
    this.#tell(standing);
    if (standing.delivers !== tenure.delivers) this.#deliver(tenure, standing);
    // Whoever may ask nothing holds nothing.
    const fairHeld = tenure.use.current > 0 ? standing.fairHeld : 0;
    // It takes what time it needs; renewals do not wait for it.
    tenure.holding.balance({ ...standing, fairHeld })
      .catch((error) => this.#error = messageOf(error));
  }

  #deliver(tenure: Tenure, { delivers }: Standing): void {
    const { deliverer, onChange } = this.#options;
    tenure.delivers = delivers;
    // Unless somebody meddles with the database, it is so until the end.
    if (!delivers) return deliverer?.end();
    deliverer?.begin();
    onChange({ type: "delivers" });
  }

  #tell({ daemons, otherLimit }: Standing): void {
    const { onChange } = this.#options;
    if (daemons !== this.#daemons) onChange({ type: "daemons", daemons });
    this.#daemons = daemons;
    if (otherLimit === this.#otherLimit) return;
    this.#otherLimit = otherLimit;
    onChange({ type: "other_limit", otherLimit });
  }

  /** Lets go of everything in time, however late the timer is. */
  #watchEnd(tenure: Tenure): void {
    tenure.cancelEnd();
    const { left } = tenure.term;
    tenure.cancelEnd = this.#options.clock.setTimer(() => {
      if (tenure.term.left > 0) this.#watchEnd(tenure);
      else this.#runOut(tenure);
    }, left);
  }

  #runOut(tenure: Tenure): void {
    const why = this.#error ?? "the database has not answered in time";
    this.#lose(tenure, `It was not renewed: ${why}`);
  }

  #lose(tenure: Tenure, reason: string): void {
    this.#end(tenure);
    this.#options.onChange({ type: "lost", reason });
  }

  #end(tenure: Tenure): void {
    tenure.cancelEnd();
    tenure.holding.end();
    this.#tenure = undefined;
    this.#options.tracker.drop();
    this.#options.deliverer?.end();
    tenure.over.resolve();
  }
}

function describeLimit(limit: number): string {
  return limit === Infinity ? "no limit" : `${limit} requests a second`;
}
