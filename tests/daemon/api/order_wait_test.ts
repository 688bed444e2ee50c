import { assert, assertEquals } from "@std/assert";
import { until } from "../../sandbox/testing.ts";
import { type ApiSetup, apiTest } from "../../helpers/api/testing.ts";

/** Asks, and waits until the daemon has begun to wait. */
async function startWaiting(
  { core, json }: ApiSetup,
  path: string,
  signal?: AbortSignal,
  // deno-lint-ignore no-explicit-any -- its shape is checked
): Promise<{ answer: Promise<any> }> {
  const before = core.feed.waiting;
  const answer = json("GET", path, { ...(signal && { signal }) });
  answer.catch(() => {});
  await until(() => core.feed.waiting > before);
  return { answer };
}

apiTest("a wait is answered when the order settles", async (setup) => {
  const { clock, finish, watch } = setup;
  await watch("7");
  const waits = [
    await startWaiting(setup, "/v1/orders/7?wait=55"),
    await startWaiting(setup, "/v1/orders/7?wait=30"),
  ];
  const before = clock.now();
  await finish("7");
  for (const { answer } of waits) {
    assertEquals((await answer).outcome, "fulfilled");
  }
  assertEquals(clock.now() - before <= 2_000, true);
});

apiTest("a wait does not end by what is no settling", async (setup) => {
  const { core, pass, sandbox, watch } = setup;
  await watch("7", "a");
  await watch("8");
  const { answer } = await startWaiting(setup, "/v1/orders/7?wait=55");
  sandbox.orders.set("7", { status: "WAIT_FOR_PAYMENT" });
  await pass(1_000);
  await core.tracker.relabel("7", "b");
  await setup.finish("8");
  sandbox.orders.set("7", { status: "VOID" });
  await pass(5_000);
  const order = await answer;
  assertEquals([order.outcome, order.label], ["void", "b"]);
});

apiTest("a wait for a settled order is answered at once", async (setup) => {
  const { clock, finish, json, watch } = setup;
  await watch("7");
  await finish("7");
  const before = clock.now();
  assertEquals(
    (await json("GET", "/v1/orders/7?wait=55")).outcome,
    "fulfilled",
  );
  assertEquals(clock.now(), before);
});

apiTest(
  "a wait ends with the order as it is when time is up",
  async (setup) => {
    const { pass, watch } = setup;
    await watch("7");
    const { answer } = await startWaiting(setup, "/v1/orders/7?wait=2.5");
    await pass(2_499);
    assertEquals(setup.core.feed.waiting, 1);
    await pass(1);
    const order = await answer;
    assertEquals([order.state, order.polls], ["watching", 3]);
  },
);

apiTest("a wait of nothing is none", async ({ clock, json, watch }) => {
  await watch("7");
  const pending = clock.pending;
  assertEquals((await json("GET", "/v1/orders/7?wait=0")).state, "watching");
  assertEquals(clock.pending, pending);
});

apiTest("a wait for an order that is removed is told so", async (setup) => {
  const { call, core, watch } = setup;
  await watch("7");
  const answer = call("GET", "/v1/orders/7?wait=55");
  await until(() => core.feed.waiting === 1);
  assertEquals((await call("DELETE", "/v1/orders/7")).status, 204);
  const response = await answer;
  assertEquals(response.status, 404);
  assertEquals((await response.json()).code, "order_not_found");
});

apiTest("a wait for an order that is not watched is none", async (setup) => {
  const response = await setup.call("GET", "/v1/orders/7?wait=55");
  assertEquals(response.status, 404);
  await response.body?.cancel();
});

apiTest("a wait ends when its caller goes away", async (setup) => {
  const { clock, core, watch } = setup;
  await watch("7");
  const pending = clock.pending;
  const controller = new AbortController();
  const { answer } = await startWaiting(
    setup,
    "/v1/orders/7?wait=55",
    controller.signal,
  );
  assertEquals(clock.pending, pending + 1);
  controller.abort();
  assertEquals(await answer.catch((error) => error.name), "AbortError");
  await until(() => core.feed.waiting === 0);
  assertEquals(clock.pending, pending);
});

apiTest("a wait ends when the daemon stops", async (setup) => {
  const { stop, watch } = setup;
  await watch("7");
  const { answer } = await startWaiting(setup, "/v1/orders/7?wait=55");
  stop();
  assertEquals((await answer).state, "watching");
});

apiTest("many waits cost no poll", async (setup) => {
  const { finish, sandbox, watch } = setup;
  await watch("7");
  const asked = sandbox.requests.count;
  const waits = [];
  for (let index = 0; index < 100; index++) {
    waits.push(await startWaiting(setup, "/v1/orders/7?wait=55"));
  }
  assertEquals(sandbox.requests.count, asked);
  await finish("7");
  for (const { answer } of waits) {
    assertEquals((await answer).state, "settled");
  }
});

apiTest("what is no length of a wait is refused", async ({ call, watch }) => {
  await watch("7");
  for (const wait of ["-1", "56", "55.001", "60", "1e1", "a", "", "Infinity"]) {
    const response = await call("GET", `/v1/orders/7?wait=${wait}`);
    assertEquals(response.status, 400, wait);
    assertEquals((await response.json()).errors, [{
      path: "query.wait",
      message: `a wait is a number of seconds from 0 to 55, not '${wait}'`,
    }]);
  }
});

apiTest("the longest wait is one that proxies wait for", async ({ json }) => {
  const { paths } = await json("GET", "/openapi.json");
  const { schema } = paths["/v1/orders/{id}"].get.parameters
    .find(({ name }: { name: string }) => name === "wait");
  assertEquals(schema.maximum, 55);
  // nginx and AWS load balancers give up after 60 seconds of nothing.
  const PROXY_TIMEOUT_SECONDS = 60;
  assert(schema.maximum + 5 <= PROXY_TIMEOUT_SECONDS);
  const wait = schema.maximum;
  assertEquals((await json("GET", `/v1/orders/7?wait=${wait}`)).status, 404);
}, { isPolling: false });
