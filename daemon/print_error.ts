/**
 * The last words of a process, on standard error.
 *
 * @module
 */

import { LineWriter } from "./line_writer.ts";

/** How long the process waits for standard error, in milliseconds. */
const FLUSH_MS = 1_000;

/**
 * Prints why the process ends, and waits for a limited time until that is
 * written. Loads no package: the launcher prints what could not be fetched.
 *
 * @param reason The reason, in one line or more.
 */
export async function printError(reason: string): Promise<void> {
  const writer = new LineWriter({
    write: (bytes) => Deno.stderr.write(bytes),
    describeDropped: (count) => `${count} lines were dropped`,
    now: () => performance.now(),
    sleep: (delay) => new Promise((resolve) => setTimeout(resolve, delay)),
  });
  writer.write(`callfire-orders: ${reason}`);
  await writer.close(FLUSH_MS);
}
