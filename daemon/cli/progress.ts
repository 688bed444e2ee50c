/**
 * The progress of orders: what a source reports and a view shows.
 *
 * @module
 */

import type { CallFireErrorCode, Clock, NumberOrder } from "../../mod.ts";
import type { SettledOutcome } from "../polling/watched_order.ts";

/**
 * How the wait for an order ended: the order's outcome, the code of the error
 * that ended it, `removed` if somebody removed the order from the daemon, or
 * `interrupted` if this program was stopped.
 */
export type WaitOutcome =
  | SettledOutcome
  | CallFireErrorCode
  | "removed"
  | "interrupted";

/** An error, as views show it. */
export interface ErrorReport {
  readonly code: string;
  /** What went wrong; holds no secret. */
  readonly message: string;
}

/** What is known of an order. */
export interface OrderReport {
  readonly id: string;
  /** How often CallFire was polled for it. */
  readonly attempt: number;
  /** The last poll result; `null` before the first. */
  readonly order: NumberOrder | null;
  /** The error of the last poll; `null` if it succeeded. */
  readonly error: ErrorReport | null;
  /** `null` while the command waits for the order. */
  readonly outcome: WaitOutcome | null;
}

/** An {@link OrderReport}, and when it came. */
export interface OrderProgress extends OrderReport {
  /** Milliseconds from the start of the command to this report. */
  readonly elapsed: number;
}

/** The report of an order before its first poll. */
export function emptyReport(id: string): OrderReport {
  return { id, attempt: 0, order: null, error: null, outcome: null };
}

/** Whether views show `after`: not every poll changes something. */
export function hasChanged(before: OrderReport, after: OrderReport): boolean {
  return before.outcome !== after.outcome ||
    before.error?.code !== after.error?.code ||
    JSON.stringify(before.order) !== JSON.stringify(after.order);
}

/** What a source needs to wait for orders. */
export interface WaitOptions {
  readonly ids: readonly string[];
  /** The limit for each order, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Interrupts the wait. */
  readonly signal: AbortSignal;
  /** Called after each poll, and last with the order's outcome. */
  readonly onReport: (report: OrderReport) => void;
  /** Called when the daemon fails, and with `null` when it is back. */
  readonly onConnection: (error: ErrorReport | null) => void;
}

/** Waits until an outcome of every order has been reported. */
export type OrderSource = (options: WaitOptions) => Promise<void>;

/** A way to show the progress of orders. */
export interface View {
  /** Shows a change of an order. */
  showProgress(progress: OrderProgress): void;
  /** Shows that the daemon fails; `null`: that it is back. */
  showConnection(error: ErrorReport | null, elapsed: number): void;
  /** Shows how everything ended. */
  end(summary: Summary): void;
  /** Restores the terminal; also called after {@link View.end}. */
  close(): void;
}

/** How everything ended. */
export interface Summary {
  /** In the order of the command line. */
  readonly orders: readonly OrderProgress[];
  /** Milliseconds since the start. */
  readonly elapsed: number;
  readonly exitCode: number;
}
