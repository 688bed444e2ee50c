/**
 * The subscribers of a store.
 *
 * @module
 */

/** Listeners that are called until they unsubscribe. */
export class Subscribers<Listener> {
  readonly #entries = new Set<{ readonly listener: Listener }>();

  /**
   * Adds a listener.
   *
   * @returns Removes it again.
   */
  add(listener: Listener): () => void {
    const entry = { listener };
    this.#entries.add(entry);
    return () => void this.#entries.delete(entry);
  }

  /**
   * Calls every listener, in the order in which they subscribed. What one of
   * them throws is reported like any uncaught error: what is durable stays so,
   * and the other listeners are called.
   */
  notify(call: (listener: Listener) => void): void {
    for (const { listener } of this.#entries) {
      try {
        call(listener);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
