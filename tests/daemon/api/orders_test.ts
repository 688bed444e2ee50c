import { assertEquals, assertStringIncludes } from "@std/assert";
import { apiTest } from "../../helpers/api/testing.ts";

apiTest("PUT watches an order", async ({ call, json, store }) => {
  const response = await call("PUT", "/v1/orders/7", { body: { label: "a" } });
  assertEquals(response.status, 201);
  assertEquals(response.headers.get("Location"), "/v1/orders/7");
  const order = await response.json();
  assertEquals(
    [order.id, order.label, order.state, order.outcome, order.order],
    ["7", "a", "watching", null, null],
  );
  assertEquals(order.watchedAt, "2030-01-01T12:00:01.000Z");
  assertEquals((await store.find("7"))?.label, "a");
  assertEquals((await json("GET", "/v1/orders/7")).label, "a");
});

apiTest("PUT needs no body", async ({ call, json }) => {
  assertEquals((await call("PUT", "/v1/orders/7")).status, 201);
  assertEquals((await call("PUT", "/v1/orders/8", { body: {} })).status, 201);
  assertEquals((await json("GET", "/v1/orders/7")).label, null);
});

apiTest("PUT finds an order that is watched already", async (setup) => {
  const { call, core, pass, watch } = setup;
  await watch("7", "a");
  await pass(5_000);
  const polls = core.tracker.find("7")!.polls;
  const response = await call("PUT", "/v1/orders/7");
  assertEquals(response.status, 200);
  const order = await response.json();
  assertEquals([order.label, order.polls], ["a", polls]);
  assertEquals(order.watchedAt, "2030-01-01T12:00:01.000Z");
  assertEquals(order.order.status, "PROCESSING");
});

apiTest("PUT gives an order another label", async ({ call, json, watch }) => {
  await watch("7", "a");
  const relabel = (label: string | null) =>
    json("PUT", "/v1/orders/7", { body: { label } });
  assertEquals((await relabel("b")).label, "b");
  assertEquals((await relabel("b")).label, "b");
  assertEquals((await relabel(null)).label, null);
  assertEquals((await json("PUT", "/v1/orders/7")).label, null);
  const { items } = await json("GET", "/v1/orders/7/history");
  assertEquals(
    items.map(({ type, watch }: { type: string; watch: { label: string } }) => [
      type,
      watch.label,
    ]),
    [
      ["order.watched", "a"],
      ["order.changed", "a"],
      ["order.changed", "b"],
      ["order.changed", null],
    ],
  );
  assertEquals((await call("GET", "/v1/orders/7")).status, 200);
});

apiTest("PUT leaves a settled order settled", async (setup) => {
  const { call, finish, sandbox, watch } = setup;
  await watch("7", "a");
  await finish("7");
  const asked = sandbox.requests.count;
  const response = await call("PUT", "/v1/orders/7", { body: { label: "b" } });
  assertEquals(response.status, 200);
  const order = await response.json();
  assertEquals(
    [order.state, order.outcome, order.label],
    ["settled", "fulfilled", "b"],
  );
  assertEquals(order.nextPollAt, null);
  await setup.pass(60_000);
  assertEquals(sandbox.requests.count, asked);
});

apiTest("PUT of one order at once by many watches it once", async (setup) => {
  const { call, json } = setup;
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => call("PUT", "/v1/orders/7")),
  );
  const statuses = responses.map(({ status }) => status).sort();
  assertEquals(statuses, [...Array(19).fill(200), 201]);
  for (const response of responses) await response.body?.cancel();
  const { items } = await json("GET", "/v1/orders/7/history");
  assertEquals(items[0].type, "order.watched");
  assertEquals(
    items.filter(({ type }: { type: string }) => type === "order.watched")
      .length,
    1,
  );
});

