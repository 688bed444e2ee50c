/**
 * How many connections there are to one host at once, over all endpoints that
 * are there: each order may have an endpoint of its own.
 *
 * @module
 */

/** The most connections to one host. */
export const MOST_TO_ONE_HOST = 64;

/** Counts connections, and has those wait that are too many. */
export class HostLimit {
  readonly #byHost = new Map<string, { count: number; waiting: Wait[] }>();

  /**
   * Does something once there are not too many connections to a host.
   *
   * @param host The host and its port.
   * @param signal Ends the wait.
   * @param connect Is called in its turn; is one connection until it ends.
   * @throws The signal's reason if it is aborted before its turn.
   */
  async run<T>(
    host: string,
    signal: AbortSignal,
    connect: () => Promise<T>,
  ): Promise<T> {
    const at = this.#byHost.get(host) ?? { count: 0, waiting: [] };
    this.#byHost.set(host, at);
    if (at.count < MOST_TO_ONE_HOST) at.count++;
    else await turn(at.waiting, signal);
    try {
      return await connect();
    } finally {
      // Whoever is next takes its place.
      const next = at.waiting.shift();
      if (next) next();
      else if (--at.count === 0) this.#byHost.delete(host);
    }
  }
}

/** Is called when it is one's turn. */
type Wait = () => void;

function turn(waiting: Wait[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const begin = () => {
      signal.removeEventListener("abort", abort);
      resolve();
    };
    const abort = () => {
      waiting.splice(waiting.indexOf(begin), 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    waiting.push(begin);
  });
}
