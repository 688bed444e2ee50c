/**
 * The command `deno task bench`: measures, prints a table, keeps the figures.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Measurement } from "./benchmark.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { plot } from "./plot.ts";
import { describeMachine } from "./statistics.ts";
import { comparison, table } from "./table.ts";

const HELP = `Usage: deno task bench [NAME…] [--quick] [--json FILE]
       deno task bench --compare BEFORE.json AFTER.json
       deno task bench --plots FOLDER [RESULTS.json]

Measures, each against a baseline in the same run, in turn with it.

${
  BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`)
    .join("\n")
}

  --quick       only shows that they run; the figures mean nothing
  --json FILE   where the figure of each round goes, to be compared later;
                by default tests/bench/results/latest.json
  --compare     shows two such files side by side
  --plots       draws what was measured along a scale, an SVG for each curve,
                of the latest figures or those of a file`;

/** What is kept of a run. */
interface Results {
  machine: string;
  date: string;
  measurements: Measurement[];
}

async function readResults(file: string | URL): Promise<Results> {
  return JSON.parse(await Deno.readTextFile(file));
}

async function compare(files: string[]): Promise<number> {
  const [before, after] = files;
  if (before === undefined || after === undefined || files.length > 2) {
    console.error(`bench: --compare takes two files, not ${files.length}`);
    return 2;
  }
  const results = [await readResults(before), await readResults(after)] as [
    Results,
    Results,
  ];
  for (const { date, machine } of results) console.log(`${date}, ${machine}`);
  console.log(
    `\n${comparison(results[0].measurements, results[1].measurements)}`,
  );
  return 0;
}

async function drawPlots(
  folder: string,
  file: string | URL,
): Promise<number> {
  const { date, machine, measurements } = await readResults(file);
  const curves = measurements.flatMap(({ curve }) => curve ?? []);
  for (const curve of curves) {
    const drawing = await plot(curve, `${machine}, ${date.slice(0, 10)}`);
    const target = `${folder}/${curve.name}.svg`;
    await Deno.writeTextFile(target, drawing);
    console.log(target);
  }
  return 0;
}

async function measure(
  names: string[],
  quick: boolean,
  file: string | URL,
): Promise<number> {
  const stranger = names.find((one) =>
    !BENCHMARKS.some(({ name }) => name === one)
  );
  if (stranger !== undefined) {
    console.error(`bench: there is no benchmark '${stranger}'\n\n${HELP}`);
    return 2;
  }
  const chosen = BENCHMARKS.filter(({ name }) =>
    names.length === 0 || names.includes(name)
  );
  const results: Results = {
    machine: describeMachine(),
    date: new Date().toISOString(),
    measurements: [],
  };
  let code = 0;
  for (const { name, missing, run } of chosen) {
    const why = missing?.();
    if (why !== undefined) {
      console.log(`${name}: left out: ${why}`);
      continue;
    }
    console.error(`${name} …`);
    try {
      results.measurements.push(...await run({ quick }));
    } catch (error) {
      // The others, which may have taken long, are not lost.
      console.error(`${name} failed: ${Deno.inspect(error)}`);
      code = 1;
    }
    // Kept after each, since all of them together take long.
    await Deno.writeTextFile(file, JSON.stringify(results, null, 2));
  }
  console.log(
    `\n${results.machine}${quick ? "; a quick run, which means nothing" : ""}
Medians, the spread in parentheses\n\n${table(results.measurements)}`,
  );
  return code;
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      compare: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      json: { type: "string" },
      plots: { type: "string" },
      quick: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.compare) return await compare(positionals);
  const folder = new URL("./results/", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  const latest = new URL("latest.json", folder);
  if (values.plots !== undefined) {
    return await drawPlots(values.plots, positionals[0] ?? latest);
  }
  const file = values.json ?? latest;
  return await measure(positionals, values.quick, file);
}

Deno.exit(await main());
