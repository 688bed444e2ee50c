/**
 * Simulates as many seeds as one likes.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type Outcome, simulate } from "./simulate.ts";
import { BrokenPromise } from "./simulation.ts";
import { Tally } from "./world.ts";

const USAGE = `Simulates the daemon's core in virtual time, under seeded faults:
how it watches orders, and how it delivers webhooks.

deno task simulate [--seeds N] [--from SEED] [--hours H] [--shared] [--trace]

  --seeds N    how many seeds, one after the other; 1 unless told
  --from SEED  the first one; 1 unless told
  --hours H    how long things go wrong; 1 unless told
  --shared     one to four daemons on one database, a sixth as long
  --trace      print all that happens
  --help       print this`;

/** What is counted by kind, and what it is called. */
const GROUPS = [
  ["answer", "Answers"],
  ["disk", "Disk"],
  ["death", "Deaths"],
  ["settled", "Settled"],
  ["receiver", "Receivers of webhooks"],
  ["webhook", "Webhooks"],
] as const;

/** After so many seeds a line tells of it. */
const PROGRESS = 100;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: "string", default: "1" },
      from: { type: "string", default: "1" },
      hours: { type: "string", default: "1" },
      shared: { type: "boolean", default: false },
      trace: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [seeds, from, hours] = [values.seeds, values.from, values.hours]
    .map(Number) as [number, number, number];
  if (values.help || ![seeds, from, hours].every((value) => value > 0)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const summary = new Summary();
  for (let seed = from; seed < from + seeds; seed++) {
    try {
      const print = values.trace ? console.log : undefined;
      summary.add(
        seed,
        await simulate({ seed, hours, isShared: values.shared, print }),
      );
    } catch (error) {
      if (!(error instanceof BrokenPromise)) throw error;
      if (!values.trace) console.log(error.trace.join("\n"));
      console.log(`\nBroken promise: ${error.message}`);
      const length = (hours === 1 ? "" : ` --hours ${hours}`) +
        (values.shared ? " --shared" : "");
      console.log(`deno task simulate --from ${seed}${length} --trace`);
      return 1;
    }
    const done = seed + 1 - from;
    if (done % PROGRESS === 0) console.log(`${done} of ${seeds} seeds`);
  }
  summary.print();
  return 0;
}

/** What several simulations came to. */
class Summary {
  readonly #tally = new Tally();
  readonly #startedAt = performance.now();
  #seeds = 0;
  #duration = 0;
  #recovery = 0;
  #slowest = 0;
  #takeover = 0;

  add(seed: number, { duration, recovery, takeover, tally }: Outcome): void {
    this.#seeds++;
    this.#takeover = Math.max(this.#takeover, takeover);
    this.#duration += duration;
    this.#tally.addAll(tally);
    if (recovery <= this.#recovery) return;
    this.#recovery = recovery;
    this.#slowest = seed;
  }

  print(): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const hours = this.#duration / 3_600_000;
    console.log(
      `Kept every promise: ${this.#seeds} seeds, ${hours.toFixed(1)} virtual ` +
        `hours in ${seconds.toFixed(0)} s. Once nothing went wrong any more, ` +
        `all had settled within ${(this.#recovery / 1000).toFixed(0)} s ` +
        `(seed ${this.#slowest}). The orders of a daemon that died were ` +
        `another one's within ${(this.#takeover / 1000).toFixed(1)} s.`,
    );
    const grouped = GROUPS.map(([group]) => `${group}: `);
    const single = this.#tally.startingWith("")
      .filter(([name]) => !grouped.some((group) => name.startsWith(group)));
    console.log(`Counts: ${list(single)}`);
    for (const [group, title] of GROUPS) {
      console.log(`${title}: ${list(this.#tally.startingWith(`${group}: `))}`);
    }
  }
}

function list(counts: [name: string, count: number][]): string {
  return counts.map(([name, count]) => `${name} ${count}`).join(", ");
}

if (import.meta.main) Deno.exit(await main(Deno.args));
