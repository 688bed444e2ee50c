import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PROBLEM_CODES } from "../../../daemon/api/problem.ts";
import { StoreError } from "../../../daemon/watch/store.ts";
import { until } from "../../sandbox/testing.ts";
import { type ApiSetup, apiTest, type CallInit } from "./testing.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

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
  method_not_allowed: {
    method: "PATCH",
    path: "/v1/orders/7",
    status: 405,
    detail: "Cannot PATCH '/v1/orders/7': its methods are PUT, DELETE, GET, " +
      "HEAD",
  },
  unknown_event: {
    method: "GET",
    path: "/v1/events?lastEventId=1",
    status: 409,
    detail: "Cannot go on after event 1: the last one is 0, so that one was " +
      "of another database; read GET /v1/orders, and connect without " +
      "Last-Event-ID",
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
  not_ready: {
    method: "GET",
    path: "/-/ready",
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
    await rest.before?.(setup);
    const response = await setup.call(method, path, init);
    assertEquals(response.status, rest.status);
    const problem = await response.json();
    assertEquals(problem.code, code);
    assertEquals(problem.type, `urn:callfire-orders:problem:${code}`);
    assertEquals(problem.detail, rest.detail);
    const isFailure = ["internal_error", "store_unavailable"].includes(code);
    assertEquals(setup.failures.length, isFailure ? 1 : 0);
  }, {
    token: code === "unauthorized" ? "a-token" : undefined,
    allowedHosts: code === "host_not_allowed" ? ["localhost"] : null,
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

apiTest("a request's id is taken if it is harmless", async ({ call }) => {
  const idOf = async (id: string) => {
    const response = await call("GET", "/-/healthy", {
      headers: { "X-Request-Id": id },
    });
    await response.body?.cancel();
    return response.headers.get("X-Request-Id");
  };
  for (const id of ["a", "4bf92f35-77b3", "a_b=", "x".repeat(255)]) {
    assertEquals(await idOf(id), id);
  }
  const made = new Set<string | null>();
  for (const id of ["", "a b", "a;b", "<a>", "é", "x".repeat(256), "a/b"]) {
    made.add(await idOf(id));
    assert(!made.has(id), id);
  }
  assertEquals(made.size, 7);
});

apiTest("405 names the methods that there are", async ({ call }) => {
  for (
    const [method, path, allow] of [
      ["POST", "/v1/orders/7", "PUT, DELETE, GET, HEAD"],
      ["OPTIONS", "/v1/orders", "POST, GET, HEAD"],
      ["DELETE", "/v1/orders/7/history", "GET, HEAD"],
      ["POST", "/v1/events", "GET, HEAD"],
      ["PUT", "/metrics", "GET, HEAD"],
      ["POST", "/-/ready", "GET, HEAD"],
    ] as const
  ) {
    const response = await call(method, path);
    assertEquals(response.status, 405, `${method} ${path}`);
    assertEquals(response.headers.get("Allow"), allow);
    await response.body?.cancel();
  }
});

apiTest("what is nowhere is not found, whatever the method", async (setup) => {
  for (
    const path of [
      "/",
      "/nothing",
      "/v1",
      "/v1/",
      "/v1/orders/",
      "/v1/orders/7/",
      "/v1/orders/7/nothing",
      "//v1/orders",
      "/V1/orders",
      "/v1/orders%2F7",
      "/-/",
      "/__proto__",
    ]
  ) {
    for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
      const response = await setup.call(method, path);
      assertEquals(response.status, 404, `${method} ${path}`);
      await response.body?.cancel();
    }
  }
});

apiTest("every answer has headers that keep browsers safe", async (setup) => {
  const { call } = setup;
  for (const path of ["/v1/orders", "/v1/orders/a", "/metrics", "/nothing"]) {
    const { body, headers } = await call("GET", path);
    await body?.cancel();
    assertEquals(
      headers.get("Content-Security-Policy"),
      "default-src 'none'; frame-ancestors 'none'",
    );
    assertEquals(headers.get("Cross-Origin-Resource-Policy"), "same-origin");
    assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
    assertEquals(headers.get("Cache-Control"), "no-store");
  }
});

/** Begins a request, and goes on once the daemon reads its body. */
async function startBody(
  { url }: ApiSetup,
  method: string,
  path: string,
  header: string,
): Promise<Deno.Conn> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await write(
    connection,
    `${method} ${path} HTTP/1.1\r\nHost: ${hostname}\r\n` +
      "Content-Type: application/json\r\nExpect: 100-continue\r\n" +
      `${header}\r\n\r\n`,
  );
  assertStringIncludes(await readSome(connection), "HTTP/1.1 100 ");
  return connection;
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) {
    sent += await connection.write(bytes.subarray(sent));
  }
}

async function readSome(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  const length = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length));
}

apiTest("a body in pieces may be no larger than others", async (setup) => {
  using connection = await startBody(
    setup,
    "POST",
    "/v1/orders",
    "Transfer-Encoding: chunked",
  );
  // One byte more than is read, and no end.
  const piece = `100000\r\n${" ".repeat(0x100000)}\r\n`;
  await write(connection, `${piece.repeat(10)}1\r\n \r\n`);
  const answer = await readSome(connection);
  assertStringIncludes(answer, "HTTP/1.1 413 ");
  assertStringIncludes(answer, '"code":"body_too_large"');
});

apiTest("a body in pieces is read as any other", async (setup) => {
  using connection = await startBody(
    setup,
    "PUT",
    "/v1/orders/7",
    "Transfer-Encoding: chunked",
  );
  await write(connection, '9\r\n{"label":\r\n4\r\n"a"}\r\n0\r\n\r\n');
  assertStringIncludes(await readSome(connection), '"label":"a"');
});

apiTest("a body that breaks off is nobody's failure", async (setup) => {
  const { core, failures } = setup;
  const statuses: number[] = [];
  const { requested } = core.metrics;
  core.metrics.requested = (request) => {
    statuses.push(request.status);
    requested.call(core.metrics, request);
  };
  for (
    const [header, body] of [
      ["Content-Length: 100", '{"label":'],
      ["Transfer-Encoding: chunked", '9\r\n{"label":\r\n'],
      ["Transfer-Encoding: chunked", "no size\r\n"],
    ] as const
  ) {
    using connection = await startBody(setup, "PUT", "/v1/orders/7", header);
    await write(connection, body);
  }
  await until(() => statuses.length === 3);
  assertEquals([statuses, failures], [[400, 400, 400], []]);
});
