import { assertEquals } from "@std/assert";
import { EventFeed } from "../../daemon/event_feed.ts";
import type { Store } from "../../daemon/store/store.ts";
import { TestClock } from "../helpers/client/test_clock.ts";
import { countingController, test } from "../helpers/client/testing.ts";
import { nextEvent } from "../helpers/daemon/next_event.ts";
import {
  ids,
  openTemporaryStore,
  watchAll,
} from "../helpers/daemon/store_testing.ts";

interface Setup {
  store: Store;
  feed: EventFeed;
  /** Publishes in the feed what the store notifies it of. */
  follow: () => () => void;
  /** Ends that. */
  unsubscribe: () => void;
  /** Begins to watch orders, with an event for each. */
  watch: (ids: string[]) => Promise<void>;
}

function feedTest(name: string, run: (setup: Setup) => Promise<void>): void {
  test(`EventFeed ${name}`, async () => {
    await using temporary = await openTemporaryStore(new TestClock());
    const { store } = temporary;
    const feed = new EventFeed(store);
    const follow = () =>
      store.subscribe({ onEvents: (events) => feed.publish(events) });
    const unsubscribe = follow();
    await run({
      store,
      feed,
      follow,
      unsubscribe,
      watch: (ids) => watchAll(store, ids),
    });
    assertEquals(feed.waiting, 0, "somebody still waits");
  });
}

/** Every sequence after a place, as a follower comes to know them. */
async function sequencesAfter(
  feed: EventFeed,
  place: number,
): Promise<number[]> {
  const sequences: number[] = [];
  for (;;) {
    const events = await feed.after(sequences.at(-1) ?? place);
    if (events.length === 0) return sequences;
    sequences.push(...events.map(({ sequence }) => sequence));
  }
}

/** Whether a promise is fulfilled by now. */
async function isFulfilled(promise: Promise<unknown>): Promise<boolean> {
  let fulfilled = false;
  promise.then(() => fulfilled = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return fulfilled;
}

feedTest("gives what comes after a place", async ({ feed, watch }) => {
  assertEquals(await feed.after(0), []);
  await watch(["5", "6", "7"]);
  const events = await feed.after(1);
  assertEquals(events.map(({ watch: { id } }) => id), ["6", "7"]);
  assertEquals(await feed.after(3), []);
});

feedTest("gives no more than a hundred at once", async ({ feed, watch }) => {
  await watch(ids(1, 250));
  assertEquals((await feed.after(0)).length, 100);
  assertEquals((await feed.after(200)).length, 50);
});

feedTest("goes on from the store to what is at hand", async (setup) => {
  const { feed, follow, unsubscribe, watch } = setup;
  unsubscribe();
  await watch(ids(1, 150));
  follow();
  await watch(ids(151, 300));
  for (const place of [0, 49, 50, 149, 150, 151, 299, 300]) {
    assertEquals(
      await sequencesAfter(feed, place),
      ids(place + 1, 300).map(Number),
      `after ${place}`,
    );
  }
});

feedTest("reads what it no longer has at hand", async ({ feed, watch }) => {
  // More than twice what is kept, in two parts, so that it is cut.
  await watch(ids(1, 15_000));
  await watch(ids(15_001, 22_000));
  for (const place of [0, 11_990, 12_000, 12_010]) {
    const sequences = await sequencesAfter(feed, place);
    assertEquals(sequences.length, 22_000 - place, `after ${place}`);
    assertEquals(sequences[0], place + 1);
  }
});

feedTest("fails as the store does", async ({ store, feed }) => {
  await store.close();
  const error = await feed.after(0).catch((error) => error.name);
  assertEquals(error, "StoreError");
});

feedTest("wakes whoever waits for the next event", async ({ feed, watch }) => {
  const { signal } = countingController();
  const waits = [nextEvent(feed, 0, signal), nextEvent(feed, 0, signal)];
  assertEquals(await isFulfilled(Promise.race(waits)), false);
  await watch(["5"]);
  await Promise.all(waits);
  assertEquals(signal.listeners, 0);
});

feedTest("knows of an event that came before the wait", async (setup) => {
  const { feed, watch } = setup;
  const events = feed.after(0);
  await watch(["5"]);
  assertEquals(await events, []);
  // Whoever was told of no event, and now waits, must not miss this one.
  await nextEvent(feed, 0, new AbortController().signal);
});

feedTest("wakes by the events of one order alone", async (setup) => {
  const { store, feed, watch } = setup;
  const { signal } = new AbortController();
  const wait = feed.nextOf("5", signal);
  await watch(["4", "6"]);
  assertEquals(await isFulfilled(wait), false);
  assertEquals(feed.waiting, 1);
  await watch(["5"]);
  await wait;
  const removal = feed.nextOf("5", signal);
  await store.remove("5", 0);
  await removal;
});

feedTest("ends a wait when it is told to", async ({ feed }) => {
  const controller = new AbortController();
  const waits = [
    nextEvent(feed, 0, controller.signal),
    feed.nextOf("5", controller.signal),
    feed.nextOf("5", controller.signal),
  ];
  assertEquals(feed.waiting, 3);
  controller.abort();
  await Promise.all(waits);
  await nextEvent(feed, 0, controller.signal);
});
