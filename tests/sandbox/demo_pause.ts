/**
 * Waiting in a demo, which may be to end at any time.
 *
 * @module
 */

/**
 * Waits for a while.
 *
 * @param milliseconds How long.
 * @param signal Ends it sooner.
 * @returns Whether it was not ended sooner.
 */
export async function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const over = Promise.withResolvers<true>();
  const timer = setTimeout(() => over.resolve(true), milliseconds);
  const isOver = await orAborted(over.promise, signal);
  clearTimeout(timer);
  return isOver ?? false;
}

/**
 * Waits for something.
 *
 * @param awaited What to wait for.
 * @param signal Ends it sooner.
 * @returns What was waited for; `undefined` if that was ended sooner.
 */
export async function orAborted<T>(
  awaited: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const aborted = Promise.withResolvers<undefined>();
  const abort = () => aborted.resolve(undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([awaited, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
