/**
 * That a store finds what it has.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import type { ListQuery, Store } from "../../../../daemon/store/store.ts";
import {
  SETTLED_OUTCOMES,
  type WatchedOrder,
} from "../../../../daemon/polling/watched_order.ts";
import type {
  OpenStore,
  StoreTest,
} from "../../../helpers/store/store_place.ts";
import { BEGAN, begun } from "../../../helpers/store/transitions.ts";

const LABELS = [null, "", "blue", "Blue", "blue ", "né"];

/** Ids in ascending order by their numbers, not by their letters. */
const IDS = [
  "9",
  "10",
  "99",
  "1642251003",
  "9007199254740993",
  "9223372036854775806",
  "9223372036854775807",
];

/** Some hundred watches with every state, outcome and label, many at a time. */
async function fill({ store }: OpenStore): Promise<WatchedOrder[]> {
  const watches = Array.from({ length: 240 }, (_, at): WatchedOrder => {
    const id = IDS[at] ?? String(1000 + at);
    const { watch } = begun(id, {
      label: LABELS[at % LABELS.length] ?? null,
      at: BEGAN + Math.floor(at / 50),
    });
    const outcome = SETTLED_OUTCOMES[at % 11];
    return outcome
      ? { ...watch, state: "settled", outcome, nextPollAt: null, settledAt: at }
      : watch;
  });
  await store.watch(watches.map((watch) => ({ watch, events: [] })));
  return watches.sort((one, other) =>
    other.watchedAt - one.watchedAt ||
    (BigInt(other.id) > BigInt(one.id) ? 1 : -1)
  );
}

/** Every page of a list, put together. */
async function listAll(
  store: Store,
  query: Omit<ListQuery, "limit" | "after">,
  limit: number,
): Promise<WatchedOrder[]> {
  const all: WatchedOrder[] = [];
  for (;;) {
    const page = await store.list({ ...query, limit, after: all.at(-1) });
    all.push(...page);
    if (page.length < limit) return all;
    assertLess(all.length, 1000, "the list has no end");
  }
}

/** Adds the tests. */
export function testLists(storeTest: StoreTest): void {
  storeTest("lists the newest first, in pages of any size", async (it) => {
    const watches = await fill(it);
    for (const limit of [1, 7, 50, 239, 240, 1000]) {
      assertEquals(await listAll(it.store, {}, limit), watches);
    }
    assertEquals(await it.store.list({ limit: 3 }), watches.slice(0, 3));
  });

  storeTest("lists by state, outcome and label together", async (it) => {
    const watches = await fill(it);
    const states = [undefined, "watching", "settled"] as const;
    for (const state of states) {
      for (const outcome of [undefined, ...SETTLED_OUTCOMES]) {
        for (const label of [undefined, "", "blue", "Blue", "blu", "né"]) {
          const expected = watches.filter((watch) =>
            (state ?? watch.state) === watch.state &&
            (outcome ?? watch.outcome) === watch.outcome &&
            (label ?? watch.label) === watch.label
          );
          const listed = await listAll(it.store, { state, outcome, label }, 9);
          assertEquals(listed, expected, `${state} ${outcome} ${label}`);
        }
      }
    }
  });

  storeTest("goes on with a list where a watch is gone", async ({ store }) => {
    await store.watch(IDS.map((id) => begun(id)));
    const [first, second] = await store.list({ limit: 2 });
    assertEquals(first?.id, IDS.at(-1));
    assertEquals(second?.id, IDS.at(-2));
    await store.remove(second!.id, BEGAN);
    const rest = await store.list({ limit: 9, after: second });
    assertEquals(rest.map(({ id }) => id), IDS.slice(0, -2).reverse());
    const after = { watchedAt: BEGAN - 1, id: IDS.at(-1)! };
    assertEquals(await store.list({ limit: 9, after }), []);
  });

  storeTest("lists and counts nothing when it is empty", async ({ store }) => {
    assertEquals(await store.list({ limit: 9 }), []);
    assertEquals(await store.counts(), { watching: 0, settled: {} });
    assertEquals(await store.loadWatching(), []);
  });

  storeTest("counts by state and outcome", async (it) => {
    const watches = await fill(it);
    const count = (outcome: WatchedOrder["outcome"]) =>
      watches.filter((watch) => watch.outcome === outcome).length;
    const counts = {
      watching: count(null),
      settled: Object.fromEntries(
        SETTLED_OUTCOMES.map((outcome) => [outcome, count(outcome)]),
      ),
    };
    assertEquals(await it.store.counts(), counts);
    for (const { id, outcome } of watches) {
      if (outcome === "void") await it.store.remove(id, BEGAN);
    }
    delete counts.settled.void;
    assertEquals(await it.store.counts(), counts);
  });

  storeTest("loads all that are watched", async (it) => {
    const watches = await fill(it);
    await it.reopen();
    const loaded = await it.store.loadWatching();
    const known = new Map(loaded.map((watch) => [watch.id, watch]));
    const watching = watches.filter(({ state }) => state === "watching");
    assertEquals(loaded.length, watching.length);
    assertEquals(watching.map(({ id }) => known.get(id)), watching);
  });
}
