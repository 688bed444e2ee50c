/**
 * The signals that a daemon and its launcher listen to.
 *
 * @module
 */

const IS_WINDOWS = Deno.build.os === "windows";

/** Those that stop a daemon; Windows knows no others. */
export const STOP_SIGNALS: readonly Deno.Signal[] = IS_WINDOWS
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Those that have a daemon back up its database. */
export const BACKUP_SIGNALS: readonly Deno.Signal[] = IS_WINDOWS
  ? []
  : ["SIGUSR2"];

/** How soon a signal may come again that was sent once. */
const SAME_SIGNAL_MS = 500;

/**
 * Listens for signals to stop. A launcher, a shell and the terminal each may
 * pass one on that has arrived already, so one that comes again at once counts
 * as the same.
 *
 * @param signals Which ones.
 * @param stop Called at the first.
 * @param end Called at a later one, except at SIGHUP, by which nobody asks for
 * more than the first did.
 */
export function onStopSignals(
  signals: readonly Deno.Signal[],
  stop: () => void,
  end: () => void,
): void {
  let first: number | undefined;
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      const now = performance.now();
      if (first === undefined) {
        first = now;
        return stop();
      }
      if (now - first > SAME_SIGNAL_MS && signal !== "SIGHUP") end();
    });
  }
}
