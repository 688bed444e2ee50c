import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertRejects,
} from "@std/assert";
import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import {
  MalformedResponseError,
  type NumberOrder,
  ServerError,
  TimeoutError,
} from "../../../mod.ts";
import type { Fault } from "../../sandbox/faults.ts";
import { orderXml } from "../../sandbox/order_xml.ts";
import { until } from "../../sandbox/testing.ts";
import {
  type RawExchange,
  startRawServer,
} from "../../helpers/client/raw_server.ts";
import {
  clientTest,
  fetchWith,
  reasonOf,
  type Setup,
} from "../../helpers/client/testing.ts";
import type { TestClock } from "../../helpers/client/test_clock.ts";

const LIMIT = 5000;

/** Lets the time limit of a question pass, and looks at its end. */
async function runsOut(
  clock: TestClock,
  asked: Promise<NumberOrder>,
  left = LIMIT,
): Promise<void> {
  const outcome = reasonOf(asked);
  let isOver = false;
  outcome.finally(() => isOver = true);
  assertEquals(await clock.sleeping(), left);
  await clock.advance(left - 1);
  assert(!isOver);
  await clock.advance(1);
  const error = await outcome;
  assertInstanceOf(error, TimeoutError);
  assertEquals([error.code, error.retryable], ["timeout", true]);
  assertEquals(
    error.message,
    `Cannot get order '1642251003': no complete answer within ${LIMIT} ms`,
  );
  assertEquals([error.status, error.cause], [undefined, undefined]);
}

clientTest("the time limit ends a connection that is never made", async (
  { clock, connect },
) => {
  // Nobody accepts: the connection waits for a TLS handshake for ever.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const baseUrl = `https://127.0.0.1:${listener.addr.port}`;
  const callfire = connect({ baseUrl, timeout: LIMIT });
  await runsOut(clock, callfire.getNumberOrder("1642251003"));
});

clientTest("the time limit ends a request that nobody reads", async (
  { clock, connect },
) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const baseUrl = `http://127.0.0.1:${listener.addr.port}`;
  const callfire = connect({ baseUrl, timeout: LIMIT });
  await runsOut(clock, callfire.getNumberOrder("1642251003"));
});

for (const whose of ["the client's", "one's own"]) {
  clientTest(
    `the time limit ends an answer without headers, by ${whose} fetch`,
    async (
      { clock, connect, sandbox },
    ) => {
      using http = Deno.createHttpClient({});
      const fetch = whose === "one's own" ? fetchWith(http) : undefined;
      const callfire = connect({ fetch, timeout: LIMIT });
      sandbox.faults.add({ kind: "hang" });
      const asked = callfire.getNumberOrder(sandbox.orders.place({}));
      await until(() => sandbox.requests.count === 1);
      await runsOut(clock, asked);
      // The server sees that it was given up.
      await until(() => sandbox.requests.entries()[0]?.answeredAt === LIMIT);
      await until(() => sandbox.connections() === 0);
    },
  );
}

/** A client that tells when the headers of an answer have come. */
function withHeaders({ connect }: Setup, baseUrl?: string) {
  const { promise: headers, resolve } = Promise.withResolvers<void>();
  const callfire = connect({
    timeout: LIMIT,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      resolve();
      return response;
    },
    ...baseUrl && { baseUrl },
  });
  return { callfire, headers };
}

clientTest("the time limit ends an answer that drips", async (setup) => {
  const { clock, sandbox } = setup;
  const { callfire, headers } = withHeaders(setup);
  sandbox.faults.add({ kind: "drip", interval: 1e9 });
  const asked = callfire.getNumberOrder(sandbox.orders.place({}));
  await headers;
  await runsOut(clock, asked);
  await until(() => sandbox.connections() === 0);
});

clientTest("there is one time limit over headers and body", async (setup) => {
  const { clock } = setup;
  const { promise: slow, resolve: go } = Promise.withResolvers<void>();
  await using server = await startRawServer(async ({ say }) => {
    await slow;
    await say("HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nHalf");
    await new Promise(() => {});
  });
  const { callfire, headers } = withHeaders(setup, server.url);
  const asked = callfire.getNumberOrder("1642251003");
  await until(() => server.requests.length === 1);
  await clock.advance(4000);
  go();
  await headers;
  await runsOut(clock, asked, 1000);
});

