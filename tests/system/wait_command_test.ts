import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { isCursorShown, Screen } from "../helpers/cli/screen.ts";
import type { Step } from "../sandbox/order.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import {
  Run,
  runAtTerminal,
  SCRIPT,
  WAIT,
} from "../helpers/system/wait_run.ts";

const HEADINGS = "  order       elapsed  attempt  status      bought  outcome";

const ERASE_BELOW = "\x1b[J";
const BEFORE_DRAWING = "\x1b[?25l\x1b[?7l";

const SIZE = { columns: 80, rows: 8 };

/** Runs the command as a script does. */
function runInScript(sandbox: Sandbox, ...args: string[]): Run {
  return new Run("sh", ["-c", `exec ${WAIT} ${args.join(" ")}`], sandbox);
}

function place(sandbox: Sandbox, ...script: Step[]): string {
  return sandbox.orders.place({ localNumbers: { ordered: 1 }, script });
}

const FINISHED = {
  status: "FINISHED",
  fulfilled: { localNumbers: ["12135550100"] },
};

testWithProgram(SCRIPT, "the live view at a real terminal", async () => {
  await using sandbox = await startSandbox();
  const ids = Array.from(
    { length: 6 },
    () => place(sandbox, { after: 0, status: "PROCESSING" }),
  );
  await using run = runAtTerminal(sandbox, SIZE, ...ids);
  await run.written("PROCESSING");
  for (const id of ids) sandbox.orders.set(id, FINISHED);
  assertEquals(await run.ended(), 0);

  using screen = new Screen(SIZE.columns, SIZE.rows);
  // The last frame, before it gives way to the results.
  const drawing = run.output.lastIndexOf(BEFORE_DRAWING);
  const frame = run.output.indexOf(ERASE_BELOW, drawing);
  await screen.write(run.output.slice(0, frame));
  const lines = screen.lines();
  assertEquals(lines.length, SIZE.rows - 1);
  assertEquals(lines[0], HEADINGS);
  for (const line of lines.slice(1, -1)) {
    assertMatch(line, /^[·✓] \d{10} {3,4}\d+\.\d s {8}\d {2}[A-Z]+ .* of 1/);
  }
  assertMatch(lines.at(-1) ?? "", /^\d of 6 ended, 1 not shown$/);

  await screen.write(run.output.slice(frame));
  const results = screen.lines();
  for (const line of results.slice(0, -1)) {
    assertMatch(line, /^✓ .* fulfilled {5}1 of 1 {2}\$1\.50 {2}12135550100$/);
  }
  assertEquals(results.length, 7);
  assertEquals(results[6], "6 orders: 6 fulfilled; $9.00");
  assertEquals([screen.isWrapping, isCursorShown(run.output)], [true, true]);
});

testWithProgram(SCRIPT, "Ctrl-C at a real terminal", async () => {
  await using sandbox = await startSandbox();
  const id = place(sandbox, { after: 0, status: "PROCESSING" });
  await using run = runAtTerminal(sandbox, SIZE, id, "--timeout=1h");
  await run.written("PROCESSING");
  await run.type("\x03");
  assertEquals(await run.ended(), 130);
  assertEquals(isCursorShown(run.output), true);
  assertMatch(run.output, /1 order: 1 interrupted; \$0\.00\r\n$/);
});

test("the command in a script, with only the permissions it needs", async () => {
  await using sandbox = await startSandbox();
  const ids = [
    place(sandbox, { after: 0, ...FINISHED }),
    place(sandbox, { after: 0, status: "FINISHED" }),
  ];
  await using run = runInScript(sandbox, "-");
  await run.type(ids.join("\n"));
  await run.close();
  assertEquals(await run.ended(), 3);
  const lines = run.output.replaceAll(/\d\.\d s/g, "0.0 s").split("\n");
  // Both orders end at once: either may be read first.
  assertEquals([...lines.slice(0, 2).toSorted(), ...lines.slice(2)], [
    `!    0.0 s  ${ids[1]}  unfulfilled   0 of 1  $1.50`,
    `✓    0.0 s  ${ids[0]}  fulfilled     1 of 1  $1.50  12135550100`,
    "2 orders: 1 fulfilled, 1 unfulfilled; $3.00",
    "",
  ]);
});

test("the command ends with its reader", async () => {
  await using sandbox = await startSandbox();
  const id = place(sandbox, { after: 0, status: "PROCESSING" });
  await using run = new Run(
    "sh",
    ["-c", `{ ${WAIT} --timeout=1h ${id}; echo "exit $?" >&2; } | head -1`],
    sandbox,
  );
  await run.written("PROCESSING");
  sandbox.orders.set(id, { status: "ADJUSTED" });
  await run.written("exit 141");
  assertEquals(await run.ended(), 0);
});

test("the command through a daemon that is restarted", async () => {
  await using sandbox = await startSandbox();
  const id = place(sandbox, { after: 0, status: "PROCESSING" });
  await withFolder(async (folder) => {
    const env = { API_TOKEN: "a-token-of-the-daemon" };
    const options = { sandbox, folder, env };
    await using daemon = await DaemonProcess.start(options);
    await using run = new Run(
      "sh",
      ["-c", `exec ${WAIT} --timeout=1h --daemon=${daemon.url} ${id}`],
      sandbox,
      env,
    );
    await run.written(`${id}  PROCESSING`);
    const { port } = daemon;
    await daemon.stop();
    await run.written("daemon unreachable, retrying");
    sandbox.orders.set(id, FINISHED);
    await using again = await DaemonProcess.start({ ...options, port });
    assertEquals(await run.ended(), 0);
    assertMatch(run.output, /daemon reachable again\n.* fulfilled {5}1 of 1/);
    assertEquals((run.output + again.output).includes(env.API_TOKEN), false);
    const ledger = new Ledger();
    ledger.watched.add(id);
    await checkConservation(again, ledger, new EventReader());
  });
});
