import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  AccessDeniedError,
  ApiError,
  AuthenticationError,
  type CallFireErrorCode,
  type PollProgress,
} from "../../mod.ts";
import type { Fault } from "../sandbox/faults.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { until } from "../sandbox/testing.ts";
import { startRawServer } from "../helpers/client/raw_server.ts";
import { clientTest, reasonOf } from "../helpers/client/testing.ts";

const FOR_EVER = { timeout: Infinity };

function placeFinished({ orders }: Sandbox): string {
  return orders.place({ script: [{ after: 0, status: "FINISHED" }] });
}

/** The pauses between the requests, to the millisecond. */
function pauses({ requests }: Sandbox): number[] {
  const times = requests.entries().map((entry) => Math.round(entry.arrivedAt));
  return times.slice(1).map((time, index) => time - times[index]!);
}

/** Faults that may pass, and the code of the error that each of them is. */
const PASSING: [Fault, CallFireErrorCode][] = [
  [{ kind: "reset" }, "network"],
  [{ kind: "cut", at: 0 }, "network"],
  [{ kind: "cut", at: 100 }, "network"],
  [{ kind: "status", status: 429 }, "rate_limited"],
  [{ kind: "status", status: 408 }, "server_error"],
  [{ kind: "status", status: 500 }, "server_error"],
  [{ kind: "status", status: 502, body: "<html>" }, "server_error"],
  [{ kind: "status", status: 503 }, "server_error"],
  [{ kind: "body", body: "" }, "malformed"],
  [{ kind: "body", body: "<html>" }, "malformed"],
  [{ kind: "endless" }, "malformed"],
];

clientTest("a fault that may pass is retried", async (
  { callfire, clock, sandbox },
) => {
  for (const [fault, code] of PASSING) {
    const id = placeFinished(sandbox);
    sandbox.faults.add({ ...fault, count: 2 });
    sandbox.requests.clear();
    const seen: unknown[] = [];
    const order = await clock.runUntil(callfire.waitForNumberOrder(id, {
      ...FOR_EVER,
      onPoll: ({ order, error }) => seen.push(error?.code ?? order?.status),
    }));
    assertEquals(order.status, "FINISHED");
    assertEquals(seen, [code, code, "FINISHED"]);
    assertEquals(pauses(sandbox), [1000, 1000]);
  }
});

clientTest("an exchange that takes too long is retried", async (
  { clock, connect, sandbox },
) => {
  const callfire = connect({ timeout: 5000 });
  const id = placeFinished(sandbox);
  sandbox.faults.add({ kind: "hang" });
  const seen: (string | undefined)[] = [];
  const done = callfire.waitForNumberOrder(id, {
    ...FOR_EVER,
    onPoll: ({ error }) => seen.push(error?.code),
  });
  await until(() => sandbox.requests.count === 1);
  await clock.advance(5000);
  assertEquals(await clock.sleeping(), 1000);
  await clock.advance(1000);
  await done;
  assertEquals(seen, ["timeout", undefined]);
});

const GROWTH: [number, number[]][] = [
  [0, [1000, 1000, 1000, 1000, 1000, 1000, 1000]],
  [0.5, [1500, 2000, 3000, 5000, 9000, 9000, 9000]],
  [1 - 2 ** -53, [2000, 3000, 5000, 9000, 17_000, 17_000, 17_000]],
];

clientTest("the pauses between retries grow, with full jitter", async (
  { callfire, clock, sandbox },
) => {
  for (const [chance, expected] of GROWTH) {
    const id = placeFinished(sandbox);
    clock.chances = [chance];
    sandbox.faults.add({ kind: "reset", count: expected.length });
    sandbox.requests.clear();
    await clock.runUntil(callfire.waitForNumberOrder(id, FOR_EVER));
    assertEquals(pauses(sandbox), expected);
  }
});

clientTest("each retry throws its own dice", async (
  { callfire, clock, sandbox },
) => {
  const id = placeFinished(sandbox);
  clock.chances = [0.9, 0.1, 0.5, 0];
  sandbox.faults.add({ kind: "reset", count: 4 });
  await clock.runUntil(callfire.waitForNumberOrder(id, FOR_EVER));
  assertEquals(pauses(sandbox), [1900, 1200, 3000, 1000]);
});

clientTest("the pauses are short again after a reading", async (
  { callfire, clock, sandbox },
) => {
  const script = [{ after: 10_000, status: "FINISHED" }];
  const id = sandbox.orders.place({ script });
  clock.chances = [0.5];
  const { faults } = sandbox;
  faults.add({ kind: "reset", count: 3 });
  faults.add({ kind: "none" });
  faults.add({ kind: "reset" });
  faults.add({ kind: "none" });
  await clock.runUntil(callfire.waitForNumberOrder(id, FOR_EVER));
  assertEquals(pauses(sandbox), [1500, 2000, 3000, 1000, 1500, 1000]);
});

