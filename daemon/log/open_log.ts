/**
 * The log on standard output, which never holds up the process: a terminal may
 * be paused, a pipe may be full, a disk too.
 *
 * @module
 */

import { systemClock } from "../../mod.ts";
import type { Config } from "../config/config.ts";
import { LineWriter } from "./line_writer.ts";
import { formatLine, Log } from "./log.ts";

/** How long the process waits at its end for an output, in milliseconds. */
const FLUSH_MS = 1_000;

/** A log that has to be flushed before the process ends. */
export interface FlushedLog {
  /** The log. */
  readonly log: Log;
  /** Writes what is pending, for a limited time. */
  flush(): Promise<void>;
}

/**
 * Opens the log on standard output.
 *
 * @param config How lines are written.
 * @returns The log.
 */
export function openLog(
  { logFormat }: Pick<Config, "logFormat">,
): FlushedLog {
  const date = () => new Date();
  const { now, sleep } = systemClock;
  const writer = new LineWriter({
    write: (bytes) => Deno.stdout.write(bytes),
    describeDropped: (lines) =>
      formatLine(logFormat, {
        date: date(),
        level: "warn",
        message: "Log lines were dropped: the output did not take them",
        fields: { lines },
      }),
    now,
    sleep,
  });
  const log = new Log({
    format: logFormat,
    write: (lines) => writer.write(lines),
    date,
    dropped: () => writer.dropped,
  });
  return { log, flush: () => writer.close(FLUSH_MS) };
}
