import { assertEquals, assertMatch } from "@std/assert";
import { startSandbox } from "../sandbox/sandbox.ts";
import { credentialsOf, runDeno } from "../helpers/system/run_deno.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test({
  name: "every example in the docs runs",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    await using sandbox = await startSandbox();
    sandbox.orders.place({
      id: "1642251003",
      localNumbers: { ordered: 2 },
      keywords: { ordered: 1 },
    });
    const files = [];
    for (const folder of ["client", "client/http", "client/xml"]) {
      for (const { name } of Deno.readDirSync(new URL(folder, ROOT))) {
        if (name.endsWith(".ts")) files.push(`${folder}/${name}`);
      }
    }
    const { code, output } = await runDeno(
      [
        "test",
        "--doc",
        "--allow-env",
        `--allow-net=${new URL(sandbox.url).host}`,
        "mod.ts",
        ...files.sort(),
      ],
      ROOT,
      credentialsOf(sandbox),
    );
    assertEquals(code, 0, output);
    // An example that is not found would be one that cannot fail.
    const examples = files.concat("mod.ts").map((file) =>
      Deno.readTextFileSync(new URL(file, ROOT)).split("```ts").length - 1
    ).reduce((sum, count) => sum + count, 0);
    assertMatch(output, new RegExp(`\\b${examples} passed`), output);
  },
});
