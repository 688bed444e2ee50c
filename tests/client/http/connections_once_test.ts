import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  NetworkError,
  NumberOrderNotFoundError,
  systemClock,
  TimeoutError,
} from "../../../mod.ts";
import { until } from "../../sandbox/testing.ts";
import {
  THIS_MACHINE,
  trustAuthority,
} from "../../helpers/client/certificates.ts";
import {
  answer,
  asked,
  askFor,
  connect,
  HEADERS,
} from "../../helpers/client/connection_testing.ts";
import { seededRandom } from "../../helpers/client/random.ts";
import {
  type RawExchange,
  type RawOutcome,
  startRawServer,
} from "../../helpers/client/raw_server.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { reasonOf, test } from "../../helpers/client/testing.ts";

/** How a connection may break ahead of the end of an answer. */
const BREAKS: [string, (exchange: RawExchange) => Promise<RawOutcome>][] = [
  ["is reset before the answer", () => Promise.resolve("reset")],
  ["closes before the answer", () => Promise.resolve()],
  ["closes within the headers", ({ say }) => say(HEADERS.slice(0, 20))],
  ["is reset within the headers", async ({ say }) => {
    await say(HEADERS.slice(0, 20));
    return "reset";
  }],
  [
    "closes within the body",
    ({ say }) => say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nNon"),
  ],
  ["is reset within the body", async ({ say }) => {
    await say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nNon");
    return "reset";
  }],
  [
    "closes between two chunks",
    ({ say }) =>
      say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nNone\r\n"),
  ],
  ["speaks no HTTP", ({ say }) => say("SSH-2.0-x\r\n\r\n")],
];

for (const certificate of [undefined, THIS_MACHINE]) {
  const scheme = certificate ? "https" : "http";

  for (const [how, breaks] of BREAKS) {
    test(`${scheme}: a question on a connection that ${how} is sent once`, async () => {
      using _trust = trustAuthority();
      // On a new connection, and on one that was used before.
      for (const uses of [0, 1, 5]) {
        await using server = await startRawServer(
          (exchange) =>
            server.requests.length === uses + 1
              ? breaks(exchange)
              : answer(exchange),
          certificate,
        );
        const callfire = connect(server);
        await askFor(callfire, 1, uses);
        const error = await reasonOf(callfire.getNumberOrder(uses + 1));
        assertInstanceOf(error, NetworkError);
        assertEquals(server.accepted, 1);
        await askFor(callfire, uses + 2, uses + 4);
        assertEquals(
          asked(server),
          Array.from({ length: uses + 4 }, (_, index) => index + 1),
        );
        assertEquals(server.accepted, 2);
      }
    });
  }

  for (const how of ["aborted", "given up at the time limit"]) {
    test(`${scheme}: a question on a used connection is sent once when it is ${how}`, async () => {
      using _trust = trustAuthority();
      await using server = await startRawServer(
        (exchange) =>
          server.requests.length === 2
            ? new Promise(() => {})
            : answer(exchange),
        certificate,
      );
      const clock = new TestClock();
      const callfire = connect(server, { clock, timeout: 5000 });
      await askFor(callfire, 1, 1);
      const controller = new AbortController();
      const { signal } = controller;
      const error = reasonOf(callfire.getNumberOrder(2, { signal }));
      await until(() => server.requests.length === 2);
      if (how === "aborted") {
        controller.abort("enough");
        assertEquals(await error, "enough");
      } else {
        await clock.advance(5000);
        assertInstanceOf(await error, TimeoutError);
      }
      await until(() => server.connections() === 0);
      await askFor(callfire, 3, 3);
      assertEquals(asked(server), [1, 2, 3]);
      assertEquals(server.accepted, 2);
    });
  }

  test(`${scheme}: no question is lost to a connection that closed while it was idle`, async () => {
    using _trust = trustAuthority();
    await using server = await startRawServer(
      (exchange) => exchange.say(`${HEADERS}None`),
      certificate,
    );
    const callfire = connect(server);
    for (let id = 1; id <= 3; id++) {
      await askFor(callfire, id, id);
      await until(() => server.connections() === 0);
    }
    assertEquals(asked(server), [1, 2, 3]);
  });

  test(`${scheme}: no question is sent twice, whenever its connection breaks`, async () => {
    using _trust = trustAuthority();
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    console.log(`the seed is ${seed}`);
    const random = seededRandom(seed);
    let reused = 0;
    await using server = await startRawServer(async (exchange) => {
      if (exchange.before > 0) reused++;
      // What it does next meets the question after this one.
      const isAnswered = random() < 0.7;
      if (isAnswered) await answer(exchange);
      if (random() < 0.5) await systemClock.sleep(random() * 2);
      if (random() < 0.5) return "reset";
      return isAnswered && random() < 0.5 ? "keep" : undefined;
    }, certificate);
    const callfire = connect(server);
    let [answered, failed] = [0, 0];
    for (let id = 1; id <= 300; id++) {
      const error = await reasonOf(callfire.getNumberOrder(id));
      if (error instanceof NumberOrderNotFoundError) answered++;
      else if (error instanceof NetworkError) failed++;
      if (random() < 0.5) await systemClock.sleep(random() * 2);
    }
    assertEquals(answered + failed, 300);
    assert(Math.min(answered, failed, reused) > 20, `${reused} times reused`);
    assertEquals(new Set(asked(server)).size, server.requests.length);
  });
}