apiTest("PUT that loses a race against DELETE still answers", async (setup) => {
  const { json, store, core, watch } = setup;
  await watch("7", "a");
  const { relabel } = core.tracker;
  // Somebody forgets the order between the look and the new label.
  core.tracker.relabel = async (id, label) => {
    await store.remove(id, 0);
    return await relabel.call(core.tracker, id, label);
  };
  const order = await json("PUT", "/v1/orders/7", { body: { label: "b" } });
  assertEquals(order.label, "b");
});

apiTest("POST watches many orders", async ({ call, json, watch }) => {
  await watch("7", "a");
  const response = await call("POST", "/v1/orders", {
    body: {
      orders: [
        { id: "7", label: "b" },
        { id: 8, label: "c" },
        { id: "9223372036854775807" },
        { id: "008", label: "d" },
      ],
    },
  });
  assertEquals(response.status, 200);
  assertEquals(await response.json(), { created: 2, existing: 2 });
  // What is watched already is left as it is, and so is what is named again.
  assertEquals((await json("GET", "/v1/orders/7")).label, "a");
  assertEquals((await json("GET", "/v1/orders/8")).label, "c");
  const largest = await json("GET", "/v1/orders/9223372036854775807");
  assertEquals(largest.label, null);
});

apiTest("POST takes 10,000 orders with the longest labels", async (setup) => {
  const { json, call } = setup;
  // Written in the way that takes the most bytes of all that fit.
  const label = "\u{1F4DE}".repeat(200);
  const first = 9223372036854770000n;
  const orders = Array.from({ length: 10_000 }, (_, index) => ({
    id: String(first - BigInt(index)),
    label,
  }));
  const answer = await json("POST", "/v1/orders", { body: { orders } });
  assertEquals(answer, { created: 10_000, existing: 0 });
  const again = await json("POST", "/v1/orders", { body: { orders } });
  assertEquals(again, { created: 0, existing: 10_000 });
  const one = await json("GET", `/v1/orders/${orders[9_999]!.id}`);
  assertEquals(one.label, label);

  orders.push({ id: "1", label });
  const refused = await call("POST", "/v1/orders", { body: { orders } });
  assertEquals(refused.status, 400);
  assertStringIncludes((await refused.json()).detail, "body.orders");
}, { isPolling: false });

apiTest("POST watches all or none", async ({ call, json }) => {
  const response = await call("POST", "/v1/orders", {
    body: { orders: [{ id: "7" }, { id: "x" }, { id: "8", label: 5 }] },
  });
  assertEquals(response.status, 400);
  const { detail, errors } = await response.json();
  assertEquals(errors.map(({ path }: { path: string }) => path), [
    "body.orders[1].id",
    "body.orders[2].label",
  ]);
  assertEquals(
    detail,
    "body.orders[1].id: Cannot watch order 'x': an order id is a whole " +
      "number from 1 to 9223372036854775807 (and 1 more)",
  );
  assertEquals((await json("GET", "/v1/orders")).items, []);
});

apiTest("DELETE forgets an order", async (setup) => {
  const { call, pass, sandbox, watch } = setup;
  await watch("7");
  const response = await call("DELETE", "/v1/orders/7");
  assertEquals(response.status, 204);
  assertEquals((await call("GET", "/v1/orders/7")).status, 404);
  assertEquals((await call("GET", "/v1/orders/7/history")).status, 404);
  const again = await call("DELETE", "/v1/orders/7");
  assertEquals(again.status, 404);
  assertEquals(
    (await again.json()).detail,
    "Order 7 is not watched: PUT /v1/orders/7 begins to watch it",
  );
  const asked = sandbox.requests.count;
  await pass(60_000);
  assertEquals(sandbox.requests.count, asked);
});

apiTest(
  "DELETE forgets a settled order, which can begin anew",
  async (setup) => {
    const { call, finish, json, watch } = setup;
    await watch("7");
    await finish("7");
    assertEquals((await call("DELETE", "/v1/orders/7")).status, 204);
    const response = await call("PUT", "/v1/orders/7");
    assertEquals(response.status, 201);
    assertEquals((await response.json()).state, "watching");
    const { items } = await json("GET", "/v1/orders/7/history");
    assertEquals(items[0].type, "order.watched");
  },
);
