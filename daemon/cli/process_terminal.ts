/**
 * The terminal of this process.
 *
 * @module
 */

import { systemClock } from "../../mod.ts";
import { onStopSignals } from "../signals.ts";
import { EXIT_INTERRUPTED } from "./exit_code.ts";
import { Output, readAll } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** What a process exits with that writes to a pipe that nobody reads. */
const EXIT_BROKEN_PIPE = 141;

/** The size that is taken where none is told. */
const USUAL_SIZE = { columns: 80, rows: 24 };

/** The signals that tell a program to end. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The values of TERM for a terminal that obeys no escape sequences. */
const DUMB_TERMINALS: readonly (string | undefined)[] = [
  undefined,
  "",
  "dumb",
  "unknown",
];

/** The terminal of a process. */
export interface ProcessTerminal extends Terminal {
  /** Waits until all that was written is on its way. */
  readonly flush: () => Promise<void>;
}

/**
 * Opens the terminal of this process. From then on the first of the signals that
 * would end the process aborts the terminal's signal instead.
 */
export function processTerminal(): ProcessTerminal {
  const ending = new AbortController();
  onStopSignals(
    SIGNALS,
    () => ending.abort(),
    // Nobody may read what is still to be written.
    () => Deno.exit(EXIT_INTERRUPTED),
  );
  const open = (writer: typeof Deno.stdout | typeof Deno.stderr) =>
    new Output({
      writer,
      clock: systemClock,
      // As the signal would that tells other programs of it.
      onClosed: () => Deno.exit(EXIT_BROKEN_PIPE),
    });
  const output = open(Deno.stdout);
  const errors = open(Deno.stderr);
  const isTerminal = Deno.stdout.isTerminal() &&
    !DUMB_TERMINALS.includes(Deno.env.get("TERM"));
  return {
    write: (text) => output.write(text),
    writeError: (text) => errors.write(text),
    isBusy: () => output.isBusy,
    flush: async () => {
      await output.flush();
      await errors.flush();
    },
    readInput: () => readAll(Deno.stdin, systemClock),
    isTerminal,
    hasColor: isTerminal && !Deno.noColor,
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
