/**
 * What a benchmark is: it measures something and a baseline in turn, and says
 * what the aim is.
 *
 * @module
 */

import { median } from "./statistics.ts";

/** What a figure is counted in. */
export type Unit =
  | "µs"
  | "ms"
  | "s"
  | "a second"
  | "bytes"
  | "requests"
  | "statements"
  | "lines";

/** What a figure ought to be. */
export interface Aim {
  /**
   * What the limit is put to: the ratio to the baseline, how much more than
   * the baseline it is, or the figure itself.
   */
  of: "ratio" | "more" | "figure";
  /** The most that it may be; absent where more is better. */
  atMost?: number;
  /** The least that it may be; absent where less is better. */
  atLeast?: number;
}

/** One place on a curve. */
export interface CurvePoint {
  /** How far along. */
  x: number;
  /** The figure of each round there. */
  figures: number[];
}

/** What a plot is drawn of. */
export interface Curve {
  /** What it is called, and its file is named after. */
  name: string;
  /** What the plot shows. */
  title: string;
  /** What is along and what is up, with units. */
  axes: { x: string; y: string };
  /** Its points, from left to right. */
  points: CurvePoint[];
}

/** A figure and its baseline, one of each for every round. */
export interface Measurement {
  /** What was measured. */
  what: string;
  /** What it is counted in. */
  unit: Unit;
  /** The figure of each round. */
  figures: number[];
  /** What it is held against, in the same rounds; absent where nothing is. */
  baseline?: { what: string; figures: number[] };
  /** What it ought to be; absent where it is only to be known. */
  aim?: Aim;
  /** What it is one figure of; absent where there is no more to see. */
  curve?: Curve;
}

/** How thorough a run is. */
export interface Scale {
  /** Whether to show only that the benchmark runs. */
  quick: boolean;
}

/** Something that can be measured. */
export interface Benchmark {
  /** By what it is chosen on the command line. */
  name: string;
  /** What it measures, in a line. */
  about: string;
  /** Why it cannot run here, or `undefined` if it can. */
  missing?: () => string | undefined;
  /** Measures. */
  run: (scale: Scale) => Promise<Measurement[]>;
}

/**
 * Does two or more things in turn, A B A B …, so that whatever else the machine
 * does meets all of them.
 *
 * @param rounds How often, besides a first time that is not counted.
 * @param parts What to do; each answers its figure.
 * @returns The figures of each, a round's at the same place.
 */
export async function inTurn<Name extends string, Figure>(
  rounds: number,
  parts: Record<Name, (round: number) => Promise<Figure>>,
): Promise<Record<Name, Figure[]>> {
  const names = Object.keys(parts) as Name[];
  const figures = Object.fromEntries(
    names.map((name) => [name, [] as Figure[]]),
  ) as Record<Name, Figure[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const figure = await parts[name](round);
      // The first round is for the compiler and the caches.
      if (round > 0) figures[name].push(figure);
    }
  }
  return figures;
}

/**
 * The figures as the aim sees them: one for each round.
 *
 * @param measurement What was measured; without an aim, its ratio is meant.
 */
export function judged({ figures, baseline, aim }: Measurement): number[] {
  const of = aim?.of ?? (baseline ? "ratio" : "figure");
  if (of === "figure") return figures;
  if (!baseline) throw new Error(`an aim of ${of} needs a baseline`);
  return figures.map((figure, round) => {
    const other = baseline.figures[round] ?? NaN;
    return of === "ratio" ? figure / other : figure - other;
  });
}

/**
 * Whether the median is as it ought to be.
 *
 * @returns `undefined` where there is no aim.
 */
export function isMet(measurement: Measurement): boolean | undefined {
  const { aim } = measurement;
  if (!aim) return undefined;
  const seen = median(judged(measurement));
  return seen <= (aim.atMost ?? Infinity) && seen >= (aim.atLeast ?? -Infinity);
}
