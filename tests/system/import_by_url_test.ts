import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type ModuleServer,
  startModuleServer,
} from "../sandbox/module_server.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { credentialsOf, runDeno } from "../helpers/system/run_deno.ts";

const README = Deno.readTextFileSync(
  new URL("../../README.md", import.meta.url),
);

/** The script of the README, and its command word by word. */
function readReadme(sandbox: Sandbox, modules: ModuleServer) {
  const script = /```ts\n(import [^]*?)```/
    .exec(README)?.[1];
  const command = /\n *deno (run --allow-import[^`]*?)\n```/.exec(README)?.[1];
  assert(script && command, "the README has lost its script or its command");
  return {
    script: script.replaceAll("https://YOUR-HOST", modules.url),
    args: command.replaceAll("\\\n", " ").trim().split(/\s+/)
      .map((word) =>
        word.replace("YOUR-HOST", modules.host)
          .replace("www.callfire.com", new URL(sandbox.url).host)
      ),
  };
}

async function inFolder(
  run: (
    folder: string,
    sandbox: Sandbox,
    modules: ModuleServer,
    args: string[],
  ) => Promise<void>,
): Promise<void> {
  await using sandbox = await startSandbox();
  await using modules = startModuleServer();
  const folder = await Deno.makeTempDir();
  try {
    sandbox.orders.place({ id: "1642251003", localNumbers: { ordered: 2 } });
    const { script, args } = readReadme(sandbox, modules);
    await Deno.writeTextFile(`${folder}/wait.ts`, script);
    await run(folder, sandbox, modules, args);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const sanitizers = { sanitizeOps: true, sanitizeResources: true };

Deno.test(
  "the README's script runs by its command from an empty folder",
  sanitizers,
  () =>
    inFolder(async (folder, sandbox, modules, args) => {
      assert(!args.some((word) => /^(-A|--allow-all)$/.test(word)));
      // Another run may have served another version from the same port.
      const [run, ...rest] = args;
      const { code, output } = await runDeno(
        [run!, `--reload=${modules.url}`, ...rest],
        folder,
        credentialsOf(sandbox),
      );
      assertEquals(code, 0, output);
      assertStringIncludes(output, "fulfilled");
      assertStringIncludes(output, "12135550100");
    }),
);

Deno.test(
  "the README's script runs in a folder with a package.json as the README says",
  sanitizers,
  () =>
    inFolder(async (folder, sandbox, modules, args) => {
      const flag = /`(--node-modules-dir=[a-z]+)`/.exec(README)?.[1];
      assert(flag, "the README has lost its word on package.json");
      await Deno.writeTextFile(`${folder}/package.json`, "{}");
      const [run, ...rest] = args;
      const { code, output } = await runDeno(
        [run!, flag, `--reload=${modules.url}`, ...rest],
        folder,
        credentialsOf(sandbox),
      );
      assertEquals(code, 0, output);
      assertStringIncludes(output, "fulfilled");
    }),
);

Deno.test(
  "the client type-checks for a script that imports it by URL",
  sanitizers,
  () =>
    inFolder(async (folder, _sandbox, modules) => {
      const check = (text: string) =>
        Deno.writeTextFile(`${folder}/wait.ts`, text).then(() =>
          runDeno(
            [
              "check",
              `--reload=${modules.url}`,
              `--allow-import=${modules.host}`,
              "wait.ts",
            ],
            folder,
          )
        );
      const script = Deno.readTextFileSync(`${folder}/wait.ts`);
      const { code, output } = await check(script);
      assertEquals(code, 0, output);
      const wrong = await check(
        `${script}\nconst wrong: number = order.status;`,
      );
      assertStringIncludes(wrong.output, "'number'");
    }),
);

Deno.test(
  "nothing that mod.ts reaches has a bare specifier",
  sanitizers,
  async () => {
    const root = new URL("../../", import.meta.url);
    const { code, output } = await runDeno(
      ["info", "--no-config", "--json", "mod.ts"],
      root,
    );
    assertEquals(code, 0, output);
    const { modules } = JSON.parse(output.slice(output.indexOf("{"))) as {
      modules: { dependencies?: { specifier: string }[] }[];
    };
    const specifiers = modules.flatMap(({ dependencies = [] }) =>
      dependencies.map(({ specifier }) => specifier)
    );
    assert(specifiers.length > 10);
    const foreign = specifiers.filter((specifier) =>
      !/^(?:\.\.?\/|node:)/.test(specifier)
    );
    assertEquals(
      foreign.map((specifier) => specifier.replace(/@[\d.]+\//, "@/")),
      [
        "npm:@lowlighter/xml@/parse",
      ],
    );
  },
);
