/**
 * Soaks the daemon as long as one likes, and reports whether what it takes
 * levels off.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseDuration } from "../../daemon/config/duration.ts";
import { describeMachine } from "../bench/statistics.ts";
import { curvesOf, tableOf } from "./curves.ts";
import { reportPage } from "./report.ts";
import { soak } from "./soak.ts";

const USAGE = `Soaks the daemon: orders come and go, and things go wrong at
CallFire all the time. Reports whether memory, file descriptors and the size of
the database level off, and whether every promise was kept. Needs Linux.

deno task soak [--for DURATION] [--orders N] [--seed S] [--report FILE]

  --for DURATION  how long, such as 20m or 1h30m; 30m unless told. Less than
                  about 20m may be too short to tell of the memory, which fills
                  for ten minutes, and of the database, which grows until there
                  were 125,000 events
  --orders N      how many orders there are at any time; 5000 unless told
  --seed S        which fates and faults, from 0 to 2^31 - 1; chance decides
                  unless told
  --report FILE   where the report goes, a page of HTML; in tests/soak/results/
                  unless told
  --help          print this

Ctrl-C ends it early, with the report. Exit codes: 0 all is well, or it was too
short to tell; 1 a promise was broken, or something grows; 2 a wrong flag.`;

/** How often a line tells of the progress, in seconds. */
const PROGRESS = 30;

interface Flags {
  duration: number;
  orders: number;
  seed: number;
  report: string;
}

function readFlags(args: string[]): Flags | "help" {
  const { values } = parseArgs({
    args,
    options: {
      for: { type: "string", default: "30m" },
      orders: { type: "string", default: "5000" },
      seed: {
        type: "string",
        default: String(Math.floor(Math.random() * 2 ** 31)),
      },
      report: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const duration = parseDuration(values.for);
  if (duration === undefined) {
    throw new TypeError(
      `--for: '${values.for}' is not a length of time, such as 10m`,
    );
  }
  const [orders, seed] = [Number(values.orders), Number(values.seed)];
  if (!Number.isSafeInteger(orders) || orders < 1) {
    throw new TypeError(
      `--orders: '${values.orders}' is not a whole number from 1, such as 5000`,
    );
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 31) {
    throw new TypeError(
      `--seed: '${values.seed}' is not a whole number from 0 to 2^31 - 1`,
    );
  }
  const name = `soak-${new Date().toISOString().replaceAll(":", "-")}.html`;
  const report = values.report ??
    fileURLToPath(new URL(`./results/${name}`, import.meta.url));
  return { duration, orders, seed, report: resolve(report) };
}

async function main({ duration, orders, report, seed }: Flags) {
  const early = new AbortController();
  const stop = () => early.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-soak-" });
  const begun = new Date().toISOString();
  console.log(`Seed ${seed}`);
  let nextLine = 0;
  try {
    const { signal } = early;
    const { broken, counts, fullAt, samples, spells } = await soak({
      duration,
      orders,
      seed,
      folder,
      signal,
      onProgress({ at, database, descriptors, memory, watching }, { last }) {
        if (at < nextLine) return;
        nextLine = at + PROGRESS;
        const mebibytes = (bytes: number) =>
          `${(bytes / 2 ** 20).toFixed(0)} MiB`;
        console.log(
          `${at.toFixed(0)} s: ${mebibytes(memory)} of memory, ` +
            `${descriptors} descriptors, ${mebibytes(database)} of database, ` +
            `${watching} orders being watched, ${last} events`,
        );
      },
    });
    const curves = curvesOf(samples, fullAt);
    const facts = [
      `${begun}, ${describeMachine()}, seed ${seed}`,
      `${
        (samples.at(-1)?.at ?? 0).toFixed(0)
      } s, ${orders} orders at any time` +
      (signal.aborted ? ", ended early" : ""),
      ...Object.entries(counts).map(([name, count]) => `${name}: ${count}`),
    ];
    await Deno.mkdir(dirname(report), { recursive: true });
    const page = reportPage({ facts, broken, curves, marks: spells });
    await Deno.writeTextFile(report, page);
    console.log(`\n${facts.slice(1).join("\n")}\n\n${tableOf(curves)}\n`);
    for (const what of broken) console.log(`Broken promise: ${what}`);
    const grows = curves.filter((one) => one.judgement?.verdict === "grows");
    for (const { name } of grows) console.log(`Does not level off: ${name}`);
    const isUnsure = curves.some(({ judgement }) =>
      judgement?.verdict === "too short to tell"
    );
    const isWell = broken.length === 0 && grows.length === 0;
    if (isWell) {
      console.log(
        isUnsure
          ? "Kept every promise; too short to tell whether all levels off."
          : "Kept every promise, and all levels off.",
      );
    }
    console.log(`Report: ${report}`);
    return isWell ? 0 : 1;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    const flags = readFlags(Deno.args);
    if (flags === "help") console.log(USAGE);
    else Deno.exitCode = await main(flags);
  } catch (error) {
    console.error(`soak: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = error instanceof TypeError ? 2 : 1;
  }
}
