/**
 * Fuzzes in another thread, and sees to it that each document comes to an end.
 *
 * @module
 */

import type { Tally } from "./fuzz.ts";
import type { Report, Task } from "./worker.ts";

/** No document takes this long, in milliseconds; one that does has hung. */
const HUNG = 30_000;

/** How often it is looked whether one has hung, in milliseconds. */
const LOOK = 5_000;

/**
 * Checks many documents.
 *
 * @param seed The first seed; a whole number from 0 to 2^31 - 1.
 * @param documents How many.
 * @param onProgress Is told now and then how things are.
 * @returns What became of them.
 * @throws {Error} At the first that is wrong or does not come to an end. The
 * message holds the command that comes to the same document again.
 */
export async function fuzz(
  seed: number,
  documents: number,
  onProgress: (tally: Tally) => void = () => {},
): Promise<Tally> {
  const place = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
  });
  const outcome = Promise.withResolvers<Tally>();
  const fail = (message: string) => {
    const [seed, number] = place;
    outcome.reject(
      new Error(
        `Document ${number} of seed ${seed}: ${message}\n` +
          `deno task fuzz --seed ${seed} --documents ${number! + 1}`,
      ),
    );
  };
  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    if (data.kind === "failed") fail(data.message);
    else if (data.kind === "done") outcome.resolve(data.tally);
    else onProgress(data.tally);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail(event.message);
  };
  let seen = "";
  let seenAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const current = place.join();
    if (current !== seen) [seen, seenAt] = [current, now];
    else if (now - seenAt >= HUNG) fail("it does not come to an end");
  }, LOOK);
  const task: Task = { seed, documents, place };
  worker.postMessage(task);
  try {
    return await outcome.promise;
  } finally {
    clearInterval(timer);
    worker.terminate();
  }
}
