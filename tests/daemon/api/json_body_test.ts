import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { until } from "../../sandbox/testing.ts";
import { HeldBodies } from "../../helpers/api/held_bodies.ts";
import { RawConnection } from "../../helpers/api/raw_connection.ts";
import {
  type ApiSetup,
  apiTest,
  listAnswers,
} from "../../helpers/api/testing.ts";

/** Begins a request, and goes on once the daemon reads its body. */
async function startBody(
  { url }: ApiSetup,
  firstLine: string,
  header: string,
): Promise<RawConnection> {
  const connection = await RawConnection.request(
    url,
    firstLine,
    "Content-Type: application/json",
    "Expect: 100-continue",
    header,
  );
  assertStringIncludes(await connection.read(), "HTTP/1.1 100 ");
  return connection;
}

apiTest("a body in pieces may be no larger than others", async (setup) => {
  using connection = await startBody(
    setup,
    "POST /v1/orders HTTP/1.1",
    "Transfer-Encoding: chunked",
  );
  // One byte more than is read, and no end.
  const piece = `100000\r\n${" ".repeat(0x100000)}\r\n`;
  await connection.write(`${piece.repeat(10)}1\r\n \r\n`);
  const answer = await connection.read();
  assertStringIncludes(answer, "HTTP/1.1 413 ");
  assertStringIncludes(answer, '"code":"body_too_large"');
});

apiTest("a body in pieces is read as any other", async (setup) => {
  using connection = await startBody(
    setup,
    "PUT /v1/orders/7 HTTP/1.1",
    "Transfer-Encoding: chunked",
  );
  await connection.write('9\r\n{"label":\r\n4\r\n"a"}\r\n0\r\n\r\n');
  assertStringIncludes(await connection.read(), '"label":"a"');
});

apiTest("a body that takes too long is not waited for", async (setup) => {
  const { clock } = setup;
  for (
    const [header, body] of [
      ["Content-Length: 100", '{"label":'],
      ["Transfer-Encoding: chunked", '9\r\n{"label":\r\n'],
    ] as const
  ) {
    const pending = clock.pending;
    const firstLine = "PUT /v1/orders/7 HTTP/1.1";
    using connection = await startBody(setup, firstLine, header);
    await connection.write(body);
    assertEquals(clock.pending, pending + 1);
    await clock.advance(29_999);
    await connection.write(" ");
    await clock.advance(1);
    const answer = await connection.read();
    assertStringIncludes(answer, "HTTP/1.1 408 ");
    assertStringIncludes(answer, "\r\nconnection: close\r\n");
    assertStringIncludes(answer, '"code":"body_too_slow"');
    assertEquals(clock.pending, pending);
  }
  assertEquals(setup.failures, []);
}, { isPolling: false });

apiTest("a body that breaks off is nobody's failure", async (setup) => {
  const answers = listAnswers(setup);
  for (
    const [header, body] of [
      ["Content-Length: 100", '{"label":'],
      ["Transfer-Encoding: chunked", '9\r\n{"label":\r\n'],
      ["Transfer-Encoding: chunked", "no size\r\n"],
    ] as const
  ) {
    const firstLine = "PUT /v1/orders/7 HTTP/1.1";
    using connection = await startBody(setup, firstLine, header);
    await connection.write(body);
  }
  await until(() => answers.length === 3);
  assertEquals(answers.map(({ status }) => status), [400, 400, 400]);
  assertEquals(setup.failures, []);
});

/** Bodies of nothing, as clients send them. */
const EMPTY_BODIES = [
  ["Content-Type: application/json"],
  ["Content-Type: application/json", "Content-Length: 0"],
  ["Content-Type: application/json; charset=utf-8", "Content-Length: 0"],
  ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 0"],
  ["Content-Type: application/json", "Transfer-Encoding: chunked"],
  ["Content-Length: 0"],
  [],
];

/** Sends a request with an empty body, and reads the whole response. */
async function sendEmpty(
  { url }: ApiSetup,
  firstLine: string,
  headers: readonly string[],
): Promise<string> {
  using connection = await RawConnection.request(
    url,
    `${firstLine} HTTP/1.1`,
    ...headers,
    "Connection: close",
  );
  const isChunked = headers.some((header) => header.endsWith("chunked"));
  if (isChunked) await connection.write("0\r\n\r\n");
  return await connection.readAll();
}

apiTest("an empty body counts as none, whatever its type", async (setup) => {
  const url = "https://example.com/webhooks";
  const { id } = await setup.json("POST", "/v1/webhooks", { body: { url } });
  for (const headers of EMPTY_BODIES) {
    for (
      const line of ["PUT /v1/orders/7", `POST /v1/webhooks/${id}/resume`]
    ) {
      const text = await sendEmpty(setup, line, headers);
      assertMatch(text, /^HTTP\/1.1 20[01] /, `${line} ${headers}`);
    }
    for (const line of ["POST /v1/orders", "POST /v1/webhooks"]) {
      const text = await sendEmpty(setup, line, headers);
      assertStringIncludes(text, "HTTP/1.1 400 ");
      assertStringIncludes(
        text,
        '"detail":"Cannot read the body as JSON: there is none"',
      );
    }
  }
}, { webhookHosts: "example.com", isPolling: false });

