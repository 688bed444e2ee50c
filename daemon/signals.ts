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
