import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { requireToken } from "../../../daemon/api/middleware.ts";
import { RawConnection } from "../../helpers/api/raw_connection.ts";
import {
  type ApiSetup,
  apiTest,
  type CallInit,
} from "../../helpers/api/testing.ts";

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
  assertStringIncludes(String(requireToken), "bearerAuth(");
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
    const host of [
      "localhost",
      "LOCALHOST:80",
      "localhost.:9837",
      "127.0.0.1:9837",
      "[::1]:1",
    ]
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
      "localhost..",
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

apiTest(
  "a cross-origin request that may change something is refused",
  async (setup) => {
    const { call, json, url, watch } = setup;
    await watch("7");
    const { host, port } = new URL(url);
    const unsafe: [string, string][] = [
      ["PUT", "/v1/orders/8"],
      ["POST", "/v1/orders"],
      ["DELETE", "/v1/orders/7"],
      ["POST", "/v1/webhooks"],
      ["POST", "/v1/webhooks/wh_1/rotate"],
      ["POST", "/v1/webhooks/wh_1/test"],
      ["POST", "/v1/webhooks/wh_1/resume"],
      ["PATCH", "/v1/orders/7"],
      ["POST", "/-/ready"],
      ["POST", "/nothing"],
    ];
    const foreign: Record<string, string>[] = [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "" },
      { "Sec-Fetch-Site": "cross-site", Origin: url },
      { Origin: "https://evil.example" },
      { Origin: `http://127.0.0.1:${Number(port) ^ 1}` },
      { Origin: `http://localhost:${port}` },
      { Origin: `http://${host}.evil.example` },
      { Origin: "null" },
      { Origin: "" },
      { Origin: `${url}, https://evil.example` },
    ];
    for (const headers of foreign) {
      for (const [method, path] of unsafe) {
        const what = `${method} ${path} ${JSON.stringify(headers)}`;
        const response = await call(method, path, {
          headers: { "Content-Type": "application/json", ...headers },
          ...method !== "DELETE" && { body: { orders: [{ id: "8" }] } },
        });
        assertEquals(response.status, 403, what);
        assertEquals((await response.json()).code, "origin_not_allowed", what);
      }
      const read = await call("GET", "/v1/orders/7", { headers });
      assertEquals((await read.json()).id, "7");
    }
    const { items } = await json("GET", "/v1/orders");
    assertEquals(items.map(({ id }: { id: string }) => id), ["7"]);
  },
  { webhookHosts: "example.com" },
);

apiTest("the token opens nothing to another origin", async ({ call }) => {
  for (const token of [TOKEN, "wrong"]) {
    const response = await call("PUT", "/v1/orders/7", {
      headers: {
        authorization: `Bearer ${token}`,
        Origin: "https://evil.example",
      },
    });
    assertEquals((await response.json()).code, "origin_not_allowed");
  }
}, { token: TOKEN });

apiTest("what comes from the daemon's own page is served", async (setup) => {
  for (
    const [host, ...headers] of [
      ["127.0.0.1:9837", "Sec-Fetch-Site: same-origin"],
      ["127.0.0.1:9837", "Sec-Fetch-Site: none"],
      // A proxy may say another Host.
      [
        "127.0.0.1:9837",
        "Sec-Fetch-Site: same-origin",
        "Origin: https://orders.example",
      ],
      ["orders.example:8080", "Origin: http://orders.example:8080"],
      ["ORDERS.example", "Origin: http://orders.example"],
      ["orders.example:80", "Origin: http://orders.example"],
      // TLS ends at a proxy.
      ["orders.example", "Origin: https://orders.example"],
      ["orders.example:443", "Origin: https://orders.example"],
      ["[::1]:9837", "Origin: http://[::1]:9837"],
      ["orders.example"],
    ]
  ) {
    using connection = await RawConnection.request(
      setup.url,
      "PUT /v1/orders/7 HTTP/1.1",
      `Host: ${host}`,
      ...headers,
      "Connection: close",
    );
    const text = await connection.readAll();
    assert(/^HTTP\/1.1 20[01] /.test(text), `${host} ${headers}: ${text}`);
  }
});
