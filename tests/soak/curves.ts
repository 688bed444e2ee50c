/**
 * The curves of a soak, what each may do, and how its values are written.
 *
 * @module
 */

import type { Sample } from "./sample.ts";
import {
  type Allowance,
  type Curve,
  judge,
  type Judgement,
} from "./verdict.ts";

/** How long a daemon's connections may still grow, in seconds. */
const WARM_UP = 120;

/**
 * How long its memory may: it keeps the last answers of its client, which are
 * as many as they ever are after some 45,000 orders. With all garbage collected
 * first, the heap grew from 41 to 66 MiB in this time, and then no more.
 */
const MEMORY_WARM_UP = 600;

/** A curve as it is shown. */
export interface ShownCurve extends Curve {
  /** The unit of its values as they are written. */
  unit: string;
  /** How many digits after the point they are written with. */
  digits: number;
  /** What became of it; absent for one that may do as it likes. */
  judgement?: Judgement;
  /** What it was allowed. */
  allowance?: Allowance;
}

const MEBIBYTE = 1024 * 1024;

/**
 * Makes curves of samples, and judges those of what must level off.
 *
 * @param samples The samples, in order.
 * @param fullAt When the database held as many events as it ever will, in seconds;
 * it grows by right until then. `Infinity` if it never did.
 */
export function curvesOf(
  samples: readonly Sample[],
  fullAt: number,
): ShownCurve[] {
  const curve = (
    name: string,
    unit: string,
    digits: number,
    value: (sample: Sample, before: Sample) => number,
    allowance?: Allowance,
  ): ShownCurve => {
    // The first one only tells what was before.
    const shown = samples.slice(1);
    const plain: Curve = {
      name,
      times: shown.map(({ at }) => at),
      values: shown.map((sample, at) => value(sample, samples[at]!)),
    };
    return {
      ...plain,
      unit,
      digits,
      ...allowance && { allowance, judgement: judge(plain, allowance) },
    };
  };
  return [
    curve("memory", "MiB", 1, ({ memory }) => memory / MEBIBYTE, {
      warmUp: MEMORY_WARM_UP,
      ratio: 1.1,
      slack: 0,
    }),
    // Connections to CallFire and of callers come and go, up to sixty at once.
    curve("file descriptors", "", 0, ({ descriptors }) => descriptors, {
      warmUp: WARM_UP,
      ratio: 1,
      slack: 4,
      quantile: 0.1,
    }),
    curve("database", "MiB", 1, ({ database }) => database / MEBIBYTE, {
      warmUp: Math.max(WARM_UP, fullAt),
      ratio: 1.05,
      slack: 0,
    }),
    curve("orders being watched", "", 0, ({ watching }) => watching),
    curve(
      "polls",
      "a second",
      0,
      (now, before) => (now.polls - before.polls) / (now.at - before.at),
    ),
    curve("lateness of a poll", "ms", 0, (now, before) => {
      const polls = now.polls - before.polls;
      return polls === 0 ? 0 : 1000 * (now.lateness - before.lateness) / polls;
    }),
    curve(
      "CPU",
      "%",
      0,
      (now, before) => 100 * (now.cpu - before.cpu) / (now.at - before.at),
    ),
  ];
}

/**
 * Tells what became of the curves that must level off, as a table in Markdown.
 *
 * @param curves The curves.
 */
export function tableOf(curves: readonly ShownCurve[]): string {
  const rows = curves.map(
    ({ allowance, digits, judgement, name, unit, ...curve }) => {
      const { first, last, slope } = judgement ??
        judge({ name, ...curve }, {
          warmUp: WARM_UP,
          ratio: Infinity,
          slack: 0,
        });
      const write = (value: number) =>
        Number.isNaN(value) ? "–" : value.toFixed(digits);
      return [
        unit ? `${name}, ${unit}` : name,
        write(first),
        write(last),
        write(slope),
        judgement && allowance ? sentence(judgement, allowance) : "",
      ];
    },
  );
  const head = ["", "first third", "last third", "slope an hour", "verdict"];
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, at) => {
        const width = widths[at]!;
        return at > 0 && at < 4 ? cell.padStart(width) : cell.padEnd(width);
      }).join(" | ")
    } |`;
  const rule = widths.map((width, at) =>
    at > 0 && at < 4 ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  );
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function sentence(
  { earlier, later, verdict }: Judgement,
  { ratio, slack }: Allowance,
): string {
  if (verdict === "too short to tell") return verdict;
  const allowed = slack > 0 ? `+${slack}` : `× ${ratio}`;
  const was = slack > 0
    ? `${later < earlier ? "" : "+"}${(later - earlier).toFixed(0)}`
    : `× ${(later / earlier).toFixed(3)}`;
  return `${verdict}: ${was} after the warm-up, ${allowed} is allowed`;
}
