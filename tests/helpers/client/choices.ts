/**
 * Where the writer of documents and their mutator take their decisions from.
 *
 * @module
 */

import { seededRandom } from "./random.ts";

/** A source of decisions. */
export interface Choices {
  /** A whole number from 0 up to, but not including, `bound`. */
  below(bound: number): number;
}

/**
 * Takes the decisions from a tape. Past its end every decision is 0, which
 * always stands for the plainest way: so a shorter tape is a simpler document.
 *
 * @param tape Whole numbers, 0 or more.
 * @returns The decisions.
 */
export function fromTape(tape: readonly number[]): Choices {
  let at = 0;
  return { below: (bound) => (tape[at++] ?? 0) % bound };
}

/**
 * Makes the decisions up; the same seed and index make the same ones.
 *
 * @param seed Any whole number.
 * @param index Which of the many rows of decisions that the seed stands for.
 * @returns The decisions.
 */
export function fromSeed(seed: number, index: number): Choices {
  const random = seededRandom(
    Math.imul(seed, 0x9E3779B1) + Math.imul(index, 0x85EBCA6B),
  );
  return { below: (bound) => Math.floor(random() * bound) };
}

/** One of some values; the first is the plainest. */
export function pick<T>(choices: Choices, values: readonly T[]): T {
  return values[choices.below(values.length)]!;
}

/** Whether to leave the plain way, which happens once in `rarity` times. */
export function strays(choices: Choices, rarity: number): boolean {
  return choices.below(rarity) === rarity - 1;
}

/** The values in another order, or in the same. */
export function shuffled<T>(choices: Choices, values: readonly T[]): T[] {
  const result: T[] = [];
  for (const value of values) {
    result.splice(result.length - choices.below(result.length + 1), 0, value);
  }
  return result;
}
