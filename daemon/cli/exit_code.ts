/**
 * The exit codes of the command, on which a script can branch.
 *
 * @module
 */

import type { WaitOutcome } from "./progress.ts";

/** A flag, an ID or a setting is invalid; nothing was requested. */
export const EXIT_USAGE = 2;

/** Ctrl-C or SIGTERM ended the program. */
export const EXIT_INTERRUPTED = 130;

/** An outcome that is not listed below ended the wait. */
const EXIT_REJECTED = 8;

// The highest code wins: an order that is still open outranks one that has
// settled, and one that could not be polled outranks both.
const EXIT_CODES: Partial<Record<WaitOutcome, number>> = {
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
 * @param outcomes Their outcomes; `null` for an order without one.
 */
export function exitCode(outcomes: readonly (WaitOutcome | null)[]): number {
  const codes = outcomes.map((outcome) =>
    (outcome && EXIT_CODES[outcome]) ?? EXIT_REJECTED
  );
  return codes.reduce((highest, code) => Math.max(highest, code), 0);
}
