/**
 * What time it is for the daemon.
 *
 * @module
 */

/** How far the daemon's clock is ahead of ours, in milliseconds. */
let ahead = 0;

/**
 * Sets the clock by the daemon's.
 *
 * @param {string | null} date The Date header of an answer.
 */
export function setClock(date) {
  const difference = Date.parse(date ?? "") - Date.now();
  // The header knows whole seconds only, so a small one says nothing.
  ahead = Math.abs(difference) > 2_000 ? difference : 0;
}

/** What time it is for the daemon, in milliseconds since 1970. */
export function now() {
  return Date.now() + ahead;
}