clientTest("a pause after a fault is not shorter than the interval", async (
  { callfire, clock, sandbox },
) => {
  const id = placeFinished(sandbox);
  clock.chances = [0.5];
  sandbox.faults.add({ kind: "reset", count: 2 });
  const options = { ...FOR_EVER, interval: 5000 };
  await clock.runUntil(callfire.waitForNumberOrder(id, options));
  assertEquals(pauses(sandbox), [5500, 6000]);
});

clientTest("Retry-After is obeyed in seconds", async (
  { callfire, clock, sandbox },
) => {
  clock.chances = [0.5];
  const { faults } = sandbox;
  // It is the least pause: the jitter of a first fault is at most 2000.
  for (const retryAfter of ["7", "0", "soon", "3600"]) {
    const id = placeFinished(sandbox);
    sandbox.requests.clear();
    faults.add({ kind: "status", status: 503, retryAfter });
    await clock.runUntil(callfire.waitForNumberOrder(id, FOR_EVER));
    const expected = Math.max(1500, (Number(retryAfter) || 0) * 1000);
    assertEquals(pauses(sandbox), [expected]);
  }
});

clientTest("Retry-After is obeyed as a date", async ({ clock, connect }) => {
  const came: number[] = [];
  await using server = await startRawServer(({ say }) => {
    came.push(clock.now());
    return say(
      came.length === 1
        ? "HTTP/1.1 429 No\r\nRetry-After: Tue, 01 Jan 2030 12:00:07 GMT\r\n" +
          "Content-Length: 0\r\n\r\n"
        : "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n",
    );
  });
  const callfire = connect({ baseUrl: server.url });
  const waits = reasonOf(callfire.waitForNumberOrder(5, FOR_EVER));
  await clock.runUntil(waits);
  assertEquals(came, [0, 7000]);
});

clientTest("a Retry-After of years silences a watch for an hour", async (
  { callfire, clock, sandbox },
) => {
  const years = ["999999999", "9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT"];
  for (const retryAfter of years) {
    for (const status of [408, 429, 503]) {
      const id = placeFinished(sandbox);
      sandbox.requests.clear();
      sandbox.faults.add({ kind: "status", status, retryAfter });
      const watch = callfire.watchNumberOrder(id);
      const { value } = await clock.runUntil(watch.next());
      assertEquals(value?.status, "FINISHED");
      assertEquals(pauses(sandbox), [3_600_000]);
    }
  }
});

clientTest("Retry-After is forgotten once it was obeyed", async (
  { callfire, clock, sandbox },
) => {
  const id = placeFinished(sandbox);
  sandbox.faults.add({ kind: "status", status: 503, retryAfter: "7" });
  sandbox.faults.add({ kind: "status", status: 503 });
  await clock.runUntil(callfire.waitForNumberOrder(id, FOR_EVER));
  assertEquals(pauses(sandbox), [7000, 1000]);
});

const LASTING: [Fault, abstract new (...parameters: never) => Error][] = [
  [{ kind: "status", status: 400 }, ApiError],
  [{ kind: "status", status: 401 }, AuthenticationError],
  [{ kind: "status", status: 403 }, AccessDeniedError],
  [{ kind: "status", status: 204 }, ApiError],
  [{ kind: "redirect", location: "/elsewhere" }, ApiError],
];

clientTest("a fault that cannot pass ends the wait at once", async (
  { callfire, clock, sandbox },
) => {
  for (const [fault, Class] of LASTING) {
    const id = placeFinished(sandbox);
    sandbox.requests.clear();
    sandbox.faults.add(fault);
    const seen: PollProgress[] = [];
    const error = await reasonOf(
      callfire.waitForNumberOrder(id, { onPoll: (poll) => seen.push(poll) }),
    );
    assert(error instanceof Class);
    assertEquals([sandbox.requests.count, seen.length], [1, 1]);
    assertEquals([clock.now(), clock.pending], [0, 0]);
  }
});

clientTest("a fault that cannot pass ends the wait later too", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  sandbox.faults.add({ kind: "none" });
  sandbox.faults.add({ kind: "status", status: 500 });
  sandbox.faults.add({ kind: "status", status: 403 });
  const waits = reasonOf(callfire.waitForNumberOrder(id, FOR_EVER));
  assertInstanceOf(await clock.runUntil(waits), AccessDeniedError);
  assertEquals(sandbox.requests.count, 3);
});
