/**
 * How an order that is waited for comes along, whoever asks about it.
 *
 * @module
 */

import type { CallFireErrorCode, NumberOrder } from "../../mod.ts";
import type { SettledOutcome } from "../polling/watched_order.ts";

/**
 * How the wait for an order ended: as the order did, by the code of the fault
 * that ended it, `removed` if somebody took it from the daemon, `interrupted`
 * if this program was told to end.
 */
export type WatchOutcome =
  | SettledOutcome
  | CallFireErrorCode
  | "removed"
  | "interrupted";

/** A fault, as it is shown. */
export interface Fault {
  /** Which kind of fault. */
  readonly code: string;
  /** What was wrong; without any secret. */
  readonly message: string;
}

/** What is known of an order. */
export interface OrderReport {
  /** The order's id. */
  readonly id: string;
  /** How often it was asked about. */
  readonly attempt: number;
  /** The last reading; `null` before the first. */
  readonly order: NumberOrder | null;
  /** The last fault; `null` after an answer without one. */
  readonly error: Fault | null;
  /** How it ended; `null` while it is waited for. */
  readonly outcome: WatchOutcome | null;
}

/** What is known of an order, and since when. */
export interface OrderProgress extends OrderReport {
  /** Milliseconds from the start of the program's wait to this report. */
  readonly elapsed: number;
}

/**
 * What is known of an order before it was asked about.
 *
 * @param id The order's id.
 */
export function emptyReport(id: string): OrderReport {
  return { id, attempt: 0, order: null, error: null, outcome: null };
}

/**
 * Tells whether there is news in a report: not for every attempt there is.
 *
 * @param before The report before it.
 * @param after The report.
 */
export function isNews(before: OrderReport, after: OrderReport): boolean {
  return before.outcome !== after.outcome ||
    before.error?.code !== after.error?.code ||
    JSON.stringify(before.order) !== JSON.stringify(after.order);
}
