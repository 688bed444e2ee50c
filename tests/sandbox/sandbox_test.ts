import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { STATUS_CODE } from "@std/http/status";
import { startSandbox } from "./sandbox.ts";
import { ask, element, sandboxTest, until } from "./testing.ts";

sandboxTest("an order is written as CallFire writes it", async (sandbox) => {
  const id = sandbox.orders.place({
    created: "2014-12-17T12:25:36Z",
    localNumbers: { ordered: 1, unitCost: 1.5 },
    keywords: { ordered: 2, unitCost: 4 },
    script: [{
      after: 0,
      status: "FINISHED",
      fulfilled: {
        localNumbers: ["12135550142"],
        keywords: ["YELLOWTAXI", "ORANGEBROADSWORD"],
      },
    }],
  });
  const response = await ask(sandbox, id);
  assertEquals(response.status, STATUS_CODE.OK);
  assertEquals(response.headers.get("content-type"), "application/xml");
  assert(response.headers.has("date"));
  const xml = await response.text();
  assertEquals(response.headers.get("content-length"), String(xml.length));
  assertEquals(
    xml,
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<r:Resource xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource">
  <NumberOrder id="1642251003">
    <Status>FINISHED</Status>
    <Created>2014-12-17T12:25:36Z</Created>
    <TotalCost>9.5</TotalCost>
    <LocalNumbers><Ordered>1</Ordered><UnitCost>1.5</UnitCost><Fulfilled>12135550142</Fulfilled></LocalNumbers>
    <Keywords><Ordered>2</Ordered><UnitCost>4.0</UnitCost><Fulfilled>YELLOWTAXI ORANGEBROADSWORD</Fulfilled></Keywords>
  </NumberOrder>
</r:Resource>
`,
  );
});

sandboxTest("an order lives by its default script", async (sandbox, clock) => {
  clock.time = 1000;
  const id = sandbox.orders.place({
    localNumbers: { ordered: 3, unitCost: 0.1 },
    tollFreeNumbers: { ordered: 1 },
  });
  const seen: unknown[] = [];
  for (const age of [0, 299, 300, 1199, 1200, 2499, 2500, 1e9]) {
    clock.time = 1000 + age;
    const xml = await (await ask(sandbox, id)).text();
    const fulfilled = xml.match(/(?<=<Fulfilled>)[^<]*/g);
    seen.push([age, element(xml, "Status"), fulfilled?.join("|")]);
    assertEquals(element(xml, "TotalCost"), "2.3");
  }
  const all = "12135550100 12135550101 12135550102|18005550000";
  assertEquals(seen, [
    [0, "NEW", undefined],
    [299, "NEW", undefined],
    [300, "PROCESSING", undefined],
    [1199, "PROCESSING", undefined],
    [1200, "PROCESSING", "12135550100"],
    [2499, "PROCESSING", "12135550100"],
    [2500, "FINISHED", all],
    [1e9, "FINISHED", all],
  ]);
});

sandboxTest("steps lay one over the other", async (sandbox, clock) => {
  const { orders } = sandbox;
  const id = orders.place({
    keywords: { ordered: 2 },
    script: [
      { after: 20, status: "ERRORED", totalCost: 0 },
      { after: 10, status: "ON & OFF", fulfilled: { keywords: ["<A>"] } },
    ],
  });
  assertEquals(orders.get(id)?.status, "NEW");
  clock.time = 10;
  const xml = await (await ask(sandbox, id)).text();
  assertEquals(element(xml, "Status"), "ON &amp; OFF");
  assertEquals(element(xml, "Fulfilled"), "&lt;A&gt;");
  clock.time = 20;
  assertEquals(orders.get(id)?.status, "ERRORED");
  assertEquals(orders.get(id)?.keywords?.fulfilled, ["<A>"]);
  assertEquals(orders.get(id)?.totalCost, 0);
});

sandboxTest("an order can be changed by hand", async (sandbox, clock) => {
  const { orders } = sandbox;
  const id = orders.place({ keywords: { ordered: 1, wanted: ["TAXI"] } });
  clock.time = 400;
  orders.set(id, { fulfilled: { keywords: ["CAB"] } });
  clock.time = 9999;
  const order = orders.get(id);
  assertEquals(order?.status, "PROCESSING");
  assertEquals(order?.keywords?.fulfilled, ["CAB"]);
  orders.setScript(id, [{ after: 10_000, status: "VOID" }]);
  assertEquals(orders.get(id)?.status, "NEW");
  clock.time = 10_000;
  assertEquals(orders.get(id)?.status, "VOID");
  assert(orders.remove(id));
  assert(!orders.remove(id));
  const response = await ask(sandbox, id);
  assertEquals(response.status, STATUS_CODE.NotFound);
  assertEquals(element(await response.text(), "r:Message"), "Not Found");
});

sandboxTest("an order may show late", async (sandbox, clock) => {
  const id = sandbox.orders.place({ visibleAfter: 5 });
  const early = await ask(sandbox, id);
  await early.body?.cancel();
  clock.time = 5;
  const late = await ask(sandbox, id);
  await late.body?.cancel();
  assertEquals([early.status, late.status], [404, 200]);
});

sandboxTest("an order that cannot be is refused", async ({ orders }) => {
  const id = orders.place({ id: "9223372036854775807" });
  for (const bad of [id, "9223372036854775808", "0", "-1", "01", "x", ""]) {
    assertThrows(() => orders.place({ id: bad }), RangeError, `id ${bad}: `);
  }
  const keywords = ["TAXI"];
  const script = [{ after: 0, status: "NEW", fulfilled: { keywords } }];
  assertThrows(() => orders.place({ script }), RangeError, "no keywords");
  assertThrows(() => orders.setScript(id, script), RangeError, "no keywords");
  assertThrows(() => orders.set("7", {}), RangeError, "no such order");
  const localNumbers = { ordered: 10_001 };
  assertThrows(() => orders.place({ localNumbers }), RangeError, "at most");
  orders.place({ localNumbers, script: [] });
  assertEquals(orders.size, 2);
  orders.place({ id: "1642251004" });
  assertEquals([orders.place({}), orders.place({})], [
    "1642251005",
    "1642251006",
  ]);
  await Promise.resolve();
});

sandboxTest("closing leaves nothing behind", async (sandbox) => {
  const id = sandbox.orders.place({});
  const faults = [
    { kind: "hang" },
    { kind: "none", delay: 1e9 },
    { kind: "drip", interval: 1e9 },
    { kind: "endless" },
  ] as const;
  const asked: Promise<unknown>[] = [];
  for (const fault of faults) {
    sandbox.faults.add(fault);
    asked.push(assertRejects(async () => (await ask(sandbox, id)).text()));
  }
  await until(() => sandbox.faults.list().length === 0);
  assertEquals(sandbox.connections(), faults.length);
  await Promise.all([sandbox.close(), sandbox.close()]);
  assertEquals(sandbox.connections(), 0);
  await Promise.all(asked);
  await assertRejects(() => ask(sandbox, id), TypeError);
});

sandboxTest("a port in use is told", async ({ url }) => {
  const port = Number(new URL(url).port);
  const message = `cannot listen on 127.0.0.1: port ${port} is in use`;
  await assertRejects(() => startSandbox({ port }), Error, message);
});
