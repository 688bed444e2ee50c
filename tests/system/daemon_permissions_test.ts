import { assert, assertEquals } from "@std/assert";
import { type Config, parseConfig } from "../../daemon/config/config.ts";
import { processFlags } from "../../daemon/config/process_flags.ts";
import { startRawServer } from "../helpers/client/raw_server.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { withFolder } from "../helpers/system/daemon_process.ts";
import type { Attempts, Outcomes } from "../helpers/system/permission_probe.ts";
import { credentialsOf } from "../helpers/system/run_deno.ts";

const ROOT = new URL("../../", import.meta.url);
const MAIN = new URL("daemon/main.ts", ROOT).href;
const PROBE = new URL(
  "../helpers/system/permission_probe.ts",
  import.meta.url,
).href;

/** The command line of the daemon, found by one of its flags. */
async function commandLineWith(flag: string): Promise<string[]> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const line = await Deno.readTextFile(`/proc/${name}/cmdline`);
      const words = line.split("\0").slice(0, -1);
      if (words.includes(MAIN) && words.includes(flag)) return words;
    } catch {
      // It has ended meanwhile, or is another user's.
    }
  }
  throw new Error(`No daemon runs with ${flag}`);
}

/**
 * Runs the README's command for the daemon, and meanwhile a test.
 *
 * @param args Its flags.
 * @param env More of its environment.
 * @param run Is called once the daemon has started.
 */
async function whileStarted(
  args: string[],
  env: Record<string, string>,
  run: () => Promise<void>,
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "start", ...args],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  let failure: unknown;
  for await (
    const text of child.stdout.pipeThrough(new TextDecoderStream())
  ) {
    output += text;
    if (!/Started/.test(text)) continue;
    await run().catch((error) => failure = error);
    child.kill("SIGTERM");
  }
  const { code } = await child.status;
  if (failure) throw failure;
  assertEquals(code, 0, output);
  assert(output.includes("Stopped"), output);
}

/** Tries all that the probe knows, with some flags for `deno run`. */
async function probe(
  flags: string[],
  attempts: Attempts,
  env: Record<string, string>,
): Promise<Outcomes> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, PROBE, JSON.stringify(attempts)],
    cwd: ROOT,
    env: { ...env, FOREIGN_VARIABLE: "foreign" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  assert(text !== "", decoder.decode(stderr));
  return JSON.parse(text);
}

Deno.test({
  name: "the daemon cannot reach other files, hosts or programs",
  ignore: Deno.build.os !== "linux",
  sanitizeOps: true,
  sanitizeResources: true,
  fn: () =>
    withFolder(async (parent) => {
      const folder = `${parent}/data`;
      const foreignFile = `${parent}/probe`;
      await Deno.writeTextFile(foreignFile, "foreign");
      await using sandbox = await startSandbox();
      await using foreign = await startRawServer(() => Promise.resolve());
      const env = credentialsOf(sandbox);
      const database = `--database=${folder}/orders.db`;
      const args = ["--listen=127.0.0.1:0", database];
      await whileStarted(args, env, async () => {
        const [, command, ...words] = await commandLineWith(database);
        const flags = words.slice(0, words.indexOf(MAIN));
        assertEquals(command, "run");
        assertEquals(words, [...flags, MAIN, ...args]);
        const config = parseConfig(args, (name) => env[name]) as Config;
        assertEquals(flags, processFlags(config));

        const outcomes = await probe(flags, {
          folder,
          foreignFile,
          port: Number(new URL(sandbox.baseUrl).port),
          foreignPort: Number(new URL(foreign.url).port),
        }, env);
        for (const [name, outcome] of Object.entries(outcomes)) {
          const expected = name.startsWith("may ") ? "done" : "NotCapable";
          assertEquals(outcome, expected, name);
        }
        assert(Object.keys(outcomes).length > 30);
      });
      assertEquals(foreign.requests, []);
      assertEquals(await Deno.readTextFile(foreignFile), "foreign");
    }),
});
