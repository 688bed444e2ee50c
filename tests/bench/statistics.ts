/**
 * The figures that a benchmark prints.
 *
 * @module
 */

import { cpus } from "node:os";

/** The middle of some numbers; of an even count, the upper of the middle two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The number that so many of some numbers are below.
 *
 * @param values The numbers; of none it is `NaN`.
 * @param part How many, from 0 to 1, of all.
 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const place = Math.min(sorted.length - 1, Math.floor(sorted.length * part));
  return sorted[place] ?? NaN;
}

/** The least and the most of some numbers, as `1.02 to 1.31`. */
export function spread(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${least.toFixed(digits)} to ${most.toFixed(digits)}`;
}

/** What the benchmark ran on, since its figures mean nothing elsewhere. */
export function describeMachine(): string {
  const processors = cpus();
  return `Deno ${Deno.version.deno}, ${Deno.build.target}, ` +
    `${processors.length} × ${processors[0]?.model ?? "unknown processor"}`;
}
