import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PROBLEM_CODES } from "../../../daemon/api/problem.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import { HeldBodies } from "../../helpers/api/held_bodies.ts";
import {
  type ApiSetup,
  apiTest,
  type CallInit,
} from "../../helpers/api/testing.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

const WEBHOOK = { body: { url: "https://example.com/webhooks" } };

interface Case {
  method: string;
  path: string;
  init?: CallInit;
  /** What has to go wrong first. */
  before?: (setup: ApiSetup) => unknown;
  status: number;
  detail: string;
}

/** A request for each kind of problem. */
const CASES: Record<string, Case> = {
  invalid_request: {
    method: "GET",
    path: "/v1/orders/abc",
    status: 400,
    detail: "path.id: Cannot get order 'abc': an order id is a whole number " +
      "from 1 to 9223372036854775807",
  },
  invalid_json: {
    method: "PUT",
    path: "/v1/orders/7",
    init: { body: '{"label": "a', headers: JSON_TYPE },
    status: 400,
    detail: "Cannot read the body as JSON",
  },
  unauthorized: {
    method: "GET",
    path: "/v1/orders",
    init: { headers: { authorization: "" } },
    status: 401,
    detail: "Cannot serve this without a valid token: send the header " +
      "Authorization: Bearer, with the API_TOKEN of the daemon",
  },
  origin_not_allowed: {
    method: "DELETE",
    path: "/v1/orders/7",
    init: { headers: { Origin: "https://evil.example" } },
    status: 403,
    detail: "Cannot DELETE for a web page of another origin ('Origin: " +
      "https://evil.example'): open the daemon's own page; a proxy before it " +
      "must pass the Host header on, with its port",
  },
  order_not_found: {
    method: "GET",
    path: "/v1/orders/007",
    status: 404,
    detail: "Order 7 is not watched: PUT /v1/orders/7 begins to watch it",
  },
  route_not_found: {
    method: "GET",
    path: "/v1/order/7?label=secret",
    status: 404,
    detail: "There is nothing at '/v1/order/7': see /openapi.json",
  },
  webhook_not_found: {
    method: "GET",
    path: "/v1/webhooks/wh_1",
    status: 404,
    detail: "There is no webhook 'wh_1': GET /v1/webhooks lists them",
  },
  webhooks_off: {
    method: "GET",
    path: "/v1/webhooks",
    status: 404,
    detail: "webhooks are off in this test",
  },
  method_not_allowed: {
    method: "PATCH",
    path: "/v1/orders/7",
    status: 405,
    detail: "Cannot PATCH '/v1/orders/7': its methods are PUT, DELETE, GET, " +
      "HEAD",
  },
  body_too_slow: {
    method: "POST",
    path: "/v1/orders",
    before: ({ clock }) => {
      const { setTimer } = clock;
      clock.setTimer = (callback, delay) => {
        if (delay !== 30_000) return setTimer.call(clock, callback, delay);
        callback();
        return () => {};
      };
    },
    init: { body: "{}", headers: JSON_TYPE },
    status: 408,
    detail:
      "Cannot wait for a body for more than 30 seconds: send it faster, " +
      "or fewer orders at once",
  },
  too_many_webhooks: {
    method: "POST",
    path: "/v1/webhooks",
    before: async ({ call }) => {
      for (let count = 0; count < 100; count++) {
        const { body } = await call("POST", "/v1/webhooks", WEBHOOK);
        await body?.cancel();
      }
    },
    init: WEBHOOK,
    status: 409,
    detail: "Cannot register more than 100 endpoints: delete one",
  },
  unknown_event: {
    method: "GET",
    path: "/v1/events?lastEventId=1",
    status: 409,
    detail: "Cannot go on after event 1: this database does not have it; it " +
      "was restored from a backup since, or is another one. Read how orders " +
      "stand from GET /v1/orders, and connect without Last-Event-ID, or with " +
      "0 to get all events again",
  },
  body_too_large: {
    method: "POST",
    path: "/v1/orders",
    init: { body: " ".repeat(10 * 1024 * 1024 + 1), headers: JSON_TYPE },
    status: 413,
    detail: "Cannot read a body of more than 10485760 bytes: send fewer " +
      "orders at once",
  },
  unsupported_media_type: {
    method: "PUT",
    path: "/v1/orders/7",
    init: { body: "label=a", headers: { "Content-Type": "text/plain" } },
    status: 415,
    detail: "Cannot read a body of 'text/plain': send application/json",
  },
  host_not_allowed: {
    method: "GET",
    path: "/-/healthy",
    status: 421,
    detail: "Cannot serve the host '127.0.0.1': ask for localhost, or have " +
      "the daemon started with an API_TOKEN",
  },
  internal_error: {
    method: "GET",
    path: "/v1/orders",
    before: ({ store }) =>
      store.list = () => Promise.reject(new Error("a secret of the daemon")),
    status: 500,
    detail: "Cannot answer: the daemon failed; its log says why, by the " +
      "request's id",
  },
  overloaded: {
    method: "POST",
    path: "/v1/orders",
    before: ({ url }) => HeldBodies.hold(url),
    init: { body: { orders: [{ id: "7" }] } },
    status: 503,
    detail: "Cannot read this body now: the daemon reads as many as it can; " +
      "send it again soon",
  },
  not_ready: {
    method: "GET",
    path: "/-/ready",
    before: ({ core }) => core.health.isStopping = true,
    status: 503,
    detail: "The daemon is stopping.",
  },
  not_working: {
    method: "GET",
    path: "/-/working",
    before: ({ core }) => core.health.isStopping = true,
    status: 503,
    detail: "The daemon is stopping.",
  },
  shutting_down: {
    method: "GET",
    path: "/v1/orders",
    before: ({ stop }) => stop(),
    status: 503,
    detail: "Cannot serve this any more: the daemon is stopping; try again " +
      "soon",
  },
  store_unavailable: {
    method: "GET",
    path: "/v1/orders/7",
    before: ({ store }) =>
      store.find = () => Promise.reject(new StoreError("The disk is full")),
    status: 503,
    detail: "The disk is full",
  },
};

