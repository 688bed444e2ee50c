import { assert, assertEquals } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { runDeno } from "../helpers/system/run_deno.ts";
import { inTurn, isMet, judged, type Measurement } from "./benchmark.ts";
import { median, spread } from "./statistics.ts";
import { comparison, table } from "./table.ts";

const MEASURED: Measurement = {
  what: "something",
  unit: "ms",
  figures: [3, 8, 5],
  baseline: { what: "nothing", figures: [2, 4, 5] },
  aim: { of: "ratio", atMost: 1.5 },
};

test("the median is the middle one, the spread the ends", () => {
  assertEquals(median([9, 1, 5]), 5);
  assertEquals(median([10, 9]), 10);
  assertEquals(spread([3, 1, 2], 1), "1.0 to 3.0");
});

test("parts are done in turn, and the first round is not counted", async () => {
  const done: string[] = [];
  const part = (name: string) => (round: number) => {
    done.push(name + round);
    return Promise.resolve(round);
  };
  const figures = await inTurn(2, { a: part("a"), b: part("b") });
  assertEquals(done, ["a0", "b0", "a1", "b1", "a2", "b2"]);
  assertEquals(figures, { a: [1, 2], b: [1, 2] });
});

test("a figure is held against its baseline of the same round", () => {
  assertEquals(judged(MEASURED), [1.5, 2, 1]);
  assertEquals(
    judged({ ...MEASURED, aim: { of: "more", atMost: 1 } }),
    [1, 4, 0],
  );
  assertEquals(
    judged({ ...MEASURED, aim: { of: "figure", atMost: 1 } }),
    [3, 8, 5],
  );
});

test("an aim is met up to its limit", () => {
  assertEquals(isMet(MEASURED), true);
  const holding = (aim: Measurement["aim"]) =>
    isMet({ ...MEASURED, aim: aim! });
  assertEquals(holding({ of: "ratio", atMost: 1.4 }), false);
  assertEquals(holding({ of: "ratio", atLeast: 1.5 }), true);
  assertEquals(holding({ of: "ratio", atLeast: 1.6 }), false);
  assertEquals(holding({ of: "more", atMost: 1 }), true);
  assertEquals(holding({ of: "figure", atMost: 4 }), false);
});

test("the table shows medians, the ratio, the aim and whether it is met", () => {
  const [headings, row] = table([MEASURED]).split("\n");
  assertEquals(headings?.split(/ {2,}/), [
    "what",
    "figure",
    "baseline",
    "ratio",
    "aim",
    "met",
  ]);
  assertEquals(row?.split(/ {2,}/), [
    "something",
    "5.0 ms",
    "4.0 ms, nothing",
    "1.50 × (1.00 to 2.00)",
    "≤ 1.5 ×",
    "yes",
  ]);
});

test("two runs are compared by what both measured", () => {
  const faster = { ...MEASURED, figures: [1.5, 4, 2.5] };
  const lines = comparison([MEASURED], [
    faster,
    { ...MEASURED, what: "something new" },
  ]).split("\n");
  assertEquals(lines.length, 2);
  assert(lines[1]?.endsWith("0.50"), lines[1]);
});

test("the command measures what it is told to, and keeps the figures", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const main = new URL("main.ts", import.meta.url).href;
    const run = (...args: string[]) =>
      runDeno(["run", "--quiet", "--allow-all", main, ...args], ".");
    const { code, output } = await run("import", "--quick", "--json", file);
    assertEquals(code, 0, output);
    assert(output.includes("import of mod.ts"), output);
    const { measurements } = JSON.parse(await Deno.readTextFile(file));
    assert(measurements.length > 0);
    assertEquals((await run("--compare", file, file)).code, 0);
    assertEquals((await run("impotr")).code, 2);
  } finally {
    await Deno.remove(file);
  }
});
