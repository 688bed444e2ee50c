/**
 * The terminal that the command runs at: the interface, and that of this
 * process.
 *
 * @module
 */

import { type Clock, systemClock } from "../../mod.ts";
import { onStopSignals } from "../signals.ts";
import { EXIT_INTERRUPTED } from "./exit_code.ts";
import { Output, readAll } from "./output.ts";

/** The exit code of a process that writes to a closed pipe. */
const EXIT_BROKEN_PIPE = 141;

/** The size where the terminal reports none. */
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** The signals that interrupt the command. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The values of TERM for a terminal that obeys no escape sequences. */
const DUMB_TERMINALS: readonly (string | undefined)[] = [
  undefined,
  "",
  "dumb",
  "unknown",
];

/** Where a command reads and writes. */
export interface Terminal {
  /** Writes to the standard output. */
  readonly write: (text: string) => void;
  /** Writes to the standard error output. */
  readonly writeError: (text: string) => void;
  /** Whether the standard output has yet to accept some of the text. */
  readonly isBusy: () => boolean;
  /** Reads the whole standard input. */
  readonly readInput: () => Promise<string>;
  /** Whether the output is a terminal that can redraw. */
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  /** The current size of the terminal, in characters. */
  readonly size: () => { columns: number; rows: number };
  readonly clock: Clock;
  /** Aborted when the command is interrupted. */
  readonly signal: AbortSignal;
}

/** The terminal of a process. */
export interface ProcessTerminal extends Terminal {
  /** Waits until everything is written. */
  readonly flush: () => Promise<void>;
}

/**
 * Opens the terminal of this process. From then on the first stop signal aborts
 * the terminal's signal instead of ending the process.
 */
export function openTerminal(): ProcessTerminal {
  const interrupted = new AbortController();
  onStopSignals(
    SIGNALS,
    () => interrupted.abort(),
    // Nobody may read what is still to be written.
    () => Deno.exit(EXIT_INTERRUPTED),
  );
  const open = (writer: typeof Deno.stdout | typeof Deno.stderr) =>
    new Output({
      writer,
      clock: systemClock,
      // As SIGPIPE, which Deno ignores, ends other programs.
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
    size: consoleSize,
    clock: systemClock,
    signal: interrupted.signal,
  };
}

function consoleSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some terminals report 0.
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  } catch {
    return DEFAULT_SIZE;
  }
}
