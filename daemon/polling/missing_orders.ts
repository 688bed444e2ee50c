/**
 * Which of many 404s are about single orders, and which about all of them.
 *
 * @module
 */

/** So many known orders that turn 404 together are a failing CallFire. */
const MIN_MISSING_ORDERS = 2;

/**
 * So often CallFire must describe another order while one is 404 until that 404
 * is its own: it may answer 404 to all, recover for a moment, and fail again.
 */
const MIN_CONTRADICTIONS = 3;

/** Compares the orders that CallFire knew and answers 404 for. */
export class MissingOrders {
  /** Orders that turned 404 since CallFire last described any order. */
  readonly #suspects = new Set<string>();
  /** How often CallFire described others while an order was 404. */
  readonly #contradictions = new Map<string, number>();

  /**
   * Whether known orders turn 404 together. Orders that were never read are no
   * evidence: their ids may be wrong.
   */
  get isWidespread(): boolean {
    return this.#suspects.size >= MIN_MISSING_ORDERS;
  }

  /**
   * Counts a 404 of an order that was read before.
   *
   * @param id The order's id.
   * @returns Whether it is evidence against CallFire.
   */
  add(id: string): boolean {
    const contradictions = this.#contradictions.get(id) ?? 0;
    if (contradictions >= MIN_CONTRADICTIONS) return false;
    this.#suspects.add(id);
    return true;
  }

  /**
   * Notes that CallFire described an order.
   *
   * @param id The order's id.
   */
  found(id: string): void {
    for (const suspect of this.#suspects) {
      const contradictions = this.#contradictions.get(suspect) ?? 0;
      this.#contradictions.set(suspect, contradictions + 1);
    }
    this.#suspects.clear();
    this.#contradictions.delete(id);
  }

  /**
   * Forgets an order, since it is not watched any more.
   *
   * @param id The order's id.
   */
  remove(id: string): void {
    this.#suspects.delete(id);
    this.#contradictions.delete(id);
  }
}
