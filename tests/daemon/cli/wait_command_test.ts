import { assertEquals, assertMatch } from "@std/assert";
import { WAIT_HELP } from "../../../daemon/cli/wait_help.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { commandTest, place, step } from "../../helpers/cli/testing.ts";

/** Places one that is fulfilled, one that is partial and one that is neither. */
function placeThree(sandbox: Sandbox): string[] {
  return [
    place(
      sandbox,
      step(0, "NEW"),
      step(1000, "PROCESSING", 1),
      step(3000, "FINISHED", 2),
    ),
    place(sandbox, step(0, "PROCESSING"), step(1500, "FINISHED", 1)),
    place(sandbox, step(0, "WAIT_FOR_PAYMENT")),
  ];
}

commandTest("plain lines show each change", async (
  { run, sandbox, terminal },
) => {
  const [one = "", ...others] = placeThree(sandbox);
  sandbox.faults.add({ kind: "status", status: 503, order: one });
  const code = await run([one, ...others, "--timeout=5s"]);
  assertEquals(terminal.output.split("\n"), [
    `·    0.0 s  ${one}  server_error, retrying: Cannot get order ` +
    `'${one}': CallFire answered 503 and said "Service Unavailable"; ask ` +
    "again later",
    `·    0.1 s  ${others[0]}  PROCESSING    0 of 2`,
    `·    0.2 s  ${others[1]}  WAIT_FOR_PAYMENT  0 of 2`,
    `·    1.0 s  ${one}  PROCESSING    1 of 2`,
    `!    2.1 s  ${others[0]}  partial       1 of 2  $3.00  12135550100`,
    `✓    3.0 s  ${one}  fulfilled     2 of 2  $3.00  12135550100  12135550101`,
    `?    5.2 s  ${others[1]}  wait_timeout  0 of 2  WAIT_FOR_PAYMENT`,
    "3 orders: 1 fulfilled, 1 partial, 1 wait_timeout; $6.00",
    "",
  ]);
  assertEquals(code, 6);
  assertEquals(terminal.errors, "");
});

commandTest("--json is one object a line", async (
  { run, sandbox, terminal },
) => {
  const [id = "", short = ""] = placeThree(sandbox);
  sandbox.faults.add({ kind: "status", status: 403, order: short });
  assertEquals(await run(["--json", id, short]), 7);
  const order = (status: string, ...fulfilled: string[]) => ({
    id,
    status,
    created: "2014-12-17T12:25:36.000Z",
    totalCost: 3,
    localNumbers: { ordered: 2, unitCost: 1.5, fulfilled },
  });
  const progress = { type: "progress", id, outcome: null, error: null };
  const lines = terminal.output.trimEnd().split("\n");
  assertEquals(lines.map((line) => JSON.parse(line)), [
    { ...progress, elapsed: 0, attempt: 1, order: order("NEW") },
    {
      type: "result",
      id: short,
      elapsed: 102,
      attempt: 1,
      outcome: "forbidden",
      order: null,
      error: {
        code: "forbidden",
        message: `Cannot get order '${short}': CallFire answered 403 and ` +
          `said "Forbidden"; check what this login is permitted to do`,
      },
    },
    {
      ...progress,
      elapsed: 1000,
      attempt: 2,
      order: order("PROCESSING", "12135550100"),
    },
    {
      ...progress,
      type: "result",
      elapsed: 3000,
      attempt: 4,
      outcome: "fulfilled",
      order: order("FINISHED", "12135550100", "12135550101"),
    },
    {
      type: "summary",
      elapsed: 3000,
      orders: 2,
      outcomes: { fulfilled: 1, forbidden: 1 },
      totalCost: 3,
      exitCode: 7,
    },
  ]);
});

commandTest("--quiet writes only outcomes", async (
  { run, sandbox, terminal },
) => {
  const [one = "", two = ""] = placeThree(sandbox);
  terminal.isTerminal = true;
  assertEquals(await run(["-q", one, two]), 3);
  assertEquals(terminal.output.split("\n"), [
    `!    2.1 s  ${two}  partial       1 of 2  $3.00  12135550100`,
    `✓    3.0 s  ${one}  fulfilled     2 of 2  $3.00  12135550100  12135550101`,
    "2 orders: 1 fulfilled, 1 partial; $6.00",
    "",
  ]);
  terminal.output = "";
  await run(["-q", "--json", one]);
  const types = terminal.output.trimEnd().split("\n")
    .map((line) => JSON.parse(line).type);
  assertEquals(types, ["result", "summary"]);
});

