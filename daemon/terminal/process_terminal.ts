/**
 * The terminal of this process.
 *
 * @module
 */

import { systemClock } from "../../mod.ts";
import type { Terminal } from "./terminal.ts";

/** What a process exits with that writes to a pipe that nobody reads. */
const EXIT_BROKEN_PIPE = 141;

/** The size that is taken where none is told. */
const USUAL_SIZE = { columns: 80, rows: 24 };

/** The signals that tell a program to end. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Takes the terminal of this process. From then on the signals that would end
 * the process abort the terminal's signal instead.
 */
export function processTerminal(): Terminal {
  const ending = new AbortController();
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => ending.abort());
  }
  const { stdin, stdout, stderr } = Deno;
  return {
    write: (text) => writeAll(stdout, text),
    writeError: (text) => writeAll(stderr, text),
    readInput: () => new Response(stdin.readable).text(),
    isTerminal: stdout.isTerminal() && Deno.env.get("TERM") !== "dumb",
    hasColor: stdout.isTerminal() && !Deno.noColor,
    size,
    clock: systemClock,
    signal: ending.signal,
  };
}

function size(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some terminals do not know.
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
  } catch {
    return USUAL_SIZE;
  }
}

function writeAll(
  output: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  try {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(output.writeSync(bytes));
  } catch (error) {
    // As the signal would that tells other programs of it.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(EXIT_BROKEN_PIPE);
    throw error;
  }
}
