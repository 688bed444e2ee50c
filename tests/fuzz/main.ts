/**
 * Fuzzes the reader of answers as long as one likes.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Tally } from "./fuzz.ts";
import { fuzz } from "./supervise.ts";

const USAGE = `Fuzzes the reader of answers.

deno task fuzz [--documents N] [--seed S]

  --documents N  how many documents; 1000000 unless told
  --seed S       which ones, from 0 to 2^31 - 1; chance decides unless told
  --help         print this`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      documents: { type: "string", default: "1000000" },
      seed: {
        type: "string",
        default: String(Math.floor(Math.random() * 2 ** 31)),
      },
      help: { type: "boolean", default: false },
    },
  });
  const [documents, seed] = [Number(values.documents), Number(values.seed)];
  const isUsable = Number.isSafeInteger(documents) && documents > 0 &&
    Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31;
  if (values.help || !isUsable) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  console.log(`Seed ${seed}`);
  const startedAt = performance.now();
  const print = (tally: Tally) => {
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`${describe(tally)}, ${seconds.toFixed(0)} s`);
  };
  let told = 0;
  try {
    const tally = await fuzz(seed, documents, (tally) => {
      if (++told % 10 === 0) print(tally);
    });
    print(tally);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

function describe(tally: Tally): string {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${tally.documents} documents: ${tally.accepted} accepted, ` +
    `${tally.refused} refused, ${tally.behaviours} behaviours, the slowest ` +
    `${tally.slowest.toFixed(0)} ms, at most ${megabytes(tally.memory)} in ` +
    `the process and ${megabytes(tally.wasm)} in WebAssembly`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
