/**
 * An order's readings as an async iterator.
 *
 * @module
 */

import {
  copyOrder,
  isSameOrder,
  isTerminal,
  type NumberOrder,
} from "./number_order.ts";

/** The reason of an abort that came from leaving the loop. */
const LEFT = Symbol("left");

/**
 * Watches an order: its first reading, then every reading that differs from
 * the one before, ending with the terminal one. It asks only while somebody
 * waits for the next reading.
 *
 * @param next Asks until there is a reading; ends at once when its signal is
 * aborted, and rejects with the signal's reason.
 * @returns An iterator. Leaving its loop ends a question under way, even one
 * that another part of the program waits for.
 */
export function watch(
  next: (signal: AbortSignal) => Promise<NumberOrder>,
): AsyncIterableIterator<NumberOrder, undefined, undefined> & AsyncDisposable {
  const controller = new AbortController();
  const readings = changes(next, controller.signal);
  return {
    next: () => readings.next(),
    return() {
      // A generator alone would first wait for the question under way.
      controller.abort(LEFT);
      return readings.return(undefined);
    },
    throw(error: unknown) {
      controller.abort(LEFT);
      return readings.throw(error);
    },
    async [Symbol.asyncDispose]() {
      await this.return!();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* changes(
  next: (signal: AbortSignal) => Promise<NumberOrder>,
  signal: AbortSignal,
): AsyncGenerator<NumberOrder, undefined, undefined> {
  let last: NumberOrder | undefined;
  while (!last || !isTerminal(last)) {
    let order: NumberOrder;
    try {
      order = await next(signal);
    } catch (error) {
      if (error === LEFT) return;
      throw error;
    }
    if (last && isSameOrder(last, order)) continue;
    last = order;
    yield copyOrder(order);
  }
}