clientTest("the time limit ends a fetch that heeds no signal", async (
  { clock, connect },
) => {
  const fetch = () => new Promise<Response>(() => {});
  const callfire = connect({ fetch, timeout: LIMIT });
  await runsOut(clock, callfire.getNumberOrder("1642251003"));
});

/** How the same body is sent, and whether its length is announced. */
const WAYS: (Fault | undefined)[] = [
  undefined,
  { kind: "gzip" },
];

clientTest("an answer may have as many bytes as the limit", async (
  { clock, connect, sandbox },
) => {
  const { orders, faults } = sandbox;
  for (const way of WAYS) {
    const id = orders.place({});
    const size = orderXml(orders.get(id)!).length;
    if (way) faults.add(way);
    const callfire = connect({ maxBodyBytes: size });
    assertEquals((await callfire.getNumberOrder(id)).id, id);
    await clock.advance(1000);
    if (way) faults.add(way);
    const strict = connect({ maxBodyBytes: size - 1 });
    const error = await reasonOf(strict.getNumberOrder(id));
    assertInstanceOf(error, MalformedResponseError);
    assertEquals(error.status, 200);
    assertEquals(
      error.message,
      `Cannot read the answer about order '${id}': expected at most ` +
        `${size - 1} bytes, but saw more`,
    );
  }
});

const MEBIBYTE = 1024 * 1024;

/** Of this test's own isolate: other tests may run beside it. */
function memoryInUse(): number {
  const { external, heapUsed } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Runs what may not take more than 64 MiB, whatever it is sent. */
async function inBoundedMemory(run: () => Promise<void>): Promise<void> {
  const before = memoryInUse();
  let most = before;
  const sampler = setInterval(() => {
    most = Math.max(most, memoryInUse());
  }, 1);
  await run().finally(() => clearInterval(sampler));
  most = Math.max(most, memoryInUse());
  assertLess((most - before) / MEBIBYTE, 64);
}

for (const kind of ["bomb", "endless"] as const) {
  clientTest(`an answer that is ${kind} is cut off at the limit`, async (
    { callfire, sandbox },
  ) => {
    const id = sandbox.orders.place({});
    sandbox.faults.add({ kind });
    await inBoundedMemory(async () => {
      await assertRejects(
        () => callfire.getNumberOrder(id),
        MalformedResponseError,
        "expected at most 1048576 bytes, but saw more",
      );
    });
    await until(() => sandbox.connections() === 0);
  });
}

/** As many zeros, compressed. */
async function bomb(mebibytes: number): Promise<Uint8Array> {
  const zeros = new Uint8Array(MEBIBYTE);
  const gzip = createGzip();
  Readable.from(Array(mebibytes).fill(zeros)).pipe(gzip);
  return await new Response(Readable.toWeb(gzip) as ReadableStream).bytes();
}

const BOMB = await bomb(200);
const CHUNK = `10000\r\n${"x".repeat(0x10000)}\r\n`;

async function sayChunks({ say }: RawExchange): Promise<void> {
  for (let chunks = 0; chunks < 200 * 16; chunks++) await say(CHUNK);
}

/** Headers that belittle what follows them. */
const LIES: [string, string, (exchange: RawExchange) => Promise<void>][] = [
  [
    "the length of its compressed form",
    `200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${BOMB.length}`,
    ({ say }) => say(BOMB),
  ],
  ["no length", "200 OK", sayChunks],
  ["a fault", "500 No\r\nTransfer-Encoding: chunked", sayChunks],
];

for (const [what, headers, body] of LIES) {
  clientTest(`a huge answer that announces ${what} is cut off`, async (
    { connect },
  ) => {
    await using server = await startRawServer(async (exchange) => {
      await exchange.say(`HTTP/1.1 ${headers}\r\n\r\n`);
      await body(exchange);
    });
    const callfire = connect({ baseUrl: server.url });
    await inBoundedMemory(async () => {
      const error = await reasonOf(callfire.getNumberOrder(5));
      if (headers.startsWith("200")) {
        assertInstanceOf(error, MalformedResponseError);
      } else {
        assertInstanceOf(error, ServerError);
        assertEquals(error.serverMessage, undefined);
      }
    });
    await until(() => server.connections() === 0);
  });
}
