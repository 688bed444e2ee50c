/**
 * The last words of a process, on standard error.
 *
 * @module
 */

import { LineWriter } from "./line_writer.ts";
import { escapeControls } from "./safe_text.ts";

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
  const lines = `callfire-orders: ${reason}`.split("\n");
  // It may show a setting, or what another program said.
  writer.write(lines.map(escapeControls).join("\n"));
  await writer.close(FLUSH_MS);
}
