/**
 * Lengths of time as a person writes them.
 *
 * @module
 */

const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/**
 * Reads a length of time: `90s`, `20m`, `1h30m`, `7d`.
 *
 * @param text One or more whole numbers, each with its unit: `s`, `m`, `h` or
 * `d`.
 * @returns Milliseconds, more than 0; `undefined` for any other text.
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,9}[smhd])+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhd])/g)) {
    sum += Number(count) * UNITS.get(unit!)!;
  }
  return sum > 0 ? sum : undefined;
}
