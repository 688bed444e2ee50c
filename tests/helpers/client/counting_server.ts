/**
 * A server with a thread of its own, which counts the requests that reach it in
 * shared memory: so a test can see them come while it holds its own event loop.
 *
 * @module
 */

import { answer } from "./connection_testing.ts";
import { type Certificate, startRawServer } from "./raw_server.ts";

/** What the thread is given. */
interface Order {
  counter: Int32Array<SharedArrayBuffer>;
  certificate?: Certificate | undefined;
}

/** A running server. */
export interface CountingServer extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
  /** How many requests have reached it. */
  readonly count: number;
  /**
   * Holds the event loop until so many requests have reached the server.
   *
   * @returns Whether they have, within ten seconds.
   */
  holdUntil(count: number): boolean;
}

/** Starts one; it answers every request with 404, and keeps the connection. */
export async function startCountingServer(
  certificate?: Certificate,
): Promise<CountingServer> {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(import.meta.url, { type: "module" });
  const url = new Promise<string>((resolve) =>
    worker.onmessage = ({ data }) => resolve(data)
  );
  worker.postMessage({ counter, certificate } satisfies Order);
  return {
    url: await url,
    get count() {
      return Atomics.load(counter, 0);
    },
    holdUntil(count) {
      for (let seen; (seen = Atomics.load(counter, 0)) < count;) {
        if (Atomics.wait(counter, 0, seen, 10_000) === "timed-out") {
          return false;
        }
      }
      return true;
    },
    [Symbol.asyncDispose]() {
      worker.terminate();
      return Promise.resolve();
    },
  };
}

if ("WorkerGlobalScope" in globalThis) {
  const scope = globalThis as unknown as Worker;
  scope.onmessage = async ({ data }: MessageEvent<Order>) => {
    const server = await startRawServer((exchange) => {
      Atomics.add(data.counter, 0, 1);
      Atomics.notify(data.counter, 0);
      return answer(exchange);
    }, data.certificate);
    scope.postMessage(server.url);
  };
}
