import { assertEquals, assertMatch } from "@std/assert";
import type { Step } from "../../sandbox/order.ts";
import { until } from "../../sandbox/testing.ts";
import { commandTest, place, step } from "../../helpers/cli/testing.ts";

commandTest("each way to end has its exit code", async (
  { run, sandbox, terminal },
) => {
  const ends: [Step, number, string][] = [
    [step(0, "FINISHED", 2), 0, "fulfilled"],
    [step(0, "FINISHED", 1), 3, "partial"],
    [step(0, "FINISHED"), 3, "unfulfilled"],
    [step(0, "ERRORED"), 4, "errored"],
    [step(0, "VOID"), 4, "void"],
    [step(0, "REJECTED"), 4, "rejected"],
    [step(0, "ADJUSTED"), 6, "wait_timeout"],
    [step(0, "WHO_KNOWS"), 6, "wait_timeout"],
  ];
  for (const [end, code, outcome] of ends) {
    terminal.output = "";
    const id = place(sandbox, end);
    assertEquals(await run([id, "--timeout=3s"]), code, outcome);
    assertMatch(terminal.output, new RegExp(`^1 order: 1 ${outcome};`, "m"));
  }
});

commandTest("each permanent error has its exit code", async (
  { run, sandbox, terminal },
) => {
  const faults: [number, number, string][] = [
    [401, 7, "unauthorized"],
    [403, 7, "forbidden"],
    [400, 8, "client_error"],
  ];
  for (const [status, code, outcome] of faults) {
    terminal.output = "";
    const id = place(sandbox, step(0, "NEW"));
    sandbox.faults.add({ kind: "status", status, order: id });
    assertEquals(await run([id]), code, outcome);
    assertMatch(terminal.output, new RegExp(`${outcome} .*answered ${status}`));
    assertEquals(sandbox.requests.entries(id).length, 1);
  }
});

commandTest("an order that is not known at once is waited for", async (
  { run, sandbox, terminal },
) => {
  const id = sandbox.orders.place({
    localNumbers: { ordered: 1 },
    visibleAfter: 3000,
    script: [step(0, "FINISHED", 1)],
  });
  assertEquals(await run([id]), 0);
  const lines = terminal.output.trimEnd().split("\n");
  assertMatch(lines[0]!, /0\.0 s {2}\d+ {2}not_found, retrying: .*404/);
  assertMatch(lines[1]!, /^✓ {4}3\.0 s {2}\d+ {2}fulfilled/);
  assertEquals(lines.length, 3);
});

commandTest("an order that disappears ends its wait", async (
  { run, sandbox, terminal },
) => {
  const id = place(sandbox, step(0, "NEW"));
  sandbox.faults.add({ kind: "none" });
  sandbox.faults.add({ kind: "status", status: 404 });
  assertEquals(await run([id]), 5);
  const lines = terminal.output.trimEnd().split("\n");
  assertMatch(lines[1]!, /^✗ {4}1\.0 s {2}\d+ {2}not_found .*404/);
  assertEquals(lines.length, 3);
});

for (const timeout of ["5s", "5m"]) {
  commandTest(`an order that is never known ends a wait of ${timeout}`, async (
    { clock, run, sandbox, terminal },
  ) => {
    assertEquals(await run(["404", `--timeout=${timeout}`]), 5);
    // 404 is retried for 20 seconds, but not beyond the timeout.
    const expected = timeout === "5s" ? 5000 : 20_000;
    assertEquals(clock.now(), expected);
    const seconds = (expected / 1000).toFixed(1);
    const result = new RegExp(
      `^✗ +${seconds} s {2}404 {2}not_found .*404`,
      "m",
    );
    assertMatch(terminal.output, result);
    assertEquals(terminal.output.match(/retrying/g)?.length, 1);
    assertMatch(terminal.output, /^1 order: 1 not_found; \$0\.00$/m);
    assertEquals(
      sandbox.requests.count,
      timeout === "5s" ? 5 : 21,
    );
  });
}

commandTest(
  "rejected credentials are not tried again",
  async (
    { run, sandbox, terminal },
  ) => {
    const ids = [1, 2, 3].map(() => place(sandbox, step(0, "NEW")));
    const code = await run(ids, { CALLFIRE_PASSWORD: "wrong-password" });
    assertEquals(code, 7);
    assertEquals(sandbox.requests.entries().length, 1);
    assertMatch(
      terminal.output,
      /unauthorized {2}Not polled any more, since CallFire rejected the/,
    );
    assertMatch(terminal.output, /^3 orders: 3 unauthorized; \$0.00$/m);
  },
);

commandTest("Ctrl-C ends it, and the live view with it", async (
  { begin, clock, sandbox, terminal },
) => {
  const [id = "", done = ""] = [
    place(sandbox, step(0, "PROCESSING", 1)),
    place(sandbox, step(0, "FINISHED", 2)),
  ];
  terminal.isTerminal = true;
  const code = begin([id, done]);
  clock.setTimer(() => terminal.interrupt(), 1550);
  assertEquals(await clock.runUntilSettled(code), 130);
  assertEquals(terminal.output.startsWith("\x1b[?25l"), true);
  const results = terminal.output.split("\x1b[J").at(-1);
  assertEquals(results?.split("\n"), [
    `?    1.6 s  ${id}  interrupted   1 of 2  PROCESSING  12135550100`,
    `✓    0.1 s  ${done}  fulfilled     2 of 2  $3.00  12135550100  12135550101`,
    "2 orders: 1 interrupted, 1 fulfilled; $3.00",
    "",
  ]);
});

commandTest("Ctrl-C ends it at once within a question", async (
  { begin, sandbox, terminal },
) => {
  const id = place(sandbox, step(0, "NEW"));
  sandbox.faults.add({ kind: "hang" });
  const code = begin([id]);
  await until(() => sandbox.requests.count === 1);
  terminal.interrupt();
  assertEquals(await code, 130);
});

commandTest("Ctrl-C ends it while ids are read", async (
  { begin, sandbox, terminal },
) => {
  terminal.readInput = () => new Promise(() => {});
  const code = begin(["-"]);
  terminal.interrupt();
  assertEquals(await code, 130);
  assertEquals(sandbox.requests.count, 0);
});
