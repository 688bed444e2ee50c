import { assertEquals, assertMatch } from "@std/assert";
import type { ServerResponse } from "node:http";
import { until } from "../../sandbox/testing.ts";
import {
  daemonTest,
  placeEndless,
  resultsOf,
} from "../../helpers/cli/daemon_testing.ts";

daemonTest("no event is missed while the stream is broken", async (
  setup,
) => {
  const { begin, finish, gate, store, terminal, watch, written } = setup;
  await watch("1");
  placeEndless(setup, "2");
  const code = begin(["1", "2"]);
  await written("1  PROCESSING");
  await written("2  PROCESSING");
  const sequence = await store.lastSequence();
  const last = `${await store.epochOf(sequence)}-${sequence}`;
  gate.cut();
  await written("daemon unreachable, retrying: Cannot reach the daemon at");
  await finish("1");
  await finish("2");
  assertEquals(resultsOf(terminal), []);
  await terminal.clock.advance(1000);
  assertEquals(await code, 0);
  assertEquals(
    terminal.output.includes("\n·    1.0 s  daemon reachable again\n"),
    true,
  );
  assertEquals(gate.requests.toSorted(), [
    "GET /v1/events",
    `GET /v1/events ${last}`,
    // The orders are watched: that needs no new request.
    "PUT /v1/orders/1",
    "PUT /v1/orders/2",
  ]);
});

daemonTest(
  "a stream resumes after its last event ID, even before an event",
  async (
    setup,
  ) => {
    const { begin, finish, gate, store, terminal, watch, written } = setup;
    await watch("1");
    const sequence = await store.lastSequence();
    const place = `${await store.epochOf(sequence)}-${sequence}`;
    const code = begin(["1"]);
    await written("1  PROCESSING");
    gate.cut();
    await written("daemon unreachable");
    await finish("1");
    await terminal.clock.advance(1000);
    assertEquals(await code, 0);
    assertEquals(gate.requests.at(-1), `GET /v1/events ${place}`);
  },
);

daemonTest("errors of the daemon are retried with backoff", async (
  setup,
) => {
  const { begin, gate, terminal, watch, finish, written } = setup;
  await watch("1");
  await finish("1");
  const fail = (outgoing: ServerResponse) => {
    outgoing.writeHead(503, { "Retry-After": "5" }).end("\x1b[31mlocked");
  };
  gate.respond("/v1/events", fail);
  gate.respond("/v1/orders/1", fail);
  gate.respond("/v1/orders/1", (outgoing) => outgoing.end("<html>"));
  terminal.clock.chances = [0.5];
  const code = begin(["1"]);
  await written("responded with 503");
  await terminal.clock.advance(4999);
  assertEquals(gate.requests.length, 1);
  await terminal.clock.advance(1);
  await until(() => terminal.output.split("responded with 503").length === 3);
  await terminal.clock.advance(5000);
  await written("it does not come from a daemon");
  const requests = gate.requests.length;
  await terminal.clock.advance(2999);
  assertEquals(gate.requests.length, requests);
  await terminal.clock.advance(1);
  assertEquals(await code, 0);
  assertEquals(terminal.output.includes("\x1b"), false);
});

daemonTest("a silent stream is abandoned", async (setup) => {
  const { begin, finish, gate, terminal, watch, written } = setup;
  await watch("1");
  gate.respond("/v1/events", (outgoing) => outgoing.write(": open\n\n"));
  const code = begin(["1"]);
  await written("1  PROCESSING");
  await terminal.clock.advance(45_000);
  await written("The daemon sent nothing for 45000 ms");
  await finish("1");
  await terminal.clock.advance(1000);
  assertEquals(await code, 0);
});

daemonTest("a stream with events is not silent", async (setup) => {
  const { begin, finish, terminal, watch, written } = setup;
  for (const id of ["1", "2"]) await watch(id);
  const code = begin(["1", "2"]);
  await written("1  PROCESSING");
  await written("2  PROCESSING");
  await terminal.clock.advance(30_000);
  await finish("1");
  await written("1  fulfilled");
  await terminal.clock.advance(30_000);
  await finish("2");
  assertEquals(await code, 0);
  assertEquals(terminal.output.includes("daemon unreachable"), false);
});

daemonTest(
  "a daemon with another database is asked to watch again",
  async (setup) => {
    const { begin, finish, gate, terminal, written } = setup;
    placeEndless(setup, "1");
    const code = begin(["1"]);
    await written("1  PROCESSING");
    const { status, ...problem } = await setup.json(
      "GET",
      "/v1/events?lastEventId=999999",
    );
    gate.respond("/v1/events", (outgoing) => {
      outgoing.writeHead(status).end(JSON.stringify({ status, ...problem }));
    });
    gate.cut();
    await written("daemon unreachable");
    await terminal.clock.advance(1000);
    await until(() =>
      gate.requests.filter((it) => it === "PUT /v1/orders/1").length === 2
    );
    await finish("1");
    assertEquals(await code, 0);
  },
);

daemonTest("an unreachable daemon is retried until the timeout", async (
  { begin, gate, terminal, written },
) => {
  await gate[Symbol.asyncDispose]();
  const code = begin(["1", "--timeout=1s"]);
  await written("Cannot reach the daemon at");
  await terminal.clock.advance(1000);
  assertEquals(await code, 6);
  assertMatch(resultsOf(terminal).join(), /wait_timeout {2}Cannot reach the/);
});
