import { assert, assertEquals } from "@std/assert";
import { type ApiSetup, apiTest } from "../../helpers/api/testing.ts";

/** Watches orders at the same moment, in this order. */
async function watchMany({ json }: ApiSetup, ids: string[]): Promise<void> {
  await json("POST", "/v1/orders", {
    body: { orders: ids.map((id) => ({ id })) },
  });
}

/** The ids of a list, page by page. */
async function pages(
  { json }: ApiSetup,
  query: string,
): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await json("GET", `/v1/orders?${query}${after}`);
    found.push(page.items.map(({ id }: { id: string }) => id));
    cursor = page.nextCursor;
    assert(found.length < 100, "the list has no end");
  } while (cursor !== null);
  return found;
}

apiTest("a list of nothing is empty", async ({ json }) => {
  assertEquals(await json("GET", "/v1/orders"), {
    items: [],
    nextCursor: null,
  });
});

apiTest("a list shows a hundred orders unless told", async (setup) => {
  const { json } = setup;
  const ids = Array.from({ length: 101 }, (_, index) => String(index + 1));
  await watchMany(setup, ids);
  assertEquals((await pages(setup, "")).map((page) => page.length), [100, 1]);
  assertEquals((await json("GET", "/v1/orders?limit=101")).nextCursor, null);
}, { isPolling: false });

apiTest("a list shows each order once, whatever the pages", async (setup) => {
  const { clock } = setup;
  // Many at the same moment, so that only the id tells them apart.
  await watchMany(setup, ["5", "9223372036854775807", "10", "9", "1"]);
  await clock.advance(1);
  await watchMany(setup, ["3"]);
  await clock.advance(1);
  await watchMany(setup, ["7", "2"]);
  const [all] = await pages(setup, "limit=1000");
  assert(all);
  assertEquals(all.slice(0, 3).toSorted(), ["2", "3", "7"].toSorted());
  assertEquals(all[2], "3");
  for (let limit = 1; limit <= 9; limit++) {
    const found = await pages(setup, `limit=${limit}`);
    assertEquals(found.flat(), all);
    assertEquals(found.length, Math.ceil(8 / limit));
  }
}, { isPolling: false });

apiTest("a list goes on where it was although orders come", async (setup) => {
  const { clock, json } = setup;
  await watchMany(setup, ["1", "2", "3", "4"]);
  const first = await json("GET", "/v1/orders?limit=2");
  await clock.advance(1);
  await watchMany(setup, ["5", "6"]);
  await json("DELETE", `/v1/orders/${first.items[1].id}`).catch(() => {});
  const rest = await json("GET", `/v1/orders?cursor=${first.nextCursor}`);
  const ids = [...first.items, ...rest.items].map(({ id }) => id);
  assertEquals(ids.toSorted(), ["1", "2", "3", "4"]);
}, { isPolling: false });

apiTest("a list can be of some orders alone", async (setup) => {
  const { finish, json, watch } = setup;
  await watch("1", "spring");
  await watch("2", "summer");
  await finish("1");
  const ids = async (query: string) =>
    (await json("GET", `/v1/orders?${query}`)).items
      .map(({ id }: { id: string }) => id);
  assertEquals(await ids("state=watching"), ["2"]);
  assertEquals(await ids("state=settled"), ["1"]);
  assertEquals(await ids("outcome=fulfilled"), ["1"]);
  assertEquals(await ids("outcome=partial"), []);
  assertEquals(await ids("state=watching&outcome=fulfilled"), []);
  assertEquals(await ids("label=summer"), ["2"]);
  assertEquals(await ids("label=Summer"), []);
  assertEquals(await ids("label=summer&state=settled"), []);
});

apiTest("a list tells what was polled since it was stored", async (setup) => {
  const { core, json, pass, store, watch } = setup;
  await watch("1");
  const stored = (await store.find("1"))!.polls;
  // A poll that says the same as the one before is stored some time later.
  store.touch = () => {};
  await pass(3_000);
  const { items: [item] } = await json("GET", "/v1/orders");
  assertEquals((await store.find("1"))?.polls, stored);
  assert(item.polls > stored, `${item.polls} polls`);
  assertEquals(item.polls, core.tracker.find("1")?.polls);
  assertEquals(item.lastPolledAt > item.watchedAt, true);
});

apiTest("a list refuses what it does not understand", async ({ call }) => {
  const limit = "a limit is a whole number from 1 to 1000";
  const cursor = "a cursor is the nextCursor of the page before";
  const outcomes = "fulfilled, partial, unfulfilled, errored, void, " +
    "rejected, not_found, expired";
  for (
    const [query, path, message] of [
      ["limit=0", "query.limit", `${limit}, not '0'`],
      ["limit=1001", "query.limit", `${limit}, not '1001'`],
      ["limit=1.5", "query.limit", `${limit}, not '1.5'`],
      ["limit=1e2", "query.limit", `${limit}, not '1e2'`],
      ["limit=", "query.limit", `${limit}, not ''`],
      [
        "limit=1&limit=2",
        "query.limit",
        "Invalid input: expected string, received array",
      ],
      [
        "state=pending",
        "query.state",
        "the state is one of watching, settled, not 'pending'",
      ],
      [
        "outcome=pending",
        "query.outcome",
        `the outcome is one of ${outcomes}, not 'pending'`,
      ],
      ["cursor=", "query.cursor", `${cursor}, not ''`],
      ["cursor=1", "query.cursor", `${cursor}, not '1'`],
      ["cursor=MS4w", "query.cursor", `${cursor}, not 'MS4w'`],
      ["sate=settled", "query", 'Unrecognized key: "sate"'],
      ["__proto__=1", "query", 'Unrecognized key: "__proto__"'],
    ] as const
  ) {
    const response = await call("GET", `/v1/orders?${query}`);
    assertEquals(response.status, 400, query);
    assertEquals((await response.json()).errors, [{ path, message }]);
  }
});