commandTest("more orders than the rate limit allows take turns", async (
  { clock, run, sandbox },
) => {
  const ids = Array.from(
    { length: 8 },
    () => place(sandbox, step(0, "NEW"), step(5000, "FINISHED", 2)),
  );
  await run([...ids, "--timeout=1m"], { MAX_REQUESTS_PER_SECOND: "2" });
  const times = sandbox.requests.entries().map(({ arrivedAt }) => arrivedAt);
  assertEquals(times.slice(0, 9), [
    0,
    510,
    1020,
    1530,
    2040,
    2550,
    3060,
    3570,
    4080,
  ]);
  assertEquals(clock.now() < 10_000, true);
});

commandTest("an interval is kept", async ({ run, sandbox }) => {
  const id = place(sandbox, step(0, "NEW"), step(4000, "FINISHED", 2));
  assertEquals(await run([id, "--interval=3s"]), 0);
  assertEquals(sandbox.requests.entries().map(({ arrivedAt }) => arrivedAt), [
    0,
    3000,
    6000,
  ]);
});

commandTest("- reads IDs from the standard input", async (
  { run, sandbox, terminal },
) => {
  for (const id of ["1", "2", "3"]) {
    sandbox.orders.place({ id, script: [{ after: 0, status: "FINISHED" }] });
  }
  terminal.input = "1\r\n\n  2\n3";
  assertEquals(await run(["3", "-"]), 0);
  assertEquals(sandbox.requests.entries().map(({ order }) => order), [
    "3",
    "1",
    "2",
  ]);
});

commandTest("no response controls the terminal", async (
  { run, sandbox, terminal },
) => {
  const bought = "\x9b2J\x7f\u202eTAXI";
  const id = sandbox.orders.place({
    keywords: { ordered: 1 },
    script: [{
      after: 0,
      status: "FINISHED",
      fulfilled: { keywords: [bought] },
    }],
  });
  const written: string[] = [];
  for (const flags of [["--json"], [], ["--quiet"]]) {
    terminal.output = "";
    assertEquals(await run([id, ...flags]), 0);
    written.push(terminal.output);
  }
  terminal.isTerminal = true;
  terminal.output = "";
  await run([id]);
  const results = terminal.output.split("\x1b[J").at(-1) ?? "";
  for (const output of [...written, results]) {
    assertEquals(/[^\n\P{Cc}]|\p{Cf}/u.test(output), false, output);
    assertMatch(output, /\\u009b2J\\u007f\\u202eTAXI/);
  }
  const [result = ""] = written[0]?.split("\n") ?? [];
  assertEquals(JSON.parse(result).order.keywords.fulfilled, [bought]);
});

commandTest("--help is written whole, without a request", async (
  { run, sandbox, terminal },
) => {
  assertEquals(await run(["--help"]), 0);
  assertEquals(terminal.output, WAIT_HELP);
  const longest = Math.max(...WAIT_HELP.split("\n").map((l) => l.length));
  assertEquals(longest <= 80, true);
  assertEquals(sandbox.requests.count, 0);
});

commandTest("a mistake is reported in one line, without a request", async (
  { run, sandbox, terminal },
) => {
  const wrong: [string[], Record<string, string>, RegExp][] = [
    [["42", "--timeout=x"], {}, /^callfire-orders: Cannot use --timeout 'x'/],
    [
      ["abc"],
      {},
      /^callfire-orders: Cannot wait for order 'abc': an order id is/,
    ],
    [["\x1b[31m"], {}, /Cannot wait for order '\\u001b\[31m'/],
    [["-"], {}, /there is no order ID on the standard input/],
    [["42"], { CALLFIRE_LOGIN: "" }, /CALLFIRE_LOGIN is not set/],
    [["42"], { CALLFIRE_BASE_URL: "http://a.example" }, /begin with https:/],
  ];
  for (const [args, environment, message] of wrong) {
    terminal.errors = "";
    assertEquals(await run(args, environment), 2);
    assertMatch(terminal.errors, message);
    assertEquals(terminal.errors.indexOf("\n"), terminal.errors.length - 1);
  }
  assertEquals(terminal.output, "");
  assertEquals(sandbox.requests.count, 0);
});
