import { assert, assertEquals } from "@std/assert";
import {
  ATTEMPT_TIMEOUT_MS,
  type AttemptResult,
} from "../../../daemon/webhooks/attempt.ts";
import { startRawServer } from "../../helpers/client/raw_server.ts";
import { reasonOf, test } from "../../helpers/client/testing.ts";
import { until } from "../../sandbox/testing.ts";
import {
  attemptAt,
  begin,
  SECRET,
  targetAt,
} from "../../helpers/webhooks/attempt_testing.ts";

function status(status: number, ...headers: string[]): string {
  return [`HTTP/1.1 ${status} S`, ...headers, "", ""].join("\r\n");
}

const OK = status(200, "Content-Length: 2") + "ok";

test("a webhook is a POST of JSON, with its signature's headers", async () => {
  await using server = await startRawServer(({ say }) => say(OK));
  const body = '{"label":"né 🐙"}';
  const headers = { "webhook-id": "evt_1_wh_2", "webhook-timestamp": "3" };
  assertEquals(await attemptAt(server, { headers, body }), {
    result: "delivered",
    status: 200,
    detail: null,
  });
  assertEquals(server.requests.length, 1);
  const [head, sent] = server.requests[0]!.split("\r\n\r\n");
  assertEquals(sent, body);
  const [line, ...rest] = head!.split("\r\n");
  assertEquals(line, `POST /${SECRET}?a=b HTTP/1.1`);
  assertEquals(rest.map((header) => header.replace(/\/\d.*/, "")), [
    `Host: ${new URL(server.url).host}`,
    "User-Agent: callfire-orders",
    "Content-Type: application/json",
    "Content-Length: 20",
    "Connection: close",
    "webhook-id: evt_1_wh_2",
    "webhook-timestamp: 3",
  ]);
});

test("any status of success is a delivery, whatever it comes with", async () => {
  for (
    const answer of [
      status(200, "Content-Length: 0"),
      status(202, "Transfer-Encoding: chunked") + "2\r\nok\r\n0\r\n\r\n",
      status(204),
      status(299, "Retry-After: 5", "Content-Length: 0"),
      status(100) + OK,
      status(103, "Link: </>") + OK,
      // Until the connection closes.
      status(200) + "ok",
    ]
  ) {
    await using server = await startRawServer(({ say }) => say(answer));
    const { result, detail, retryAfter } = await attemptAt(server);
    assertEquals([result, detail, retryAfter], ["delivered", null, undefined]);
  }
});

test("any other status is a refusal, 410 a last one", async () => {
  for (const code of [300, 304, 400, 401, 404, 410, 429, 500, 503, 599]) {
    await using server = await startRawServer(({ say }) =>
      say(status(code, "Content-Length: 0"))
    );
    assertEquals(await attemptAt(server), {
      result: code === 410 ? "gone" : "refused",
      status: code,
      detail: `It was answered with status ${code}`,
      retryAfter: undefined,
    });
  }
});

test("a redirect is not followed", async () => {
  await using elsewhere = await startRawServer(({ say }) => say(OK));
  for (const code of [301, 302, 303, 307, 308]) {
    await using server = await startRawServer(({ say }) =>
      say(status(code, `Location: ${elsewhere.url}`, "Content-Length: 0"))
    );
    const { result, status: told } = await attemptAt(server);
    assertEquals([result, told], ["refused", code]);
    assertEquals(server.requests.length, 1);
  }
  assertEquals(elsewhere.accepted, 0);
});

test("how long the receiver asks us to stay away is told", async () => {
  for (
    const [headers, milliseconds] of [
      [["Retry-After: 120"], 120_000],
      [["Retry-After: 0"], 0],
      [["Retry-After: Tue, 01 Jan 2030 12:01:00 GMT"], 60_000],
      [[
        "Retry-After: Tue, 01 Jan 2030 12:01:00 GMT",
        "Date: Tue, 01 Jan 2030 12:00:50 GMT",
      ], 10_000],
      [["Retry-After: soon"], undefined],
    ] as [string[], number | undefined][]
  ) {
    await using server = await startRawServer(({ say }) =>
      say(status(503, ...headers, "Content-Length: 0"))
    );
    assertEquals((await attemptAt(server)).retryAfter, milliseconds);
  }
});

test("a receiver that never answers has 10 s", async () => {
  for (const words of ["", "HTTP/1.1 200 OK\r\nX: y\r\n", status(100)]) {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using server = await startRawServer(async ({ say }) => {
      if (words) await say(words);
      await promise;
    });
    const { clock, outcome } = begin(targetAt(server));
    await until(() => server.requests.length === 1);
    let isOver = false;
    outcome.finally(() => isOver = true);
    await clock.advance(ATTEMPT_TIMEOUT_MS - 1);
    assertEquals(isOver, false);
    await clock.advance(1);
    assertEquals(await outcome, {
      result: "timeout",
      status: null,
      detail: "It was not answered within 10 s",
    });
    await until(() => server.connections() === 0);
    resolve();
  }
});

