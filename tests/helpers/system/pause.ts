/**
 * Waiting, unless it is time to stop.
 *
 * @module
 */

/**
 * Waits for a while.
 *
 * @param milliseconds How long.
 * @param signal Ends the wait, which is then fulfilled too.
 */
export function pause(
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
  });
}
