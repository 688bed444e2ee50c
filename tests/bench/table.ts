/**
 * What is printed of measurements.
 *
 * @module
 */

import {
  type Aim,
  isMet,
  judged,
  type Measurement,
  type Unit,
} from "./benchmark.ts";
import { median, spread } from "./statistics.ts";

const HEADINGS = ["what", "figure", "baseline", "ratio", "aim", "met"];

/** All measurements of a run as one table. */
export function table(measurements: readonly Measurement[]): string {
  return columns([HEADINGS, ...measurements.map(rowOf)]);
}

/**
 * What two runs have in common, side by side.
 *
 * @param before The measurements of one.
 * @param after Those of the other.
 */
export function comparison(
  before: readonly Measurement[],
  after: readonly Measurement[],
): string {
  const rows = after.flatMap((one) => {
    const other = before.find(({ what, baseline }) =>
      what === one.what && baseline?.what === one.baseline?.what
    );
    if (!other) return [];
    const change = median(judged(one)) / median(judged(other));
    return [[one.what, judgement(other), judgement(one), change.toFixed(2)]];
  });
  return columns([["what", "before", "after", "after / before"], ...rows]);
}

function rowOf(measurement: Measurement): string[] {
  const { what, unit, figures, baseline, aim } = measurement;
  const met = isMet(measurement);
  return [
    what,
    inUnit(median(figures), unit),
    baseline
      ? `${inUnit(median(baseline.figures), unit)}, ${baseline.what}`
      : "",
    judgement(measurement),
    aim ? aimOf(aim, unit) : "",
    met === undefined ? "" : met ? "yes" : "no",
  ];
}

/** The median that the aim is about, with its spread. */
function judgement(measurement: Measurement): string {
  const { aim, baseline, unit } = measurement;
  const values = judged(measurement);
  const of = aim?.of ?? (baseline ? "ratio" : "figure");
  if (of === "ratio") {
    return `${median(values).toFixed(2)} × (${spread(values, 2)})`;
  }
  const digits = digitsOf(median(values));
  const sign = of === "more" && median(values) >= 0 ? "+" : "";
  return `${sign}${inUnit(median(values), unit)} (${spread(values, digits)})`;
}

function aimOf({ of, atMost, atLeast }: Aim, unit: Unit): string {
  const limit = (atMost ?? atLeast)!;
  const text = of === "ratio" ? `${limit} ×` : `${limit} ${unit}`;
  const more = of === "more" ? " more" : "";
  return `${atMost === undefined ? "≥" : "≤"} ${text}${more}`;
}

function inUnit(value: number, unit: Unit): string {
  return `${value.toFixed(digitsOf(value))} ${unit}`;
}

function digitsOf(value: number): number {
  return Math.abs(value) < 1 ? 3 : Math.abs(value) < 100 ? 1 : 0;
}

function columns(rows: string[][]): string {
  const widths = rows[0]!.map((_, at) =>
    Math.max(...rows.map((row) => row[at]!.length))
  );
  return rows.map((row) =>
    row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd()
  ).join("\n");
}