for (const [code, { method, path, init, ...rest }] of Object.entries(CASES)) {
  apiTest(`a problem is told of: ${code}`, async (setup) => {
    const held = await rest.before?.(setup);
    const response = await setup.call(method, path, init);
    assertEquals(response.status, rest.status);
    const problem = await response.json();
    assertEquals(problem.code, code);
    assertEquals(problem.type, `urn:callfire-orders:problem:${code}`);
    assertEquals(problem.detail, rest.detail);
    const isFailure = ["internal_error", "store_unavailable"].includes(code);
    assertEquals(setup.failures.length, isFailure ? 1 : 0);
    if (held instanceof HeldBodies) held[Symbol.dispose]();
  }, {
    token: code === "unauthorized" ? "a-token" : undefined,
    allowedHosts: code === "host_not_allowed" ? ["localhost"] : null,
    ...["webhook_not_found", "too_many_webhooks"].includes(code) &&
      { webhookHosts: "example.com" },
  });
}

Deno.test("there is a test for every kind of problem", () => {
  assertEquals(Object.keys(CASES), PROBLEM_CODES);
});

apiTest(
  "a failure is logged with the request's id, and not told",
  async (setup) => {
    const { call, failures, store } = setup;
    const error = new Error("a secret of the daemon");
    store.history = () => Promise.reject(error);
    const response = await call("GET", "/v1/orders/7/history?a=b", {
      headers: { "X-Request-Id": "request-7" },
    });
    assertEquals(response.headers.get("X-Request-Id"), "request-7");
    const text = await response.text();
    assert(!text.includes("secret"), text);
    assertStringIncludes(text, "urn:callfire-orders:request:request-7");
    assertEquals(failures, [{
      error,
      request: {
        method: "GET",
        path: "/v1/orders/7/history",
        requestId: "request-7",
      },
    }]);
  },
);

apiTest("a store that fails is told of by every route", async (setup) => {
  const { call, json, store, watch } = setup;
  await watch("7");
  await store.close();
  for (
    const [method, path, body] of [
      ["PUT", "/v1/orders/8"],
      ["PUT", "/v1/orders/7"],
      ["POST", "/v1/orders", { orders: [{ id: "8" }] }],
      ["DELETE", "/v1/orders/7"],
      ["GET", "/v1/orders"],
      ["GET", "/v1/orders/8"],
      ["GET", "/v1/orders/8?wait=1"],
      ["GET", "/v1/orders/7/history"],
      ["GET", "/v1/events"],
      ["GET", "/v1/summary"],
    ] as const
  ) {
    const response = await call(method, path, body && { body });
    assertEquals(response.status, 503, `${method} ${path}`);
    assertEquals((await response.json()).code, "store_unavailable");
  }
  // What is watched can be told of nevertheless.
  assertEquals((await json("GET", "/v1/orders/7")).id, "7");
}, { isPolling: false });

apiTest("callers who are refused together do not return together", async (
  { call, clock, stop },
) => {
  stop();
  clock.chances = [0, 0.5, 0.999_999];
  const waits: (string | null)[] = [];
  for (let callers = 0; callers < 3; callers++) {
    const response = await call("GET", "/v1/orders");
    waits.push(response.headers.get("Retry-After"));
    await response.body?.cancel();
  }
  assertEquals(waits, ["2", "5", "8"]);
}, { isPolling: false });
