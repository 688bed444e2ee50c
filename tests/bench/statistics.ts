/**
 * The figures that a benchmark prints.
 *
 * @module
 */

import { cpus } from "node:os";

/** The middle of some numbers; of an even count, the upper of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
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
