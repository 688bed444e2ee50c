/**
 * A map that forgets: cheaper than one that takes its oldest entries out one by
 * one.
 *
 * @module
 */

/** Values by order id, in two generations, the older of which is forgotten. */
export class TwoGenerationCache<V> {
  #recent = new Map<string, V>();
  #older = new Map<string, V>();

  /** How many values there are; one that is in both counts twice. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  /**
   * Finds a value.
   *
   * @param id The order's id.
   * @returns The value, or `undefined` if there is none or it was forgotten.
   */
  get(id: string): V | undefined {
    return this.#recent.get(id) ?? this.#older.get(id);
  }

  /**
   * Tells whether a value is in the recent generation.
   *
   * @param id The order's id.
   * @param value The value.
   * @returns Whether it is.
   */
  isRecent(id: string, value: V): boolean {
    return this.#recent.get(id) === value;
  }

  /**
   * Puts a value in the recent generation.
   *
   * @param id The order's id.
   * @param value The value.
   */
  set(id: string, value: V): void {
    this.#recent.set(id, value);
  }

  /** Forgets the older generation, and lets the recent one be the older. */
  rotate(): void {
    this.#older = this.#recent;
    this.#recent = new Map();
  }
}
