/**
 * How the watch of an order stands now, or in a while.
 *
 * @module
 */

import type { WatchedOrder } from "../polling/watched_order.ts";
import type { ApiDependencies } from "./parts.ts";

/**
 * Of what is stored of a watch and what its tracker knows, the later.
 *
 * @param tracker Who watches.
 * @param stored What is stored.
 */
export function freshest(
  tracker: ApiDependencies["tracker"],
  stored: WatchedOrder,
): WatchedOrder {
  const tracked = tracker.find(stored.id);
  const isLater = tracked?.watchedAt === stored.watchedAt &&
    tracked.polls >= stored.polls && stored.state === "watching";
  return isLater ? tracked : stored;
}

/**
 * The watch of an order as it is now.
 *
 * @param parts What the API is made of.
 * @param id The order's id.
 * @returns The watch; `undefined` if there is none.
 * @throws {StoreError} If it has to be read and cannot be.
 */
export async function currentWatch(
  { store, tracker }: Pick<ApiDependencies, "store" | "tracker">,
  id: string,
): Promise<WatchedOrder | undefined> {
  return tracker.find(id) ?? await store.find(id);
}

/**
 * Waits until an order has settled, as long as it is worth it.
 *
 * @param parts What the API is made of.
 * @param id The order's id.
 * @param time How long to wait at most, in milliseconds.
 * @param gone Aborted when the one who asked goes away.
 * @returns The watch as it is then; `undefined` if there is none any more.
 * @throws {StoreError} If it has to be read and cannot be.
 */
export async function waitUntilSettled(
  parts: Pick<
    ApiDependencies,
    "clock" | "feed" | "stopping" | "store" | "tracker"
  >,
  id: string,
  time: number,
  gone: AbortSignal,
): Promise<WatchedOrder | undefined> {
  const { clock, feed, stopping } = parts;
  const over = new AbortController();
  const end = () => over.abort();
  const cancel = clock.setTimer(end, time);
  const reasons = [gone, stopping];
  for (const reason of reasons) reason.addEventListener("abort", end);
  if (reasons.some(({ aborted }) => aborted)) end();
  try {
    for (;;) {
      // Listens before it looks, so that nothing happens in between.
      const happened = feed.nextOf(id, over.signal);
      const watch = await currentWatch(parts, id);
      if (watch?.state !== "watching" || over.signal.aborted) return watch;
      await happened;
    }
  } finally {
    cancel();
    for (const reason of reasons) reason.removeEventListener("abort", end);
    end();
  }
}