test("a slow drip of headers has no more time than that", async () => {
  let said = 0;
  await using server = await startRawServer(async ({ say }) => {
    await say("HTTP/1.1 200 OK\r\n");
    for (;;) {
      await say(`X: ${said++}\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
  const { clock, outcome } = begin(targetAt(server));
  for (let second = 0; second < 10; second++) {
    const before = said;
    await until(() => said > before);
    await clock.advance(1000);
  }
  assertEquals((await outcome).result, "timeout");
  await until(() => server.connections() === 0);
});

test("once the status has come, the body has no say", async () => {
  for (
    const [code, result] of [[200, "delivered"], [500, "refused"]] as const
  ) {
    const head = status(code, "Content-Length: 100");
    // It breaks off.
    for (const outcome of ["reset", undefined] as const) {
      await using server = await startRawServer(async ({ say }) => {
        await say(`${head}the first part`);
        // So that a reset does not overtake it.
        await new Promise((resolve) => setTimeout(resolve, 20));
        return outcome;
      });
      assertEquals((await attemptAt(server)).result, result);
    }
    assertEquals(await resultOfHanging(`${head}the first part`), result);
  }
});

test("nothing that comes along with the status has a say", async () => {
  const chunked = "Transfer-Encoding: chunked";
  for (
    const [answer, result] of [
      [status(204, "Content-Length: 5") + "hello", "delivered"],
      [`${OK} and more`, "delivered"],
      [`${OK}HTTP/1.1 500 S\r\n\r\n`, "delivered"],
      [status(200, chunked) + "no size\r\n", "delivered"],
      [status(410, chunked) + "no size\r\n", "gone"],
      [status(410, "Content-Length: 0") + "more", "gone"],
      [status(503, chunked) + "no size\r\n", "refused"],
    ] as const
  ) {
    await using server = await startRawServer(({ say }) => say(answer));
    assertEquals((await attemptAt(server)).result, result, answer);
  }
});

/** How an attempt ends whose answer hangs, once its status has been read. */
async function resultOfHanging(words: string): Promise<AttemptResult> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(async ({ say }) => {
    await say(words);
    await promise;
  });
  let result: AttemptResult = "timeout";
  // When the time is over, the status may still be on its way.
  for (let tries = 1; result === "timeout" && tries <= 50; tries++) {
    const { clock, outcome } = begin(targetAt(server));
    await until(() => server.requests.length === tries);
    await new Promise((resolve) => setTimeout(resolve, tries));
    await clock.advance(ATTEMPT_TIMEOUT_MS);
    result = (await outcome).result;
  }
  await until(() => server.connections() === 0);
  resolve();
  return result;
}

test("an endless body is not read to its end", async () => {
  const piece = new Uint8Array(16 * 1024);
  let said = 0;
  await using server = await startRawServer(async ({ say }) => {
    await say(status(200));
    // It does end, or whoever reads it to its end would never be found out.
    while (said < 128 * 1024 * 1024) {
      await say(piece);
      said += piece.length;
    }
  });
  assertEquals((await attemptAt(server)).result, "delivered");
  // What was under way between the two takes up most of it.
  assert(said < 32 * 1024 * 1024, String(said));
});

test("a connection that breaks before the answer has failed", async () => {
  for (
    const words of [
      "",
      "HTTP/1.1 200 OK\r\nContent-",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "\x1b[31mred\r\n\r\n",
      status(101, "Connection: upgrade", "Upgrade: websocket"),
    ]
  ) {
    for (const outcome of ["reset", undefined] as const) {
      await using server = await startRawServer(async ({ say }) => {
        if (words) await say(words);
        return outcome;
      });
      const { result, status: told, detail } = await attemptAt(server);
      assertEquals([result, told], ["network", null], words);
      assert(/^The connection failed: \w[\w ]+$/.test(detail!), detail!);
    }
  }
});

test("headers without end are not read to their end", async () => {
  await using server = await startRawServer(async ({ say }) => {
    await say("HTTP/1.1 200 OK\r\n");
    for (;;) await say(`X: ${"x".repeat(8192)}\r\n`);
  });
  assertEquals((await attemptAt(server)).result, "network");
});

test("where nobody listens, an attempt fails at once", async () => {
  const { url } = await (async () => {
    await using server = await startRawServer(() => Promise.resolve());
    return server;
  })();
  assertEquals(await attemptAt({ url, connections: () => 0 }), {
    result: "network",
    status: null,
    detail: "The connection failed: ECONNREFUSED",
  });
});

test("a name that is none is a failure of the network", async () => {
  const nowhere = { url: "https://nowhere.invalid", connections: () => 0 };
  const { result, detail } = await attemptAt(nowhere);
  assertEquals(result, "network");
  assert(/^The connection failed: [A-Z_]+$/.test(detail!), detail!);
});

test("an attempt that is aborted rejects with the reason, and hangs up", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(() => promise);
  const controller = new AbortController();
  const reason = new Error("the daemon is stopping");
  const target = targetAt(server);
  const { clock, outcome } = begin(target, { signal: controller.signal });
  await until(() => server.requests.length === 1);
  controller.abort(reason);
  assertEquals(await reasonOf(outcome), reason);
  assertEquals(clock.pending, 0);
  await until(() => server.connections() === 0);
  resolve();
  // The next one does not even begin.
  const next = begin(target, { signal: controller.signal });
  assertEquals(await reasonOf(next.outcome), reason);
  assertEquals(server.accepted, 1);
});
