import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { withFolder } from "../helpers/system/daemon_process.ts";
import { freePort } from "../helpers/system/free_port.ts";
import { credentialsOf } from "../helpers/system/run_deno.ts";
import { startTest } from "../helpers/system/start_testing.ts";

const ROOT = new URL("../../", import.meta.url);

const SIGNALS = ["SIGTERM", "SIGHUP", "SIGKILL"] as const;

/** How npx runs a command: by a shell, to which it passes signals on. */
const AS_NPX = `
  const { spawn } = require("node:child_process");
  const child = spawn("sh", ["-c", process.argv[1]], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("close", () => process.exit(1));
`;

/** A program that was launched, and all that it launched. */
class Launched implements AsyncDisposable {
  /** All that they printed. */
  output = "";
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(sandbox: Sandbox, command: string[]) {
    this.#child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      cwd: ROOT,
      env: { ...credentialsOf(sandbox), NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** Reads until something was printed. */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      if (!await this.#readSome()) throw new Error(`ended: ${this.output}`);
    }
  }

  /** Waits until all of them have ended, or at least closed their output. */
  async ended(): Promise<void> {
    while (await this.#readSome());
    await this.#child.status;
  }

  /** The ids of them all: that of the one that was started, then downwards. */
  async pids(): Promise<number[]> {
    const pids = [this.#child.pid];
    for (const pid of pids) {
      const path = `/proc/${pid}/task/${pid}/children`;
      const children = await Deno.readTextFile(path).catch(() => "");
      pids.push(...children.split(" ").filter(Boolean).map(Number));
    }
    return pids;
  }

  /** Ends the input of the one that was started. */
  closeInput(): Promise<void> {
    return this.#child.stdin.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of await this.pids()) kill(pid, "SIGKILL");
    await this.#child.stdin.close().catch(() => {});
    await this.ended();
  }

  async #readSome(): Promise<boolean> {
    const { done, value = "" } = await this.#reader.read();
    this.output += value;
    return !done;
  }
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

function startCommand(folder: string, port = 0): string[] {
  return [
    ...[Deno.execPath(), "task", "--quiet", "start"],
    `--listen=127.0.0.1:${port}`,
    `--database=${folder}/orders.db`,
  ];
}

for (const [place, name] of ["deno task", "the launcher"].entries()) {
  startTest(`the daemon stops when ${name} ends, however that does`, async (
    sandbox,
    folder,
  ) => {
    for (const signal of SIGNALS) {
      await using launched = new Launched(sandbox, startCommand(folder));
      await launched.printed(/Started/);
      const pids = await launched.pids();
      assertEquals(pids.length, 3);
      kill(pids[place]!, signal);
      await launched.ended();
      assertStringIncludes(launched.output, "Stopped", signal);
    }
  });
}

testWithProgram(
  { program: "node", debianPackage: "nodejs" },
  "the daemon stops when npx ends, however that does",
  () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      const words = startCommand(folder).map((word) => `'${word}'`).join(" ");
      for (const signal of SIGNALS) {
        await using launched = new Launched(sandbox, [
          ...["node", "-e", AS_NPX, words],
        ]);
        await launched.printed(/Started/);
        const pids = await launched.pids();
        // Some shells become the command that they are to run.
        assert(pids.length >= 4, `${pids}`);
        kill(pids[0]!, signal);
        await launched.ended();
        assertStringIncludes(launched.output, "Stopped", signal);
      }
    }),
);

startTest("the daemon outlives the shell that it was started from", async (
  sandbox,
  folder,
) => {
  const port = freePort();
  const words = startCommand(folder, port).map((word) => `'${word}'`).join(" ");
  await using launched = new Launched(sandbox, [
    ...["sh", "-c", `${words} & read line`],
  ]);
  await launched.printed(/Started/);
  const [shell, task] = await launched.pids();
  await launched.closeInput();
  while (await isRunning(shell!)) await new Promise((go) => setTimeout(go, 50));
  // The launchers are looked at twice a second.
  await new Promise((go) => setTimeout(go, 1_500));
  const response = await fetch(`http://127.0.0.1:${port}/-/healthy`);
  assertEquals(await response.text(), "healthy\n");
  kill(task!, "SIGTERM");
  await launched.ended();
  assertStringIncludes(launched.output, "Stopped");
});

startTest("no process of the demo outlives it", async (sandbox) => {
  for (const signal of SIGNALS) {
    await using launched = new Launched(sandbox, [
      ...[Deno.execPath(), "task", "--quiet", "demo"],
    ]);
    await launched.printed(/Ctrl-C ends it/);
    const pids = await launched.pids();
    assert(pids.length >= 4, `${pids}`);
    kill(pids[0]!, signal);
    await launched.ended();
    for (const pid of pids) {
      while (await isRunning(pid)) {
        await new Promise((go) => setTimeout(go, 50));
      }
    }
  }
});

/** Whether a process still runs; a zombie does not. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !stat.includes(") Z ");
}
