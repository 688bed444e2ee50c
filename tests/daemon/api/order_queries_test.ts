import { assert, assertEquals } from "@std/assert";
import { apiTest } from "../../helpers/api/testing.ts";

apiTest("GET tells all that is known of an order", async (setup) => {
  const { json, pass, watch } = setup;
  await watch("7", "a");
  await pass(1_000);
  assertEquals(await json("GET", "/v1/orders/7"), {
    id: "7",
    label: "a",
    state: "watching",
    outcome: null,
    order: {
      id: "7",
      status: "PROCESSING",
      created: setup.sandbox.orders.get("7")!.created.replace("Z", ".000Z"),
      totalCost: 1.5,
      localNumbers: { ordered: 1, unitCost: 1.5, fulfilled: [] },
    },
    overdue: false,
    watchedAt: "2030-01-01T12:00:01.000Z",
    firstPolledAt: "2030-01-01T12:00:01.000Z",
    lastPolledAt: "2030-01-01T12:00:02.000Z",
    nextPollAt: "2030-01-01T12:00:03.000Z",
    settledAt: null,
    polls: 2,
    consecutiveErrors: 0,
    lastError: null,
  });
});

apiTest("GET tells how an order ended", async ({ finish, json, watch }) => {
  await watch("7");
  await finish("7");
  const order = await json("GET", "/v1/orders/7");
  assertEquals(
    [order.state, order.outcome, order.nextPollAt, order.overdue],
    ["settled", "fulfilled", null, false],
  );
  assertEquals(order.settledAt, order.lastPolledAt);
  assertEquals(order.order.localNumbers.fulfilled, ["12135550142"]);
});

apiTest("GET tells what was wrong, and that it is overdue", async (setup) => {
  const { json, pass, sandbox, watch } = setup;
  await watch("7");
  sandbox.faults.add({ kind: "status", status: 500, count: 100 });
  await pass(30_000);
  const order = await json("GET", "/v1/orders/7");
  assertEquals(order.lastError.code, "server_error");
  assert(order.consecutiveErrors > 0);
  assertEquals(order.overdue, true);
  assertEquals(order.order.status, "PROCESSING");
});

apiTest("HEAD asks the same as GET", async ({ call, watch }) => {
  await watch("7");
  assertEquals((await call("HEAD", "/v1/orders/7")).status, 200);
  assertEquals((await call("HEAD", "/v1/orders/8")).status, 404);
  assertEquals((await call("HEAD", "/v1/orders?limit=0")).status, 400);
});

apiTest("history tells every change, the oldest first", async (setup) => {
  const { finish, json, watch } = setup;
  await watch("7", "a");
  await watch("8");
  await finish("7");
  const { items } = await json("GET", "/v1/orders/7/history");
  assertEquals(
    items.map(({ type }: { type: string }) => type),
    ["order.watched", "order.changed", "order.settled"],
  );
  const sequences = items.map(({ sequence }: { sequence: number }) => sequence);
  assertEquals(sequences, sequences.toSorted((a: number, b: number) => a - b));
  assertEquals(items[0].watch.order, null);
  assertEquals(items[1].watch.order.status, "PROCESSING");
  assertEquals(items[2].watch, await json("GET", "/v1/orders/7"));
  for (const { at, watch: { id, overdue } } of items) {
    assertEquals([typeof at, id, overdue], ["string", "7", false]);
  }
});

apiTest("history tells how an order stood then", async (setup) => {
  const { json, pass, sandbox, watch } = setup;
  await watch("7");
  await pass(30_000);
  sandbox.orders.set("7", { status: "WAIT_FOR_PAYMENT" });
  await pass(10_000);
  const { items } = await json("GET", "/v1/orders/7/history");
  assertEquals(
    items.map(({ watch }: { watch: { overdue: boolean } }) => watch.overdue),
    [false, false, true],
  );
});
