import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { credentialsOf } from "../helpers/system/run_deno.ts";
import { startTest } from "../helpers/system/start_testing.ts";

const ROOT = new URL("../../", import.meta.url);

/** What the command may run in. */
interface Surroundings {
  /** Variables besides the credentials. */
  env?: Record<string, string>;
  /** The path of Deno. */
  program?: string;
}

/** Runs the README's command, and sends signals when it prints something. */
async function runAndSignal(
  sandbox: Sandbox,
  database: string,
  signals: [RegExp, Deno.Signal][],
  { env = {}, program = Deno.execPath() }: Surroundings = {},
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [
      "task",
      "--quiet",
      "start",
      "--listen=127.0.0.1:0",
      `--database=${database}`,
    ],
    cwd: ROOT,
    env: { ...credentialsOf(sandbox), ...env },
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

startTest("Deno's own path may hold blanks and commas", async (
  sandbox,
  folder,
) => {
  for (const name of ["a b", "a,b"]) {
    await Deno.mkdir(`${folder}/${name}`);
    const program = `${folder}/${name}/deno`;
    await Deno.link(Deno.execPath(), program)
      .catch(() => Deno.copyFile(Deno.execPath(), program));
    const output = await runAndSignal(
      sandbox,
      `${folder}/data/orders.db`,
      [[/Started/, "SIGTERM"]],
      { program },
    );
    assertStringIncludes(output, "Stopped");
  }
});

startTest("Deno does not look for updates of its own", async (
  sandbox,
  folder,
) => {
  using proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const counting = (async () => {
    for await (const connection of proxy) {
      connections++;
      connection.close();
    }
  })();
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  // All that is at hand but when Deno looked for updates last.
  for await (const { name } of Deno.readDir(denoDir)) {
    if (name.startsWith("latest")) continue;
    await Deno.symlink(`${denoDir}/${name}`, `${folder}/${name}`);
  }
  await runAndSignal(
    sandbox,
    `${folder}/data/orders.db`,
    [[/Started/, "SIGTERM"]],
    {
      env: {
        DENO_DIR: folder,
        HTTPS_PROXY: `http://127.0.0.1:${proxy.addr.port}`,
      },
    },
  );
  proxy.close();
  await counting;
  assertEquals(connections, 0);
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
