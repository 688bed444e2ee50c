/**
 * The tests of what webhooks ask of a store, which every store has to pass.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Store, StoreError } from "../../../../daemon/store/store.ts";
import { EVENT_TYPES } from "../../../../daemon/polling/watched_order.ts";
import {
  beginEndpoint,
  type Endpoint,
} from "../../../../daemon/webhooks/endpoint.ts";
import type {
  RegisterResult,
  WebhookStore,
} from "../../../../daemon/webhooks/webhook_store.ts";
import type { EndpointPosition } from "../../../../daemon/webhooks/worst_first.ts";
import { WINDOW_SIZE } from "../../../../daemon/webhooks/window.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import type { StorePlace } from "../../../helpers/store/store_place.ts";
import {
  BEGAN,
  begun,
  changed,
  settled,
} from "../../../helpers/store/transitions.ts";

/** A store that keeps endpoints. */
type StoreWithWebhooks = Store & { readonly webhooks: WebhookStore };

/** An open store that can be opened again. */
interface OpenStore {
  readonly store: StoreWithWebhooks;
  /** Closes it and opens it again; it keeps so many events, if told. */
  reopen(keptEvents?: number): Promise<StoreWithWebhooks>;
}

/** An endpoint as it is to be registered. */
export function endpointOf(given: Partial<Endpoint> = {}): Endpoint {
  const begun = beginEndpoint({
    url: "https://example.com/webhooks?a=é",
    label: "né 🐙",
    types: ["order.settled"],
    order: null,
    at: BEGAN,
    secret: "whsec_secret",
  });
  return { ...begun, ...given };
}

/** Adds an endpoint, of which there are not too many yet. */
export async function addTo(
  { webhooks }: StoreWithWebhooks,
  endpoint: Endpoint,
): Promise<RegisterResult> {
  const registered = await webhooks.addEndpoint(endpoint, 100);
  return registered!;
}

/**
 * Adds the tests of a store.
 *
 * @param name What the store is called in the tests' names.
 * @param makePlace Makes a place for one.
 */
