/**
 * How soon an order is asked about once it is due, while nothing holds
 * questions back.
 *
 * @module
 */

import { MIN_INTERVAL_MS } from "../../mod.ts";
import type { WatchedOrder } from "../../daemon/polling/watched_order.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** The latest that a timer is, and what goes before it, in milliseconds. */
const LATEST_TIMER = 120;

/** When what could not be stored is polled again, in milliseconds. */
const STORE_RETRY_MS = 5_000;

/** So many questions may hold others back, since they are out. */
const MANY_OUT = 60;

/** Watches over the due times. All times are active time. */
export class Punctuality {
  readonly #world: World;
  /** When each order was last answered, and whom. */
  readonly #answers = new Map<string, { process: Process; at: number }>();
  /** When anything last held questions back. */
  #heldBackAt = 0;

  /**
   * Begins with no question.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
  }

  /** A question begins. */
  asked(id: string, process: Process): void {
    const { ledger, scenario, time } = this.#world;
    this.#look(process);
    const watch = process.core.tracker.find(id);
    const answer = this.#answers.get(id);
    // What a process finds when it starts is due by what had passed of it.
    const isItsOwn = watch?.polls === 0 || answer?.process === process;
    if (!watch || !isItsOwn) return;
    const rate = scenario.maxRequestsPerSecond;
    const since = Math.max(
      this.#dueAt(watch, answer?.at),
      this.#heldBackAt,
      time.stoodStillAt,
      // A daemon that starts leaves CallFire alone at first.
      process.activeAt + MIN_INTERVAL_MS + 1000 / rate,
      (answer?.at ?? -Infinity) + MIN_INTERVAL_MS,
    );
    // Others may be due too: those that are watched, and in turn with them
    // those that are new.
    const others = Math.max(ledger.watching, scenario.orders);
    const latest = LATEST_TIMER + 2 * 1000 * (others + 1) / rate;
    const lateness = time.active - since;
    if (lateness > latest) {
      this.#world.broken(
        `order ${id} is asked for ${lateness} ms after it was due`,
      );
    }
  }

  /** When it was due, by no date: those may be set at any time. */
  #dueAt(watch: WatchedOrder, answeredAt: number | undefined): number {
    const { ledger, time } = this.#world;
    const { lastPolledAt, nextPollAt, polls } = watch;
    const beganAt = ledger.watches.get(watch.id)?.beganAt ?? time.now;
    const begunAt = time.active - (time.now - beganAt);
    if (answeredAt === undefined || answeredAt < begunAt) return begunAt;
    // Its first result could not be stored.
    if (polls === 0) return answeredAt + STORE_RETRY_MS;
    const pause = (nextPollAt ?? 0) - (lastPolledAt ?? 0);
    // The date was set before what could not be stored is polled again.
    return answeredAt + (pause < 0 ? STORE_RETRY_MS : pause);
  }

  /** An answer ends, or is given up. */
  answered(id: string, process: Process): void {
    this.#look(process);
    this.#answers.set(id, { process, at: this.#world.time.active });
  }

  #look(process: Process): void {
    const { callfire, scenario, time } = this.#world;
    const { upstream } = process.core.tracker;
    const isHeldBack = upstream.state !== "up" ||
      upstream.rate !== scenario.maxRequestsPerSecond ||
      process.questionsOut >= MANY_OUT;
    if (isHeldBack) this.#heldBackAt = time.active;
    const rested = callfire.promises.restUntil(process);
    this.#heldBackAt = Math.max(
      this.#heldBackAt,
      Math.min(time.active, time.active + rested - time.now),
    );
  }
}
