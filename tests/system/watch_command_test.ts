import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../client/testing.ts";
import { testWithProgram } from "../daemon/debian_program.ts";
import { isCursorShown, Screen } from "../daemon/terminal/screen.ts";
import type { Step } from "../sandbox/order.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "./conservation.ts";
import { DaemonProcess, withFolder } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";
import { credentialsOf } from "./run_deno.ts";

const ROOT = new URL("../../", import.meta.url);

/** How the command is run; the task adds a line of its own to errors. */
const WATCH = `${Deno.execPath()} task --quiet watch`;

const HEADINGS = "  order       elapsed  attempt  status      bought  outcome";

const ERASE_BELOW = "\x1b[J";
const GIVE_BACK = "\x1b[?7h\x1b[?25h";

const SCRIPT = { program: "script", debianPackage: "bsdutils" };

/** How many rows and columns the terminals here have. */
const ROWS = 8;
const COLUMNS = 80;

/** A program, and what it has written so far. */
class Run implements AsyncDisposable {
  output = "";
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #read: Promise<unknown>;
  #changed = Promise.withResolvers<void>();

  constructor(
    program: string,
    args: string[],
    sandbox: Sandbox,
    env: Record<string, string> = {},
  ) {
    this.#child = new Deno.Command(program, {
      args,
      cwd: ROOT,
      env: { ...credentialsOf(sandbox), TERM: "xterm", NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stderr, stdin, stdout } = this.#child;
    this.#input = stdin.getWriter();
    this.#read = Promise.all(
      [stderr, stdout].map((from) => this.#follow(from)),
    );
  }

  /** Waits until something was written. */
  async written(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }

  /** Types on its keyboard, or writes what it reads. */
  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Ends what it reads. */
  async close(): Promise<void> {
    await this.#input.close();
  }

  /** Waits for its end; answers its exit code. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#read;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended, and have closed it.
    await this.#input.close().catch(() => {});
    await this.#child[Symbol.asyncDispose]();
  }

  async #follow(from: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of from.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#changed.resolve();
    }
  }
}

/** Runs the command at a terminal of its own. */
function runAtTerminal(sandbox: Sandbox, ...args: string[]): Run {
  const command = `stty rows ${ROWS} cols ${COLUMNS}; ` +
    `exec ${WATCH} ${args.join(" ")}`;
  return new Run("script", ["-qec", command, "/dev/null"], sandbox);
}

/** Runs the command as a script does. */
function runInScript(sandbox: Sandbox, ...args: string[]): Run {
  return new Run("sh", ["-c", `exec ${WATCH} ${args.join(" ")}`], sandbox);
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
  await using run = runAtTerminal(sandbox, ...ids);
  await run.written("PROCESSING");
  for (const id of ids) sandbox.orders.set(id, FINISHED);
  assertEquals(await run.ended(), 0);

  using screen = new Screen(COLUMNS, ROWS);
  const end = run.output.lastIndexOf(GIVE_BACK);
  // The last frame, before it gives way to the results.
  const frame = run.output.lastIndexOf(ERASE_BELOW, end - 1);
  await screen.write(run.output.slice(0, frame));
  const lines = screen.lines();
  assertEquals(lines.length, ROWS - 1);
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
  await using run = runAtTerminal(sandbox, id, "--timeout=1h");
  await run.written("PROCESSING");
  assertEquals(isCursorShown(run.output), false);
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
  assertEquals(lines, [
    `✓    0.0 s  ${ids[0]}  fulfilled     1 of 1  $1.50  12135550100`,
    `!    0.0 s  ${ids[1]}  unfulfilled   0 of 1  $1.50`,
    "2 orders: 1 fulfilled, 1 unfulfilled; $3.00",
    "",
  ]);
});

test("the command ends with its reader", async () => {
  await using sandbox = await startSandbox();
  const id = place(sandbox, { after: 0, status: "PROCESSING" });
  await using run = new Run(
    "sh",
    ["-c", `{ ${WATCH} --timeout=1h ${id}; echo "exit $?" >&2; } | head -1`],
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
      ["-c", `exec ${WATCH} --timeout=1h --daemon=${daemon.url} ${id}`],
      sandbox,
      env,
    );
    await run.written(`${id}  PROCESSING`);
    const { port } = daemon;
    await daemon.stop();
    await run.written("the daemon fails, trying again");
    sandbox.orders.set(id, FINISHED);
    await using again = await DaemonProcess.start({ ...options, port });
    assertEquals(await run.ended(), 0);
    assertMatch(run.output, /the daemon answers\n.* fulfilled {5}1 of 1/);
    assertEquals((run.output + again.output).includes(env.API_TOKEN), false);
    const ledger = new Ledger();
    ledger.watched.add(id);
    await checkConservation(again, ledger, new EventReader());
  });
});
