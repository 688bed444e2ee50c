/**
 * What a way to show the progress of orders has to do.
 *
 * @module
 */

import type { Fault, OrderProgress } from "./order_progress.ts";

/** A way to show the progress of orders. */
export interface View {
  /** There is news of an order. */
  progressed(progress: OrderProgress): void;
  /** The daemon fails, or is back: then it is `null`. */
  connection(error: Fault | null, elapsed: number): void;
  /** All have ended. */
  end(summary: Summary): void;
  /** Gives the terminal back as it was; after an end, too. */
  close(): void;
}

/** How it all ended. */
export interface Summary {
  /** The orders, as they were given. */
  readonly orders: readonly OrderProgress[];
  /** Milliseconds since the start. */
  readonly elapsed: number;
  /** What the program exits with. */
  readonly exitCode: number;
}
