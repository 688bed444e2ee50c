/**
 * Who is asked about next: one timer for all orders, the earliest due first.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import { DueQueue } from "./due_queue.ts";
import type { Upstream } from "./upstream.ts";

/** What is to be asked now. */
export interface DuePoll {
  /** The order's id. */
  id: string;
  /** How long after its due time it begins, in milliseconds. */
  lateness: number;
  /** Whether it is a probe, which decides whether others may be asked. */
  isProbe: boolean;
}

/** What a scheduler needs. */
export interface SchedulerOptions {
  /** Where time comes from. */
  clock: Clock;
  /** When anything at all may be asked. */
  upstream: Upstream;
  /** The most questions that may be out at once, from 1. */
  maxInFlight: number;
  /** Whether questions may be asked at all, right now; they may unless told. */
  canPoll?: (() => boolean) | undefined;
  /**
   * Asks; the scheduler counts it as out until the promise is settled. It must
   * not reject.
   */
  poll: (due: DuePoll) => Promise<void>;
}

/**
 * Lets orders be asked about when they are due, as far as the account's limit
 * allows, the earliest due first. New orders have a lane of their own: while
 * both lanes have somebody due they take turns, so that a new order need not
 * wait behind a backlog, nor a flood of new ones hold up the others.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  #newOrders = new DueQueue();
  #others = new DueQueue();
  #wasNewOrder = false;
  #inFlight = 0;
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;
  #isRunning = false;
  #idle: PromiseWithResolvers<void> | undefined;

  /**
   * Begins with nobody due, and stopped.
   *
   * @param options What it needs.
   */
  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** How many orders wait for their time or their turn. */
  get size(): number {
    return this.#newOrders.size + this.#others.size;
  }

  /** How many questions are out. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Sets when an order is to be asked about.
   *
   * @param id The order's id.
   * @param due When, in milliseconds of the clock.
   * @param isNew Whether it was never asked about.
   */
  schedule(id: string, due: number, isNew = false): void {
    this.remove(id);
    (isNew ? this.#newOrders : this.#others).put(id, due);
    if (due < this.#timerAt) this.#run();
  }

  /**
   * Lets an order not be asked about.
   *
   * @param id The order's id.
   */
  remove(id: string): void {
    if (!this.#newOrders.remove(id)) this.#others.remove(id);
  }

  /** Lets no order be asked about that is known now. */
  clear(): void {
    this.#newOrders = new DueQueue();
    this.#others = new DueQueue();
    this.#disarm();
  }

  /** Looks again at what may be asked, since that has changed. */
  wake(): void {
    this.#run();
  }

  /** Begins to let orders be asked about. */
  start(): void {
    this.#isRunning = true;
    this.#run();
  }

  /**
   * Lets nobody be asked about any more.
   *
   * @returns Fulfilled when no question is out any more.
   */
  stop(): Promise<void> {
    this.#isRunning = false;
    this.#disarm();
    if (this.#inFlight === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #run(): void {
    const { clock, maxInFlight, canPoll, upstream } = this.#options;
    while (this.#isRunning && this.#inFlight < maxInFlight) {
      const now = clock.now();
      const earliest = Math.min(
        this.#newOrders.earliest,
        this.#others.earliest,
      );
      const at = Math.max(earliest, upstream.nextAt());
      if (at > now) return this.#arm(at, now);
      // Looked at last: a process may stand still at any time before.
      if (canPoll?.() === false) break;
      this.#begin(this.#lane(now), now);
    }
    this.#disarm();
  }

  /** The lane whose turn it is, of those in which somebody is due. */
  #lane(now: number): DueQueue {
    const isNewOrder = this.#newOrders.earliest <= now &&
      (this.#others.earliest > now || !this.#wasNewOrder);
    this.#wasNewOrder = isNewOrder;
    return isNewOrder ? this.#newOrders : this.#others;
  }

  #begin(lane: DueQueue, now: number): void {
    const { poll, upstream } = this.#options;
    const { id, due } = lane.take()!;
    const isProbe = upstream.asked(now);
    this.#inFlight++;
    poll({ id, lateness: now - due, isProbe }).finally(() => {
      this.#inFlight--;
      if (this.#inFlight === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
      this.#run();
    });
  }

  #arm(at: number, now: number): void {
    if (at === this.#timerAt) return;
    this.#disarm();
    if (at === Infinity) return;
    this.#timerAt = at;
    this.#cancelTimer = this.#options.clock.setTimer(() => {
      this.#timerAt = Infinity;
      this.#run();
    }, at - now);
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = Infinity;
  }
}