apiTest("a body of another type is refused before it is read", async (
  { url },
) => {
  for (const length of ["Content-Length: 100", "Transfer-Encoding: chunked"]) {
    using connection = await RawConnection.request(
      url,
      "PUT /v1/orders/7 HTTP/1.1",
      "Content-Type: text/plain",
      "Expect: 100-continue",
      length,
    );
    assertStringIncludes(await connection.read(), "HTTP/1.1 415 ");
  }
}, { isPolling: false });

/** Sends a body as it is; answers with the code of the problem. */
async function codeOf(
  { call }: ApiSetup,
  body: string | Uint8Array<ArrayBuffer>,
  path = "/v1/orders",
): Promise<{ code: string; detail: string }> {
  const { url } = await call("GET", "/-/healthy");
  const response = await fetch(new URL(path, url), {
    method: path === "/v1/orders" ? "POST" : "PUT",
    body,
    headers: { "Content-Type": "application/json" },
  });
  return await response.json();
}

apiTest("JSON that is costly to parse is refused before", async (setup) => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const order = '{"id":"7"},';
  for (
    const [body, message] of [
      [`{"orders":${deep(32)}}`, "it is nested more than 32 levels deep"],
      ["[".repeat(1e6), "it is nested more than 32 levels deep"],
      ['{"a":'.repeat(40), "it is nested more than 32 levels deep"],
      [`[${"0,".repeat(1e5)}0]`, "it has more than 100000 keys and values"],
      [order.repeat(1e5), "it has more than 100000 keys and values"],
      ["1".repeat(1e6), `the number ${"1".repeat(41)}… is too long`],
    ] as const
  ) {
    const { code, detail } = await codeOf(setup, body);
    assertEquals([code, detail], ["invalid_request", `body: ${message}`]);
  }
  // What stands in a string is text.
  const label = `\\"${"[{,:1.5".repeat(20)}`;
  const { detail } = await codeOf(
    setup,
    `{"label":"${label}"}`,
    "/v1/orders/7",
  );
  assertEquals(detail, undefined);
  assertMatch(
    (await codeOf(setup, `{"orders":${deep(31)}}`)).detail,
    /^body\.orders\[0\]: .*expected object, received array/,
  );
}, { isPolling: false });

apiTest("a number that is not exact is refused", async (setup) => {
  for (
    const id of [
      "1.0000000000000000001",
      "9007199254740993",
      "1e400",
      "0.99999999999999999999",
    ]
  ) {
    assertEquals(
      (await codeOf(setup, `{"orders":[{"id":${id}}]}`)).detail,
      `body: the number ${id} is not exact: send it as a string`,
    );
  }
  for (const id of ["7", "7.0", "7.00", "0.7e1", "70E-1"]) {
    const answer = await codeOf(setup, `{"orders":[{"id":${id}}]}`);
    assertEquals(answer.detail, undefined, id);
  }
  const { items } = await setup.json("GET", "/v1/orders");
  assertEquals(items.map(({ id }: { id: string }) => id), ["7"]);
}, { isPolling: false });

apiTest("a body that is not UTF-8 is no JSON", async (setup) => {
  for (const byte of [0xff, 0xc3, 0x80]) {
    const body = new Uint8Array([...new TextEncoder().encode('{"label":"')])
      .values().toArray().concat(byte, 0x22, 0x7d);
    const { code } = await codeOf(setup, new Uint8Array(body), "/v1/orders/7");
    assertEquals(code, "invalid_json");
  }
}, { isPolling: false });

apiTest("a body of one order is smaller than one of many", async (setup) => {
  const label = " ".repeat(64 * 1024);
  const { code, detail } = await codeOf(setup, `{${label}}`, "/v1/orders/7");
  assertEquals(code, "body_too_large");
  assertEquals(detail, "Cannot read a body of more than 65536 bytes");
  assertEquals(
    (await codeOf(setup, `{"orders":[{"id":"7"}]${label}}`)).code,
    undefined,
  );
}, { isPolling: false });

apiTest("all bodies together have a limit, and give it back", async (setup) => {
  const body = { orders: [{ id: "7" }] };
  const held = await HeldBodies.hold(setup.url);
  const bulk = await setup.call("POST", "/v1/orders", { body });
  assertEquals(bulk.status, 503);
  assertEquals((await bulk.json()).code, "overloaded");
  assert(Number(bulk.headers.get("Retry-After")) > 0);
  // They keep no other body out.
  const { status } = await setup.call("PUT", "/v1/orders/8", {
    body: { label: "a" },
  });
  assertEquals(status, 201);
  held[Symbol.dispose]();
  while ((await setup.call("POST", "/v1/orders", { body })).status !== 200) {
    await new Promise((go) => setTimeout(go, 10));
  }
}, { isPolling: false });
