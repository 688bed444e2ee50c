/**
 * Whose turn it is to ask: the callers of one client, lined up by order.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import { RequestSpacing } from "./request_spacing.ts";

/**
 * Asks about one order.
 *
 * @param id The order's id.
 * @param controller Ends the question at once when it is aborted.
 */
export type Ask<T> = (id: string, controller: AbortController) => Promise<T>;

interface Caller<T> {
  resolve(answer: T): void;
  reject(error: unknown): void;
}

/** One question, and those who wait for its answer. */
class Turn<T> {
  readonly controller = new AbortController();
  readonly callers = new Set<Caller<T>>();
}

/** The turns about one order: the one under way and the one after it. */
interface Line<T> {
  current?: Turn<T> | undefined;
  next?: Turn<T> | undefined;
  /** Calls the start of the next turn off. */
  cancelNext?: (() => void) | undefined;
}

/**
 * Gives out turns so that calls made together share one question, and the
 * question after it begins no sooner than the pace allows.
 */
export class SingleFlight<T> {
  readonly #ask: Ask<T>;
  readonly #copy: (answer: T) => T;
  readonly #clock: Clock;
  readonly #pace = new RequestSpacing();
  readonly #lines = new Map<string, Line<T>>();

  /**
   * Begins with nobody in line.
   *
   * @param ask What a turn does.
   * @param copy Makes each caller's own copy of the answer they share.
   * @param clock Where time comes from.
   */
  constructor(ask: Ask<T>, copy: (answer: T) => T, clock: Clock) {
    this.#ask = ask;
    this.#copy = copy;
    this.#clock = clock;
  }

  /**
   * Takes part in the next turn about an order.
   *
   * @param id The order's id, checked.
   * @param signal Leaves the turn; the last to leave ends the question.
   * @returns A copy of its own of what the question was answered with.
   * @throws The signal's reason once it is aborted, else what `ask` throws.
   */
  take(id: string, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const turn = this.#gathering(id);
    return new Promise((resolve, reject) => {
      if (!signal) {
        turn.callers.add({ resolve, reject });
        return;
      }
      const leave = () => {
        turn.callers.delete(caller);
        reject(signal.reason);
        if (turn.callers.size === 0) this.#giveUp(id, turn, signal.reason);
      };
      const stay = () => signal.removeEventListener("abort", leave);
      const caller = {
        resolve: (answer: T) => (stay(), resolve(answer)),
        reject: (error: unknown) => (stay(), reject(error)),
      };
      signal.addEventListener("abort", leave, { once: true });
      turn.callers.add(caller);
    });
  }

  /** The turn that has not begun yet. */
  #gathering(id: string): Turn<T> {
    let line = this.#lines.get(id);
    if (!line) this.#lines.set(id, line = {});
    if (!line.next) {
      line.next = new Turn();
      if (!line.current) this.#schedule(id, line);
    }
    return line.next;
  }

  /** Begins the next turn as soon as the pace allows. */
  #schedule(id: string, line: Line<T>): void {
    const delay = this.#pace.remaining(id, this.#clock.now());
    if (delay > 0) {
      // A timer may be early by a little, so the pace is asked again.
      line.cancelNext = this.#clock.setTimer(
        () => this.#schedule(id, line),
        delay,
      );
      return;
    }
    const turn = line.next;
    // A moment later, so that calls made in one go are in one turn.
    queueMicrotask(() => {
      if (turn && line.next === turn) this.#begin(id, line, turn);
    });
  }

  async #begin(id: string, line: Line<T>, turn: Turn<T>): Promise<void> {
    line.current = turn;
    line.next = undefined;
    line.cancelNext = undefined;
    let settle: (caller: Caller<T>) => void;
    try {
      const answer = await this.#ask(id, turn.controller);
      settle = (caller) => caller.resolve(this.#copy(answer));
    } catch (error) {
      settle = (caller) => caller.reject(error);
    }
    this.#pace.answered(id, this.#clock.now());
    line.current = undefined;
    if (line.next) this.#schedule(id, line);
    else this.#lines.delete(id);
    turn.callers.forEach(settle);
  }

  /** Ends a turn that nobody waits for any more. */
  #giveUp(id: string, turn: Turn<T>, reason: unknown): void {
    const line = this.#lines.get(id);
    if (line?.current === turn) turn.controller.abort(reason);
    if (line?.next !== turn) return;
    line.cancelNext?.();
    line.cancelNext = undefined;
    line.next = undefined;
    if (!line.current) this.#lines.delete(id);
  }
}
