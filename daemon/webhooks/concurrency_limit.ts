/**
 * How much of a kind is done at once: the rest waits for its turn.
 *
 * @module
 */

/** Counts what is being done, by a key, and has what is too much wait. */
export class ConcurrencyLimit {
  readonly #most: number;
  readonly #byKey = new Map<string, { count: number; waiting: Set<Turn> }>();

  /**
   * Begins with nothing.
   *
   * @param most How much is done at once of each key, from 1.
   */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Does something once there is not too much of its key.
   *
   * @param key Its key.
   * @param signal Ends the wait.
   * @param task Is called in its turn; it is done when this ends.
   * @throws The signal's reason if it is aborted before its turn.
   */
  async run<T>(
    key: string,
    signal: AbortSignal,
    task: () => Promise<T>,
  ): Promise<T> {
    const at = this.#byKey.get(key) ?? { count: 0, waiting: new Set() };
    this.#byKey.set(key, at);
    if (at.count < this.#most) at.count++;
    else await turn(at.waiting, signal);
    try {
      return await task();
    } finally {
      // Whoever is next takes its place.
      const [next] = at.waiting;
      if (next) next();
      else if (--at.count === 0) this.#byKey.delete(key);
    }
  }
}

/** Is called when it is one's turn. */
type Turn = () => void;

function turn(waiting: Set<Turn>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const end = () => {
      signal.removeEventListener("abort", abort);
      waiting.delete(begin);
    };
    const begin = () => {
      end();
      resolve();
    };
    const abort = () => {
      end();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort);
    waiting.add(begin);
  });
}
