/**
 * What whoever waits for orders is told, and tells.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { Fault, OrderReport } from "./order_progress.ts";

/** A wait for orders. */
export interface Wait {
  /** Their ids. */
  readonly ids: readonly string[];
  /** How long each of them is waited for, in milliseconds. */
  readonly timeout: number;
  /** Time and chance. */
  readonly clock: Clock;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** Is told of each attempt, and last of how an order ended. */
  readonly report: (report: OrderReport) => void;
  /** Is told when the daemon fails, and by `null` that it is back. */
  readonly connection: (error: Fault | null) => void;
}

/** Waits until every order has ended, and has been reported to have. */
export type WaitForOrders = (wait: Wait) => Promise<void>;
