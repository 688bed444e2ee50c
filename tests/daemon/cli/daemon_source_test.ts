import { assertEquals, assertMatch } from "@std/assert";
import type { ServerResponse } from "node:http";
import {
  type DaemonSetup,
  daemonTest,
  placeEndless,
  resultsOf,
  TOKEN,
} from "../../helpers/cli/daemon_testing.ts";

daemonTest("orders are followed at a daemon", async (setup) => {
  const { begin, finish, gate, terminal, watch, written } = setup;
  placeEndless(setup, "1", "2", "3");
  await watch("3", "known before");
  const code = begin(["1", "2", "3"]);
  for (const id of ["1", "2", "3"]) await written(`${id}  PROCESSING`);
  await finish("1");
  await written("1  fulfilled");
  await finish("2");
  await finish("3");
  assertEquals(await code, 0);
  assertEquals(resultsOf(terminal), [
    "✓    0.0 s  1  fulfilled     1 of 1  $1.50  12135550142",
    "✓    0.0 s  2  fulfilled     1 of 1  $1.50  12135550142",
    "✓    0.0 s  3  fulfilled     1 of 1  $1.50  12135550142",
    "3 orders: 3 fulfilled; $4.50",
  ]);
  const { label } = await setup.json("GET", "/v1/orders/3");
  assertEquals(label, "known before");
  assertEquals(gate.requests.filter((it) => it.endsWith("/events")).length, 1);
});

daemonTest("an order that has settled is reported at once", async (setup) => {
  const { begin, finish, terminal, watch } = setup;
  await watch("1");
  await finish("1");
  assertEquals(await begin(["1", "--json"]), 0);
  const [result, summary] = terminal.output.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(result, {
    type: "result",
    id: "1",
    elapsed: 0,
    attempt: 2,
    outcome: "fulfilled",
    order: (await setup.json("GET", "/v1/orders/1")).order,
    error: null,
  });
  assertEquals(summary.exitCode, 0);
});

daemonTest("an order that somebody removes ends the wait for it", async (
  setup,
) => {
  const { begin, call, terminal, written } = setup;
  placeEndless(setup, "1");
  const code = begin(["1"]);
  await written("1  PROCESSING");
  await call("DELETE", "/v1/orders/1");
  assertEquals(await code, 8);
  assertEquals(resultsOf(terminal), [
    "✗    0.0 s  1  removed       0 of 1  PROCESSING",
    "1 order: 1 removed; $0.00",
  ]);
});

/** Holds the response for order 1 back; returns a function that sends another. */
function holdResponse(
  { gate }: DaemonSetup,
): (answer: unknown) => Promise<void> {
  const held = Promise.withResolvers<ServerResponse>();
  gate.respond("/v1/orders/1", held.resolve);
  return async (answer) => {
    (await held.promise).end(JSON.stringify(answer));
  };
}

daemonTest(
  "an event takes precedence over an older response",
  async (setup) => {
    const { begin, finish, json, terminal, watch, written } = setup;
    for (const id of ["1", "2"]) await watch(id);
    const release = holdResponse(setup);
    const code = begin(["1", "2"]);
    await written("2  PROCESSING");
    const before = await json("GET", "/v1/orders/1");
    await finish("1");
    await finish("2");
    await written("2  fulfilled");
    await release(before);
    assertEquals(await code, 0);
    assertEquals(terminal.output.includes("1  PROCESSING"), false);
  },
);

daemonTest("an order removed before it is watched is waited for", async (
  setup,
) => {
  const { begin, call, clock, finish, json, watch, written } = setup;
  for (const id of ["1", "2"]) await watch(id);
  const release = holdResponse(setup);
  const code = begin(["1", "2"]);
  await written("2  PROCESSING");
  await call("DELETE", "/v1/orders/1");
  // By then the daemon may poll it at once.
  await clock.advance(1000);
  const after = await json("PUT", "/v1/orders/1");
  await finish("2");
  await written("2  fulfilled");
  await release(after);
  await finish("1");
  assertEquals(await code, 0);
});

daemonTest("the daemon goes on watching when the time is up", async (setup) => {
  const { begin, core, terminal, written } = setup;
  placeEndless(setup, "1");
  const code = begin(["1", "--timeout=40s"]);
  await written("1  PROCESSING");
  await terminal.clock.advance(40_000);
  assertEquals(await code, 6);
  assertEquals(resultsOf(terminal)[1], "1 order: 1 wait_timeout; $0.00");
  assertEquals(core.tracker.find("1")?.state, "watching");
});

daemonTest("the daemon goes on watching after Ctrl-C", async (setup) => {
  const { begin, core, terminal, written } = setup;
  placeEndless(setup, "1");
  const code = begin(["1"]);
  await written("1  PROCESSING");
  terminal.interrupt();
  assertEquals(await code, 130);
  assertEquals(core.tracker.find("1")?.state, "watching");
});

daemonTest(
  "at the timeout, a permanent error is the outcome",
  async (setup) => {
    const { begin, terminal, written } = setup;
    const code = begin(["404", "--timeout=40s"]);
    await written("404  not_found, retrying");
    await terminal.clock.advance(40_000);
    assertEquals(await code, 5);
    assertMatch(resultsOf(terminal).join(), /404 {2}not_found .*answered 404/);
  },
);

daemonTest("a wrong token ends the wait at once", async (setup) => {
  placeEndless(setup, "1", "2");
  assertEquals(await setup.begin(["1", "2"], "another-token"), 7);
  const results = resultsOf(setup.terminal);
  assertEquals(results[2], "2 orders: 2 unauthorized; $0.00");
  assertMatch(results.join(), /without a valid token/);
  assertEquals(setup.gate.requests.length, 1);
}, { token: TOKEN });

daemonTest("the token is accepted, and never printed", async (setup) => {
  placeEndless(setup, "1");
  const refused = await setup.json("GET", "/v1/orders/1");
  const code = setup.begin(["1"], TOKEN);
  await setup.written("1  PROCESSING");
  setup.gate.respond("/v1/events", (outgoing) => {
    const problem = { ...refused, detail: `Who sent ${TOKEN}?` };
    outgoing.writeHead(418).end(JSON.stringify(problem));
  });
  setup.gate.cut();
  await setup.written("daemon unreachable");
  await setup.terminal.clock.advance(1000);
  assertEquals(await code, 8);
  assertMatch(
    setup.terminal.output,
    /client_error .* responded with 418: \(redacted/,
  );
}, { token: TOKEN });
