import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { credentialsOf } from "./run_deno.ts";
import { startTest } from "./start_testing.ts";

const ROOT = new URL("../../", import.meta.url);

/** Runs the README's command, and sends signals when it prints something. */
async function runAndSignal(
  sandbox: Sandbox,
  database: string,
  signals: [RegExp, Deno.Signal][],
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "task",
      "--quiet",
      "start",
      "--listen=127.0.0.1:0",
      `--database=${database}`,
    ],
    cwd: ROOT,
    env: credentialsOf(sandbox),
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  for await (
    const text of child.stdout.pipeThrough(new TextDecoderStream())
  ) {
    output += text;
    for (const [pattern, signal] of signals) {
      if (pattern.test(text)) child.kill(signal);
    }
  }
  assertEquals((await child.status).code, 0, output);
  return output;
}

startTest("the README's command runs it, and passes signals on", async (
  sandbox,
  folder,
) => {
  const output = await runAndSignal(sandbox, `${folder}/data/orders.db`, [
    [/Started/, "SIGTERM"],
  ]);
  assertStringIncludes(output, "Stopped");
});

startTest("its database may be behind symbolic links", async (
  sandbox,
  folder,
) => {
  const elsewhere = `${folder}/elsewhere`;
  await Deno.mkdir(elsewhere);
  await Deno.symlink(elsewhere, `${folder}/linked`);
  await Deno.mkdir(`${folder}/data`);
  await Deno.symlink(
    `${folder}/linked/new/orders.db`,
    `${folder}/data/orders.db`,
  );
  // The first run makes the file that the link of the second one leads to.
  for (const database of ["linked/new/orders.db", "data/orders.db"]) {
    const output = await runAndSignal(sandbox, `${folder}/${database}`, [
      [/Started/, "SIGUSR2"],
      [/backup/, "SIGTERM"],
    ]);
    assertStringIncludes(output, "Stopped");
    await Deno.stat(`${folder}/${database}.backup`);
  }
});

startTest("what cannot be fetched is told, and nothing started", async (
  sandbox,
  folder,
) => {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", `${ROOT}daemon/start.ts`],
    env: {
      ...credentialsOf(sandbox),
      DATABASE_URL: `${folder}/orders.db`,
      // Nothing is at hand, and nobody there to fetch it from.
      DENO_DIR: folder,
      NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/",
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stdout)], [1, ""]);
  assertStringIncludes(decoder.decode(stderr), "Cannot start: ");
});
