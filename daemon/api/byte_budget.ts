/**
 * A number of bytes that many share.
 *
 * @module
 */

/** Bytes that are taken and released; nobody waits for them. */
export class ByteBudget {
  #free: number;

  /**
   * Allots the bytes.
   *
   * @param bytes How many there are.
   */
  constructor(bytes: number) {
    this.#free = bytes;
  }

  /**
   * Takes bytes, all or none.
   *
   * @param bytes How many.
   * @returns Whether there were as many.
   */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  /**
   * Gives bytes back.
   *
   * @param bytes How many.
   */
  release(bytes: number): void {
    this.#free += bytes;
  }
}
