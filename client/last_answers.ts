/**
 * The last answer about each order, so that one that says the same again need
 * not be parsed again.
 *
 * @module
 */

import type { NumberOrder } from "./number_order.ts";

/** The most bytes of answers that are kept: some 40,000 orders of a usual size. */
const MOST_BYTES = 16 * 1024 * 1024;

interface Answer {
  body: Uint8Array;
  order: NumberOrder;
}

/** Keeps the answers that were read last, the least recent going first. */
export class LastAnswers {
  readonly #answers = new Map<string, Answer>();
  readonly #mostBytes: number;
  #bytes = 0;

  /**
   * Begins with no answer.
   *
   * @param mostBytes The most bytes of bodies to keep.
   */
  constructor(mostBytes: number = MOST_BYTES) {
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
    this.#answers.delete(id);
    this.#answers.set(id, last);
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
    this.#remove(id);
    this.#answers.set(id, { body, order });
    this.#bytes += body.length;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#mostBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(id: string): void {
    this.#bytes -= this.#answers.get(id)?.body.length ?? 0;
    this.#answers.delete(id);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) {
    if (one[at] !== other[at]) return false;
  }
  return true;
}
