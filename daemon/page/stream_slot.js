/**
 * Shares the browser's connections among the tabs of the page. Over HTTP/1.1 a
 * browser opens six connections to a host, for all tabs together, and each
 * stream occupies one for as long as it is open.
 *
 * @module
 */

/** How many tabs have a stream at once: most connections stay for requests. */
const MAX_STREAMS = 2;

/**
 * Calls a function while this tab has the right to a stream. It is not called
 * if other tabs have all of them, or if the page can't ask the other tabs:
 * Web Locks exist only over https and on this machine.
 *
 * @param {() => Promise<void>} run
 */
export async function withStreamSlot(run) {
  for (let slot = 1, isFree = false; slot <= MAX_STREAMS && !isFree; slot++) {
    await navigator.locks?.request(
      `callfire-orders.stream-${slot}`,
      { ifAvailable: true },
      async (lock) => {
        isFree = lock !== null;
        if (isFree) await run();
      },
    );
  }
}
