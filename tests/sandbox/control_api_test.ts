import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sandbox } from "./sandbox.ts";
import { ask, sandboxTest } from "./testing.ts";

async function call(
  { url }: Sandbox,
  method: string,
  path: string,
  body?: unknown,
) {
  const response = await fetch(`${url}/sandbox${path}`, {
    method,
    ...body !== undefined && {
      body: typeof body === "string" ? body : JSON.stringify(body),
    },
  });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
}

sandboxTest("orders by hand", async (sandbox, clock) => {
  const created = "2014-12-17T12:25:36Z";
  const placed = await call(sandbox, "POST", "/orders", {
    created,
    localNumbers: { ordered: 2 },
    script: [{ after: 5, status: "PROCESSING" }],
  });
  const order = {
    id: "1642251003",
    status: "NEW",
    created,
    totalCost: 3,
    visible: true,
    localNumbers: { ordered: 2, unitCost: 1.5, fulfilled: [] },
  };
  assertEquals(placed, { status: 201, body: order });
  clock.time = 5;
  const now = { ...order, status: "PROCESSING" };
  const list = await call(sandbox, "GET", "/orders");
  assertEquals(list, { status: 200, body: [now] });
  const path = `/orders/${order.id}`;
  const script = [{ after: 0, status: "ERRORED", totalCost: 0 }];
  assertEquals(await call(sandbox, "PUT", `${path}/script`, script), {
    status: 200,
    body: { ...order, status: "ERRORED", totalCost: 0 },
  });
  const fulfilled = { localNumbers: ["12135550142"] };
  assertEquals(await call(sandbox, "PATCH", path, { fulfilled }), {
    status: 200,
    body: {
      ...order,
      status: "ERRORED",
      totalCost: 0,
      localNumbers: {
        ...order.localNumbers,
        fulfilled: fulfilled.localNumbers,
      },
    },
  });
  const gone = { status: 204, body: "" };
  assertEquals(await call(sandbox, "DELETE", path), gone);
  const missing = {
    status: 404,
    body: { error: "there is no order 1642251003" },
  };
  assertEquals(await call(sandbox, "DELETE", path), missing);
  assertEquals(await call(sandbox, "PATCH", path, {}), missing);
  assertEquals(await call(sandbox, "PUT", `${path}/script`, []), missing);
});

sandboxTest("faults by hand", async (sandbox) => {
  const fault = { kind: "status", status: 503, order: "5", count: 2 };
  assertEquals(await call(sandbox, "POST", "/faults", fault), {
    status: 201,
    body: [fault],
  });
  const response = await ask(sandbox, "5");
  await response.body?.cancel();
  assertEquals(response.status, 503);
  assertEquals(await call(sandbox, "GET", "/faults"), {
    status: 200,
    body: [{ ...fault, count: 1 }],
  });
  await call(sandbox, "DELETE", "/faults");
  assertEquals(sandbox.faults.list(), []);
});

sandboxTest("requests by hand", async (sandbox) => {
  for (const id of ["1", "2", "1"]) {
    await (await ask(sandbox, id)).body?.cancel();
  }
  const { status, body } = await call(sandbox, "GET", "/requests?order=1");
  assertEquals([status, body.count, body.smallestGap], [200, 3, 0]);
  assertEquals(body.requests.length, 2);
  const other = await call(sandbox, "GET", "/requests?order=2");
  assertEquals(other.body.smallestGap, null);
  await call(sandbox, "DELETE", "/requests");
  const { body: none } = await call(sandbox, "GET", "/requests");
  assertEquals(none, { count: 0, smallestGap: null, requests: [] });
}, { requestNow: () => 0 });

sandboxTest("it says how to use it", async ({ url }) => {
  const response = await fetch(`${url}/sandbox`);
  const type = response.headers.get("content-type") ?? "";
  assertStringIncludes(type, "text/plain");
  assertStringIncludes(await response.text(), `GET    ${url}/sandbox/orders`);
});

sandboxTest("a path that is not known is told", async (sandbox) => {
  assertEquals(await call(sandbox, "POST", "/order", "x"), {
    status: 404,
    body: { error: "POST /sandbox/order is not known: see GET /sandbox" },
  });
});

const step = { after: 0, status: "NEW" };
const BAD_INPUT: [string, unknown, string][] = [
  ["/orders", "{", "the body is not JSON"],
  ["/orders", [], "the order: must be an object"],
  ["/orders", { order: 1 }, "the order: order is not one of id, localN"],
  ["/orders", { id: 5 }, "id: must be a text of digits, from 1 to 2^63 - 1"],
  ["/orders", { visibleAfter: -1 }, "visibleAfter: must be a number from 0"],
  ["/orders", { created: "now" }, "created: must be a date and time"],
  ["/orders", { keywords: {} }, "keywords: ordered is missing"],
  ["/orders", { keywords: { ordered: 1.5 } }, "keywords.ordered: must be a w"],
  ["/orders", { keywords: { ordered: 1e6 } }, "keywords: 1000000 ordered; "],
  ["/orders", { keywords: { ordered: 1, wanted: ["a b"] } }, "wanted[0]: must"],
  ["/orders", { script: step }, "script: must be a list"],
  ["/orders", { script: [{ after: 1 }] }, "script[0]: status is missing"],
  ["/orders", { script: [{ ...step, status: 1 }] }, "status: must be a text"],
  ["/orders", { script: [{ ...step, totalCost: null }] }, "totalCost: must"],
  ["/orders", { script: [{ ...step, fulfilled: [] }] }, "must be an object"],
  [
    "/orders",
    { script: [{ ...step, fulfilled: { keywords: ["A"] } }] },
    "the order has no keywords",
  ],
  ["/faults", {}, "kind: must be one of none, status, cut, reset, drip, "],
  ["/faults", { kind: "constructor" }, "kind: must be one of none, "],
  ["/faults", { kind: "cut" }, "the fault: at is missing"],
  ["/faults", { kind: "status", status: 199 }, "status: must be a whole num"],
  ["/faults", { kind: "none", delay: 3e9 }, "delay: must be a number from 0"],
  ["/faults", { kind: "hang", count: 0 }, "count: must be a whole number from"],
  ["/faults", { kind: "hang", at: 1 }, "the fault: at is not one of kind, c"],
  ["/faults", { kind: "redirect", location: "/\n" }, "location: must be a te"],
  ["/faults", { kind: "body" }, "the fault: body or base64 is needed"],
  ["/faults", { kind: "body", base64: "?" }, "base64: must be base64"],
];

sandboxTest("input that is not understood is refused", async (sandbox) => {
  for (const [path, input, error] of BAD_INPUT) {
    const { status, body } = await call(sandbox, "POST", path, input);
    assertStringIncludes(body.error, error);
    assertEquals(status, 400);
  }
  assertEquals([sandbox.orders.size, sandbox.faults.list()], [0, []]);
});
