/**
 * Doing something with each of many, as a caller with some sense does.
 *
 * @module
 */

/** So many are under way at once. */
const AT_ONCE = 8;

/**
 * Does something with each, a few at a time.
 *
 * @param ids What with.
 * @param run Does it.
 */
export async function someAtOnce(
  ids: Iterable<string>,
  run: (id: string) => Promise<void>,
): Promise<void> {
  const left = ids[Symbol.iterator]();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = left.next(); !next.done; next = left.next()) {
      await run(next.value);
    }
  }));
}
