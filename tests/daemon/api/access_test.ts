import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { wantToken } from "../../../daemon/api/middleware.ts";
import { RawConnection } from "./raw_connection.ts";
import { type ApiSetup, apiTest, type CallInit } from "./testing.ts";

const TOKEN = "correct-horse_battery.staple~0+/=";

/** Every route that wants a token. */
const PROTECTED: [string, string, CallInit?][] = [
  ["PUT", "/v1/orders/7"],
  ["POST", "/v1/orders", { body: { orders: [{ id: "8" }] } }],
  ["GET", "/v1/orders"],
  ["GET", "/v1/orders/7"],
  ["GET", "/v1/orders/7/history"],
  ["GET", "/v1/summary"],
  ["HEAD", "/v1/events"],
  ["DELETE", "/v1/orders/7"],
];

apiTest("with a token, all of /v1 wants it", async ({ call }) => {
  for (
    const authorization of [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Bearer ${TOKEN.slice(0, -1)}`,
      `Bearer ${TOKEN}=`,
      `Bearer ${TOKEN.toUpperCase()}`,
      `Bearer ${TOKEN} ${TOKEN}`,
      `Basic ${btoa(`user:${TOKEN}`)}`,
      `Bearer\u00e9 ${TOKEN}`,
      TOKEN,
    ]
  ) {
    const headers = authorization === undefined ? {} : { authorization };
    for (const [method, path, init] of PROTECTED) {
      const response = await call(method, path, {
        ...init,
        headers: headers as Record<string, string>,
      });
      assertEquals(response.status, 401, `${method} ${path} ${authorization}`);
      const challenge = response.headers.get("WWW-Authenticate") ?? "";
      assertStringIncludes(challenge, "Bearer ");
      assert(!(await response.text()).includes(TOKEN.slice(0, -1)));
    }
  }
}, { token: TOKEN });

apiTest("the right token opens all of /v1", async ({ call }) => {
  for (const authorization of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`]) {
    for (const [method, path, init] of PROTECTED) {
      const response = await call(method, path, {
        ...init,
        headers: { authorization },
      });
      assert(response.ok, `${method} ${path}: ${response.status}`);
      await response.body?.cancel();
    }
  }
}, { token: TOKEN });

apiTest("what is not there is not told without the token", async (setup) => {
  for (const path of ["/v1/nothing", "/v1/orders/7/nothing", "/v1/"]) {
    const response = await setup.call("GET", path);
    assertEquals(response.status, 401, path);
    await response.body?.cancel();
  }
}, { token: TOKEN });

apiTest("outside /v1 no token is wanted", async ({ call, url }) => {
  for (const path of ["/metrics", "/-/healthy", "/-/ready", "/openapi.json"]) {
    const response = await call("GET", path);
    assertEquals(response.status, 200, path);
    assert(!(await response.text()).includes(TOKEN), path);
  }
  const page = await fetch(`${url}/`);
  assertEquals(await page.text(), "the page");
  const { headers } = page;
  // What the page says of itself stands.
  assertEquals(headers.get("Content-Security-Policy"), "default-src 'self'");
  assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
}, {
  token: TOKEN,
  page: new Hono().get("/", (c) => {
    c.header("Content-Security-Policy", "default-src 'self'");
    return c.text("the page");
  }),
});

apiTest("the document says where a token is wanted", async ({ json }) => {
  const document = await json("GET", "/openapi.json");
  assertEquals(document.security, [{ bearer: [] }]);
  assertEquals(document.components.securitySchemes.bearer.scheme, "bearer");
  assertEquals(document.paths["/metrics"].get.security, []);
  assertEquals(document.paths["/v1/orders"].get.security, undefined);
}, { token: TOKEN });

Deno.test("a token is compared in a time that tells nothing of it", () => {
  // Too small a difference to be measured here: it is what Hono says it does.
  assertStringIncludes(String(wantToken), "bearerAuth(");
  assertStringIncludes(String(bearerAuth), "timingSafeEqual(");
});

/** Asks with any `Host`. */
async function askHost(
  { url }: ApiSetup,
  firstLine: string,
  host: string,
): Promise<string> {
  using connection = await RawConnection.request(
    url,
    `${firstLine} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: close",
  );
  return await connection.readAll();
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

apiTest("only the hosts that are allowed are served", async (setup) => {
  for (
    const host of ["localhost", "LOCALHOST:80", "127.0.0.1:9837", "[::1]:1"]
  ) {
    const text = await askHost(setup, "PUT /v1/orders/7", host);
    assert(/^HTTP\/1.1 20[01] /.test(text), `${host}: ${text}`);
  }
  for (
    const host of [
      "evil.example",
      "evil.example:9837",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "127.0.0.2",
      "[::2]",
      'a b"<>',
    ]
  ) {
    for (const path of ["/v1/orders", "/metrics", "/-/ready", "/"]) {
      const text = await askHost(setup, `GET ${path}`, host);
      assertStringIncludes(text, "HTTP/1.1 421 ");
      assertStringIncludes(text, '"code":"host_not_allowed"');
    }
  }
}, { allowedHosts: LOOPBACK });

apiTest("a host is not served for one like it that was", async (setup) => {
  for (const host of ["localhost", "localhost:98"]) {
    const text = await askHost(setup, "PUT /v1/orders/7", host);
    assert(/^HTTP\/1.1 20[01] /.test(text), `${host}: ${text}`);
    for (const more of ["s", "37@evil.example", ".evil.example"]) {
      const text = await askHost(setup, "GET /v1/orders", host + more);
      assert(!text.includes("HTTP/1.1 200 "), `${host + more}: ${text}`);
    }
  }
}, { allowedHosts: LOOPBACK });

apiTest("any host is served unless hosts are named", async (setup) => {
  const text = await askHost(setup, "GET /v1/orders", "orders.example");
  assertStringIncludes(text, "HTTP/1.1 200 ");
});

apiTest("a page of another site can change nothing", async (setup) => {
  const { call, json } = setup;
  const body = JSON.stringify({ orders: [{ id: "7" }] });
  // What a form, or a script without the server's leave, may send.
  for (
    const type of [
      undefined,
      "text/plain",
      "text/plain; application/json",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=a",
    ]
  ) {
    const response = await fetch(`${setup.url}/v1/orders`, {
      method: "POST",
      body: new TextEncoder().encode(body),
      headers: { ...(type && { "Content-Type": type }) },
    });
    await setup.checks.checkResponse("POST", "/v1/orders", response);
    assertEquals(response.status, 415, type);
    await response.body?.cancel();
  }
  // For anything else a browser asks first, and is given no leave.
  const preflight = await call("OPTIONS", "/v1/orders/7", {
    headers: {
      "Origin": "https://evil.example",
      "Access-Control-Request-Method": "PUT",
    },
  });
  assertEquals(preflight.status, 405);
  const response = await call("GET", "/v1/orders", {
    headers: { Origin: "https://evil.example" },
  });
  for (const { headers } of [preflight, response]) {
    const names = [...headers.keys()].filter((name) =>
      name.startsWith("access-control")
    );
    assertEquals(names, []);
    assertEquals(headers.get("Cross-Origin-Resource-Policy"), "same-origin");
  }
  await preflight.body?.cancel();
  await response.body?.cancel();
  assertEquals((await json("GET", "/v1/orders")).items, []);
});
