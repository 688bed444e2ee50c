import { assert, assertEquals, assertMatch } from "@std/assert";
import { ENVIRONMENT_VARIABLES } from "../../daemon/config/config.ts";
import { test } from "../helpers/client/testing.ts";
import {
  runProgram,
  testWithProgram,
} from "../helpers/daemon/debian_program.ts";

const ANALYZE = { program: "systemd-analyze", debianPackage: "systemd" };

const UNIT = Deno.readTextFileSync(
  new URL("../../daemon/deploy/callfire-orders.service", import.meta.url),
);

/** Looks at the unit with the Deno that runs the tests in place of its own. */
async function analyze(...args: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/callfire-orders.service`;
    await Deno.writeTextFile(
      file,
      UNIT.replace("ExecStart=deno ", `ExecStart=${Deno.execPath()} `),
    );
    const { code, output } = await runProgram("systemd-analyze", [
      ...args,
      file,
    ]);
    assertEquals(code, 0, output);
    return output;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testWithProgram(ANALYZE, "systemd finds no fault in the unit", async () => {
  assertEquals(await analyze("verify", "--man=no"), "");
});

testWithProgram(ANALYZE, "the unit exposes next to nothing", async () => {
  // In tenths: 15 of 100, where a unit without any hardening has 96.
  const output = await analyze("security", "--offline=true", "--threshold=15");
  assertMatch(output, /Overall exposure level for callfire-orders\.service/);
});

test("the unit sets no secret, and nothing that is not read", () => {
  const variables = [...UNIT.matchAll(/^Environment=(.*)$/gm)]
    .flatMap(([, list]) => list!.split(" "))
    .map((assignment) => assignment.split("=")[0]!);
  assert(variables.includes("DATABASE_URL"));
  const known: string[] = [...ENVIRONMENT_VARIABLES, "NO_COLOR"];
  for (const variable of variables) {
    assert(known.includes(variable) || variable.startsWith("DENO_"), variable);
    assert(!/PASSWORD|TOKEN|LOGIN/.test(variable), variable);
  }
});
