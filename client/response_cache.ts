/**
 * The last answer about each order, so that one that says the same again need
 * not be parsed again.
 *
 * @module
 */

import { TwoGenerationCache } from "./two_generation_cache.ts";
import type { NumberOrder } from "./number_order.ts";

/** The most bytes of answers that are kept: 32 MiB, some 70,000 usual orders. */
const MAX_BYTES = 32 * 1024 * 1024;

interface Answer {
  body: Uint8Array;
  order: NumberOrder;
}

/** Keeps the answers that were read last, forgetting those long unused. */
export class ResponseCache {
  readonly #answers = new TwoGenerationCache<Answer>();
  readonly #mostBytes: number;
  /** At least the bytes of the recent generation. */
  #recentBytes = 0;

  /**
   * Begins with no answer.
   *
   * @param mostBytes The most bytes of bodies to keep.
   */
  constructor(mostBytes: number = MAX_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /**
   * Finds the order that an answer holds, if it is the one that was read last.
   *
   * @param id The order's id.
   * @param body The answer's body.
   * @returns The order, not to be changed, or `undefined` if the body is new.
   */
  find(id: string, body: Uint8Array): NumberOrder | undefined {
    const last = this.#answers.get(id);
    if (!last || !isSame(last.body, body)) return undefined;
    this.#put(id, last);
    return last.order;
  }

  /**
   * Keeps an answer in place of the one before it.
   *
   * @param id The order's id.
   * @param body The answer's body.
   * @param order What it holds, not to be changed from now on.
   */
  keep(id: string, body: Uint8Array, order: NumberOrder): void {
    this.#put(id, { body, order });
  }

  #put(id: string, answer: Answer): void {
    if (this.#answers.isRecent(id, answer)) return;
    const { length } = answer.body;
    if (this.#recentBytes + length > this.#mostBytes / 2) {
      this.#answers.rotate();
      this.#recentBytes = 0;
      if (length > this.#mostBytes / 2) return;
    }
    this.#recentBytes += length;
    this.#answers.set(id, answer);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) {
    if (one[at] !== other[at]) return false;
  }
  return true;
}
