/**
 * Chance, a row of its own for each purpose, so that one part of a simulation
 * that rolls more often does not change what happens to the others.
 *
 * @module
 */

import { seededRandom } from "../helpers/client/random.ts";

/** Rolls for one purpose. */
export class Dice {
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;

  /**
   * Begins a row that the seed and the purpose alone decide.
   *
   * @param seed The seed of the whole simulation.
   * @param purpose What the row is for.
   */
  constructor(seed: number, purpose: string) {
    this.random = seededRandom(hashText(`${seed} ${purpose}`));
  }

  /** Whether something happens that does so with a probability. */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** A number from the first up to, but not including, the second. */
  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  /** A whole number from the first to the second. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  /** A number of any magnitude from the first, above 0, up to the second. */
  magnitude(low: number, high: number): number {
    return low * (high / low) ** this.random();
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!;
  }
}

/**
 * Makes a number out of a text (FNV-1a).
 *
 * @param text The text.
 * @param start The number of what is before it.
 */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
