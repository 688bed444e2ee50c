/**
 * The exit codes of the command, by which a script can branch.
 *
 * @module
 */

import type { WatchOutcome } from "./order_progress.ts";

/** A flag, an id or a setting is wrong, and nothing was asked. */
export const EXIT_USAGE = 2;

/** The program was told to end. */
export const EXIT_INTERRUPTED = 130;

/** An answer that is not listed here ended the wait. */
const EXIT_REFUSED = 8;

// Of several orders the highest counts: what is still open goes before what has
// ended, and what could not be asked goes before both.
const EXIT_CODES: Partial<Record<WatchOutcome, number>> = {
  fulfilled: 0,
  partial: 3,
  unfulfilled: 3,
  errored: 4,
  void: 4,
  rejected: 4,
  not_found: 5,
  wait_timeout: 6,
  expired: 6,
  unauthorized: 7,
  forbidden: 7,
  interrupted: EXIT_INTERRUPTED,
};

/**
 * The exit code for all orders together: the highest of theirs.
 *
 * @param outcomes How they ended; `null` is for one that never did.
 */
export function exitCode(outcomes: readonly (WatchOutcome | null)[]): number {
  const codes = outcomes.map((outcome) =>
    (outcome && EXIT_CODES[outcome]) ?? EXIT_REFUSED
  );
  return codes.reduce((highest, code) => Math.max(highest, code), 0);
}
