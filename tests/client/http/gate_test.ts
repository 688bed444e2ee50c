import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { createGatedClient } from "../../../client/internal.ts";
import {
  NetworkError,
  NumberOrderNotFoundError,
  TimeoutError,
} from "../../../mod.ts";
import { until } from "../../sandbox/testing.ts";
import {
  THIS_MACHINE,
  trustAuthority,
} from "../../helpers/client/certificates.ts";
import { answer, asked } from "../../helpers/client/connection_testing.ts";
import { startCountingServer } from "../../helpers/client/counting_server.ts";
import {
  type RawServer,
  startRawServer,
} from "../../helpers/client/raw_server.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { reasonOf, test } from "../../helpers/client/testing.ts";

function gatedClient(
  { url }: Pick<RawServer, "url">,
  clock: TestClock,
  admit: (id: string) => number,
) {
  return createGatedClient(
    { login: "login", password: "password", baseUrl: url, clock },
    admit,
  );
}

for (
  const [scheme, certificate] of [["http"], ["https", THIS_MACHINE]] as const
) {
  test(`a gated request leaves over ${scheme} when it is admitted`, async () => {
    using _trust = trustAuthority();
    await using server = await startCountingServer(certificate);
    const clock = new TestClock();
    const seen: boolean[] = [];
    const callfire = gatedClient(server, clock, () => {
      const before = server.count;
      // It comes right after the request was written, and holds all else up.
      queueMicrotask(() => seen.push(server.holdUntil(before + 1)));
      return 0;
    });
    // The first one has to connect, the second one finds the connection.
    for (const id of [1, 2]) {
      const error = await reasonOf(callfire.getNumberOrder(id));
      assertInstanceOf(error, NumberOrderNotFoundError);
    }
    assertEquals(seen, [true, true]);
  });
}

test("a request waits at its gate as often as it must, without a time limit", async () => {
  await using server = await startRawServer(answer);
  const clock = new TestClock();
  const delays = [60_000, 5, 0];
  const admitted: number[] = [];
  const callfire = gatedClient(server, clock, () => {
    admitted.push(clock.now());
    return delays.shift()!;
  });
  const error = reasonOf(callfire.getNumberOrder(1));
  await clock.sleeping(60_000);
  await until(() => admitted.length === 1);
  assertEquals(server.received, 0);
  await clock.advance(60_000);
  assertEquals(server.received, 0);
  await clock.advance(5);
  assertInstanceOf(await error, NumberOrderNotFoundError);
  assertEquals(admitted, [0, 60_000, 60_005]);
  assertEquals(clock.pending, 0);
});

test("the time limit of a request goes on once it is sent", async () => {
  await using server = await startRawServer(() => new Promise(() => {}));
  const clock = new TestClock();
  const delays = [60_000, 0];
  const callfire = gatedClient(server, clock, () => delays.shift()!);
  const error = reasonOf(callfire.getNumberOrder(1));
  await until(() => delays.length === 1);
  await clock.advance(60_000);
  await until(() => server.requests.length === 1);
  await clock.advance(9_999);
  assertEquals(clock.pending, 1);
  await clock.advance(1);
  assertInstanceOf(await error, TimeoutError);
});

test("a request that is aborted at its gate is not sent", async () => {
  await using server = await startRawServer(answer);
  const clock = new TestClock();
  let admissions = 0;
  const callfire = gatedClient(server, clock, () => (admissions++, 1000));
  const controller = new AbortController();
  const { signal } = controller;
  const error = reasonOf(callfire.getNumberOrder(1, { signal }));
  await until(() => admissions === 1);
  controller.abort("enough");
  assertEquals(await error, "enough");
  await until(() => clock.pending === 0 && server.connections() === 0);
  assertEquals([admissions, server.received], [1, 0]);
});

test("a gate that refuses a request says why to its caller", async () => {
  await using server = await startRawServer(answer);
  const clock = new TestClock();
  const refusal = new Error("not any more");
  const callfire = gatedClient(server, clock, (id) => {
    if (id === "1") throw refusal;
    return 0;
  });
  assertEquals(await reasonOf(callfire.getNumberOrder(1)), refusal);
  await until(() => clock.pending === 0);
  assertEquals(server.received, 0);
  await reasonOf(callfire.getNumberOrder(2));
  assertEquals(asked(server), [2]);
});

test("a request whose connection breaks at the gate passes it no more", async () => {
  await using server = await startRawServer(async (exchange) => {
    await answer(exchange);
    return "keep";
  });
  const clock = new TestClock();
  const delays = [0, 1000];
  const callfire = gatedClient(server, clock, () => delays.shift() ?? 0);
  await reasonOf(callfire.getNumberOrder(1));
  const error = reasonOf(callfire.getNumberOrder(2));
  await until(() => delays.length === 0);
  await server[Symbol.asyncDispose]();
  assertInstanceOf(await error, NetworkError);
  await until(() => clock.pending === 0);
  assert(server.requests.length === 1);
});
