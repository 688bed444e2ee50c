import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { withFolder } from "../helpers/system/daemon_process.ts";
import { type DenoRun, runDeno } from "../helpers/system/run_deno.ts";

const ROOT = new URL("../../", import.meta.url);

/** Runs the task to its end. */
function soak(...args: string[]): Promise<DenoRun> {
  return runDeno(["task", "--quiet", "soak", ...args], ROOT);
}

/** A figure of the report. */
function figure(output: string, name: string): number {
  return Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(output)?.[1]);
}

test("deno task soak keeps orders coming and going, and reports", () =>
  withFolder(async (folder) => {
    const report = `${folder}/report/soak.html`;
    const { code, output } = await soak(
      ...["--for", "10s", "--orders", "60", "--report", report],
    );
    assertEquals(code, 0, output);
    assertMatch(output, /^Kept every promise; too short to tell/m);
    assertMatch(output, /^\| database, MiB +\|.*\| too short to tell +\|$/m);
    // Otherwise nothing much would have been soaked.
    const watched = figure(output, "orders watched");
    assert(watched >= 60, output);
    assert(figure(output, "orders removed") >= 1, output);
    assert(figure(output, "orders settled") >= 20, output);
    assert(figure(output, "events") >= 2 * watched, output);
    assert(figure(output, "connections of readers") >= 3, output);
    assert(figure(output, "spells") >= 2, output);
    const page = await Deno.readTextFile(report);
    assertEquals(page.match(/<polyline points="[\d.]/g)?.length, 7);
    assert(page.includes("Every promise was kept."), page);
  }));

test("deno task soak ends early on SIGINT, with the report", () =>
  withFolder(async (folder) => {
    const report = `${folder}/soak.html`;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--allow-all", "tests/soak/main.ts"],
        ...["--for", "1h", "--orders", "5", "--report", report],
      ],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
    }).spawn();
    let output = "";
    for await (
      const text of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      output += text;
      if (/^\d+ s: /m.test(output)) {
        child.kill("SIGINT");
        break;
      }
    }
    assertEquals((await child.status).code, 0);
    assert((await Deno.readTextFile(report)).includes("ended early"));
  }));

test("deno task soak says which flag is wrong", async () => {
  for (const flag of ["--for=soon", "--orders=0", "--seed=-1", "--colour"]) {
    const { code, output } = await soak(flag);
    assertEquals(code, 2, output);
    assert(output.includes(`soak: `) && output.includes(flag.split("=")[0]!));
  }
  const { code, output } = await soak("--help");
  assertEquals(code, 0);
  assert(output.includes("--for DURATION"), output);
});