export function webhookStoreTests(
  name: string,
  makePlace: (clock: TestClock) => Promise<StorePlace<StoreWithWebhooks>>,
): void {
  const webhookTest = (title: string, run: (it: OpenStore) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const place = await makePlace(new TestClock());
      let store = await place.open();
      try {
        await run({
          store,
          async reopen(keptEvents) {
            await store.close();
            return store = await place.open(keptEvents);
          },
        });
      } finally {
        await store.close();
        await place.remove();
      }
    });

  webhookTest(
    "endpoints are kept as they are, in the order of their registration",
    async (it) => {
      const { store } = it;
      await store.watch([begun("1"), begun("2")]);
      const largest = "9223372036854775807";
      const given = [
        endpointOf({ id: "wh_3" }),
        endpointOf({
          id: "wh_2",
          label: null,
          order: largest,
          types: EVENT_TYPES,
        }),
        endpointOf({ id: "wh_1", url: "https://example.com/other" }),
      ];
      const kept: Endpoint[] = [];
      for (const endpoint of given) {
        const { endpoint: added, isNew } = await addTo(store, endpoint);
        assertEquals(added, { ...endpoint, cursor: 2 });
        assert(isNew);
        kept.push(added);
      }
      const [one, two, three] = kept as [Endpoint, Endpoint, Endpoint];
      const progress: Endpoint[] = [
        {
          ...one,
          cursor: 7,
          failing: { since: BEGAN, count: 3, nextAt: BEGAN + 5 },
          heldSince: BEGAN + 1,
          attempts: [
            {
              at: BEGAN + 2,
              sequence: 8,
              order: largest,
              result: "refused",
              status: 500,
              detail: "It was answered with status 500",
            },
            {
              at: BEGAN,
              sequence: 7,
              order: "1",
              result: "delivered",
              status: 204,
              detail: null,
            },
          ],
        },
        { ...two, parked: { at: BEGAN, reason: "gone" } },
      ];
      await store.webhooks.saveProgress(progress);
      const secrets = [
        { text: "whsec_new", validUntil: null },
        { text: "whsec_secret", validUntil: BEGAN },
      ];
      const save = () =>
        store.webhooks.saveSecrets(one.id, secrets, one.secrets);
      assertEquals(await save(), true);
      // What is stored of its progress leaves its secrets alone.
      await store.webhooks.saveProgress(progress);

      const again = await it.reopen();
      assertEquals(await again.webhooks.loadEndpoints(), [
        { ...progress[0]!, secrets },
        progress[1]!,
        three,
      ]);
      await again.webhooks.saveProgress([{ ...progress[1]!, parked: null }]);
      assertEquals((await again.webhooks.loadEndpoints())[1], two);
    },
  );

  webhookTest(
    "what is stored of an endpoint that was removed is as nothing",
    async (it) => {
      const { store } = it;
      const { endpoint } = await addTo(store, endpointOf());
      assertEquals(await store.webhooks.removeEndpoint(endpoint.id), true);
      assertEquals(await store.webhooks.removeEndpoint(endpoint.id), false);
      await store.webhooks.saveProgress([endpoint]);
      const { secrets } = endpoint;
      assertEquals(
        await store.webhooks.saveSecrets(endpoint.id, [], secrets),
        false,
      );
      assertEquals(await store.webhooks.resumeEndpoint(endpoint.id), false);
      assertEquals(await store.webhooks.loadEndpoints(), []);
    },
  );

  webhookTest(
    "secrets that were replaced meanwhile are not lost",
    async (it) => {
      const { store: { webhooks }, store } = it;
      const { endpoint } = await addTo(store, endpointOf());
      // As many as an endpoint may have.
      const secretsOf = (text: string) =>
        Array.from({ length: 10 }, (_, index) => ({
          text: `${text}_${index}`,
          validUntil: index === 0 ? null : BEGAN - index,
        }));
      const [first, second] = ["whsec_1", "whsec_2"].map(secretsOf);
      const { id, secrets } = endpoint;
      assertEquals(await webhooks.saveSecrets(id, first!, secrets), true);
      assertEquals(await webhooks.saveSecrets(id, second!, secrets), false);
      assertEquals(await webhooks.loadEndpoints(), [
        { ...endpoint, secrets: first! },
      ]);
      assertEquals(await webhooks.saveSecrets(id, second!, first!), true);
    },
  );

  webhookTest(
    "what was found out before an endpoint was resumed is as nothing",
    async (it) => {
      const { store: { webhooks }, store } = it;
      const { endpoint } = await addTo(store, endpointOf());
      await store.watch([begun("1"), begun("2"), begun("3")]); // 1, 2, 3
      const parked = {
        ...endpoint,
        cursor: 2,
        heldSince: BEGAN,
        parked: { at: BEGAN, reason: "failing" as const },
        attempts: [{
          at: BEGAN,
          sequence: 3,
          order: "3",
          result: "timeout" as const,
          status: null,
          detail: "It has not answered",
        }],
      };
      const { id } = endpoint;
      const load = async () => (await webhooks.loadEndpoints([id]))[0];
      let resumed = 0;
      for (
        const [after, cursor] of [
          [undefined, 2],
          [1, 1],
          [0, 0],
          [Infinity, 3],
          [9, 3],
        ]
      ) {
        const before = { ...parked, resumed };
        await webhooks.saveProgress([before]);
        assertEquals(await load(), before);
        assertEquals(await webhooks.resumeEndpoint(id, after), true);
        const now = {
          ...before,
          cursor: cursor!,
          heldSince: null,
          parked: null,
          resumed: ++resumed,
        };
        assertEquals(await load(), now);
        await webhooks.saveProgress([before]);
        assertEquals(await webhooks.removeEndpoint(id, before.resumed), false);
        assertEquals(await load(), now);
      }
      assertEquals(await webhooks.removeEndpoint(id, resumed), true);
    },
  );

  webhookTest(
    "an order's endpoint goes back to where the order was watched anew",
    async (it) => {
      const { store: { webhooks }, store } = it;
      const cursorOf = async ({ endpoint: { id } }: RegisterResult) => {
        assert(await webhooks.resumeEndpoint(id, 0));
        return (await webhooks.loadEndpoints([id]))[0]?.cursor;
      };
      await store.watch([begun("1"), begun("2")]); // 1, 2
      const first = await addTo(store, endpointOf({ order: "1" }));
      await store.remove("1", BEGAN); // 3
      await store.watch([begun("1")]); // 4
      const second = await addTo(store, endpointOf({ order: "1" }));
      const other = await addTo(store, endpointOf({ order: "2" }));
      const all = await addTo(store, endpointOf());
      assertEquals(await cursorOf(second), 3);
      // This one is yet to be told of its end.
      assertEquals(await cursorOf(first), 0);
      assertEquals(await cursorOf(other), 0);
      assertEquals(await cursorOf(all), 0);
    },
  );

  webhookTest("there are no more endpoints than may be", async (it) => {
    const { store } = it;
    const add = (order: string | null) =>
      store.webhooks.addEndpoint(endpointOf({ order }), 2);
    const first = await add(null);
    assert(await add("1"));
    assert(await add(null));
    assertEquals(await add(null), undefined);
    // Those of single orders are counted apart.
    assert(await add("2"));
    await store.webhooks.removeEndpoint(first!.endpoint.id);
    assert(await add(null));
    assertEquals((await store.webhooks.loadEndpoints()).length, 4);
  });

  webhookTest("an order has no more endpoints than it may have", async (it) => {
    const { store } = it;
    await store.watch([begun("1"), begun("2")]);
    const add = (order: string, name: string) =>
      store.webhooks.addEndpoint(
        endpointOf({ order, url: `https://example.com/${name}` }),
        3,
      );
    // Also those that come at the same time.
    const added = await Promise.all(
      ["a", "b", "c", "d", "e", "f"].map((name) => add("1", name)),
    );
    const kept = added.filter((one) => one !== undefined);
    assertEquals(kept.length, 3);
    assert(kept.every(({ isNew }) => isNew));
    // The same URL again is no further one.
    for (const { endpoint } of kept) {
      const again = await store.webhooks.addEndpoint(
        endpointOf({ order: "1", url: endpoint.url }),
        3,
      );
      assertEquals(again, { endpoint, isNew: false });
    }
    assert(await add("2", "a"));
    assert(await store.webhooks.addEndpoint(endpointOf(), 3));
    // One that is yet to be told of the order's end still counts.
    await store.remove("1", BEGAN);
    await store.watch([begun("1")]);
    assertEquals(await add("1", "g"), undefined);
    await store.webhooks.removeEndpoint(kept[0]!.endpoint.id);
    assert(await add("1", "g"));
    assertEquals(await add("1", "h"), undefined);
  });

  webhookTest("endpoints are read page by page", async (it) => {
    const { store: { webhooks }, store } = it;
    const ids: string[] = [];
    await store.watch([begun("1")]); // 1
    for (const order of [null, "1", "2", null, "1", "3"]) {
      const { endpoint } = await addTo(
        store,
        endpointOf({ order, url: `https://example.com/${ids.length}` }),
      );
      ids.push(endpoint.id);
    }
    await store.update(changed(begun("1").watch)); // 2
    await store.watch([begun("2")]); // 3
    const [last] = await webhooks.loadEndpoints([ids[4]!]);
    await webhooks.saveProgress([{ ...last!, cursor: 2 }]);
    const pages = async (limit: number) => {
      const read: string[][] = [];
      const owed: string[] = [];
      for (let after: number | undefined = 0; after !== undefined;) {
        const page = await webhooks.pageEndpoints(after, limit);
        assertEquals(
          page.endpoints,
          await webhooks.loadEndpoints(page.endpoints.map(({ id }) => id)),
        );
        read.push(page.endpoints.map(({ id }) => id));
        owed.push(...page.owed);
        after = page.next;
      }
      return { read, owed };
    };
    const owed = [0, 1, 2, 3].map((at) => ids[at]!);
    assertEquals(await pages(4), {
      read: [ids.slice(0, 4), ids.slice(4)],
      owed,
    });
    await webhooks.removeEndpoint(ids[5]!);
    await webhooks.removeEndpoint(ids[0]!);
    assertEquals(await pages(2), {
      read: [ids.slice(1, 3), ids.slice(3, 5), []],
      owed: owed.slice(1),
    });
  });

  webhookTest("a store tells what endpoints are yet to be told", async (it) => {
    const { store: { webhooks }, store } = it;
    const types = ["order.watched"] as const;
    const { endpoint: all } = await addTo(store, endpointOf({ types }));
    const { endpoint: none } = await addTo(store, endpointOf());
    const { endpoint: one } = await addTo(
      store,
      endpointOf({ types, order: "2" }),
    );
    const { endpoint: parked } = await addTo(store, endpointOf());
    await webhooks.saveProgress([
      { ...parked, parked: { at: BEGAN, reason: "gone" } },
    ]);
    await store.watch([begun("1"), begun("2"), begun("3")]); // 1, 2, 3
    await store.update(changed(begun("2").watch)); // 4
    const count = async (...ids: string[]) => {
      const backlogs = await webhooks.backlogs(
        ids.length > 0 ? ids : undefined,
      );
      return [all, none, one, parked].map(({ id }) => backlogs.get(id));
    };
    assertEquals(await count(), [3, 0, 1, undefined]);
    assertEquals(
      await webhooks.countEndpoints(),
      { active: 3, failing: 0, parked: 1, backlog: 4 },
    );
    await webhooks.saveProgress([
      { ...one, failing: { since: BEGAN, count: 1, nextAt: BEGAN + 1 } },
    ]);
    assertEquals(
      await webhooks.countEndpoints(),
      { active: 2, failing: 1, parked: 1, backlog: 4 },
    );
    const worst = async (limit: number, after?: EndpointPosition) =>
      (await webhooks.worstEndpoints(limit, after)).map(({ id }) => id);
    assertEquals(
      await worst(Number.MAX_SAFE_INTEGER),
      [parked, one, all, none].map(({ id }) => id),
    );
    assertEquals(await worst(2), [parked.id, one.id]);
    assertEquals(await worst(9, { state: "parked", id: parked.id }), [
      one.id,
      all.id,
      none.id,
    ]);
    assertEquals(await worst(1, { state: "failing", id: one.id }), [all.id]);
    assertEquals(await worst(9, { state: "active", id: all.id }), [none.id]);
    assertEquals(await worst(9, { state: "active", id: none.id }), []);
    // Where one is not that was there, or does better, nothing is left out.
    assertEquals(await worst(9, { state: "failing", id: "wh_none" }), [
      one.id,
      all.id,
      none.id,
    ]);
    assertEquals(await worst(9, { state: "failing", id: all.id }), [
      one.id,
      all.id,
      none.id,
    ]);
    assertEquals(await count(one.id, "wh_none"), [
      undefined,
      undefined,
      1,
      undefined,
    ]);
    await webhooks.saveProgress([{ ...all, cursor: 1 }]);
    assertEquals(await count(), [2, 0, 1, undefined]);
    // Those that nobody would hold yet are counted, whatever they are.
    await store.watch(
      Array.from({ length: WINDOW_SIZE }, (_, at) => begun(`${100 + at}`)),
    );
    await store.update(changed(begun("3").watch));
    assertEquals(await count(), [WINDOW_SIZE + 3, 5, 1, undefined]);
  });

  webhookTest(
    "an endpoint is owed what happens from its registration on",
    async (it) => {
      const { store } = it;
      await store.watch([begun("1")]); // 1
      const { endpoint } = await addTo(store, endpointOf());
      await store.watch([begun("2"), begun("3")]); // 2, 3
      assertEquals(endpoint.cursor, 1);
      await store.update(settled(begun("3").watch)); // 4
      await store.update(changed(begun("2").watch)); // 5
      const owed = async (
        given: Partial<Endpoint>,
        after: number,
        limit: number,
      ) => {
        const { events, upTo } = await store.webhooks.owed(
          { ...endpoint, ...given },
          after,
          limit,
        );
        return [events.map(({ sequence }) => sequence), upTo];
      };
      assertEquals(await owed({}, 1, 10), [[4], 5]);
      assertEquals(await owed({}, 5, 10), [[], 5]);
      assertEquals(await owed({ types: EVENT_TYPES }, 1, 2), [[2, 3], 3]);
      assertEquals(await owed({ types: EVENT_TYPES }, 3, 3), [[4, 5], 5]);
      // Of an order all types, so that its end is seen.
      assertEquals(await owed({ order: "2" }, 1, 10), [[2, 5], 5]);
      assertEquals(await owed({ order: "2" }, 1, 1), [[2], 2]);
      assertEquals(await store.webhooks.lastSequence(), 5);
    },
  );

  webhookTest(
    "an order has one endpoint of a URL, until it is removed",
    async (it) => {
      const { store } = it;
      await store.watch([begun("1")]);
      const add = (given: Partial<Endpoint>) => addTo(store, endpointOf(given));
      const first = await add({ order: "1" });
      const same = await add({ order: "1", label: "another" });
      assertEquals(same, { endpoint: first.endpoint, isNew: false });
      for (
        const other of [
          { order: "2" },
          { order: "1", url: "https://example.com/other" },
          { order: null },
          { order: null },
        ]
      ) assertEquals((await add(other)).isNew, true);
      await store.remove("1", BEGAN);
      assertEquals((await add({ order: "1" })).isNew, true);
    },
  );

  webhookTest(
    "what an endpoint is yet to be told of is not dropped",
    async (it) => {
      const store = await it.reopen(10);
      const { endpoint: standing } = await addTo(store, endpointOf());
      const { endpoint: ofOrder } = await addTo(
        store,
        endpointOf({ order: "1" }),
      );
      await store.watch([begun("1"), begun("2")]); // 1, 2
      await store.remove("1", BEGAN); // 3
      await store.remove("2", BEGAN); // 4
      const add = (first: number) =>
        store.watch(
          Array.from({ length: 20 }, (_, at) => begun(`${first + at}`)),
        );
      const left = async () => {
        const events = await store.eventsAfter(0, 4);
        return events.map(({ sequence }) => sequence).filter((one) => one <= 4);
      };
      await add(100);
      assertEquals(await left(), [1, 2, 3, 4]);
      await store.webhooks.saveProgress([{ ...standing, cursor: 20 }]);
      await add(200);
      assertEquals(await left(), [1, 3]);
      await store.webhooks.removeEndpoint(ofOrder.id);
      await add(300);
      assertEquals(await left(), []);
    },
  );

  webhookTest(
    "one that is parked keeps nothing from being dropped",
    async (it) => {
      const store = await it.reopen(10);
      const parked = { at: BEGAN, reason: "failing" } as const;
      for (const order of [null, "1"]) {
        const { endpoint } = await addTo(store, endpointOf({ order }));
        await store.webhooks.saveProgress([{ ...endpoint, parked }]);
      }
      await store.watch([begun("1")]);
      await store.remove("1", BEGAN);
      for (const first of [100, 200]) {
        await store.watch(
          Array.from({ length: 20 }, (_, at) => begun(`${first + at}`)),
        );
      }
      assertEquals((await store.eventsAfter(0, 1))[0]?.sequence, 3);
    },
  );

  webhookTest("a store that is closed says so", async (it) => {
    const { store } = it;
    await store.close();
    const { webhooks } = store;
    for (
      const use of [
        () => webhooks.loadEndpoints(),
        () => webhooks.addEndpoint(endpointOf(), 100),
        () => webhooks.backlogs(),
        () => webhooks.saveProgress([]),
        () => webhooks.owed(endpointOf(), 0, 1),
      ]
    ) await assertRejects(use, StoreError, "it is closed");
  });
}
