/**
 * The program's process: from the command line to a running daemon, and from a
 * signal to its end; or, with `wait` before all else, to the terminal.
 *
 * @module
 */

import {
  type Config,
  ConfigError,
  HELP,
  parseConfig,
} from "./config/config.ts";
import type { Daemon } from "./daemon.ts";
import { stdinClosed, STOP_WITH_STDIN } from "./launchers.ts";
import type { Log } from "./log/log.ts";
import { printError } from "./log/print_error.ts";
import { BACKUP_SIGNALS, onStopSignals, STOP_SIGNALS } from "./signals.ts";
import { StoreError } from "./store/store.ts";

/** It was stopped, as it was told to. */
const EXIT_STOPPED = 0;
/** It could not start or go on. */
const EXIT_FAILED = 1;
/** A setting is wrong: starting again would not help. */
const EXIT_CONFIG = 2;
/** It has to be started anew, and a service manager should. */
const EXIT_BROKEN = 70;

async function main(): Promise<number> {
  const [command, ...args] = Deno.args;
  // Each loads only what it needs.
  if (command === "wait") {
    const { waitAtTerminal } = await import("./cli/wait_command.ts");
    return await waitAtTerminal(args);
  }
  return await serve();
}

async function serve(): Promise<number> {
  const config = parseConfig(Deno.args, (name) => Deno.env.get(name));
  if (config === "help") {
    console.log(HELP);
    return EXIT_STOPPED;
  }
  const stopped = Promise.race([signalled(), orphaned()]);
  const { openLog } = await import("./log/open_log.ts");
  const { log, flush } = openLog(config);
  try {
    return await run(config, log, stopped);
  } finally {
    await flush();
  }
}

/** Runs a daemon until it stops; returns the exit code. */
async function run(
  config: Config,
  log: Log,
  stopped: Promise<void>,
): Promise<number> {
  const started = Promise.withResolvers<Daemon>();
  // Without a listener it would end the process; told early, it waits.
  for (const signal of BACKUP_SIGNALS) {
    Deno.addSignalListener(signal, async () => {
      await (await started.promise).backUp();
    });
  }
  const { startDaemon } = await import("./daemon.ts");
  const daemon = await startDaemon(config, log);
  started.resolve(daemon);
  const code = await Promise.race([
    stopped.then(() => EXIT_STOPPED),
    daemon.broken.then((why) => {
      log.error(`Cannot go on: ${why}`);
      return EXIT_BROKEN;
    }),
  ]);
  await daemon.stop();
  return code;
}

/** Is fulfilled at the first signal to stop; the second one ends at once. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    onStopSignals(STOP_SIGNALS, resolve, () => Deno.exit(EXIT_FAILED));
  });
}

/** Is fulfilled when the process that launched this one has ended. */
function orphaned(): Promise<void> {
  return Deno.env.get(STOP_WITH_STDIN) === "true"
    ? stdinClosed()
    : new Promise(() => {});
}

try {
  Deno.exit(await main());
} catch (error) {
  if (error instanceof ConfigError) {
    await printError(error.message);
    Deno.exit(EXIT_CONFIG);
  }
  const isOurs = error instanceof StoreError ||
    (error instanceof Error && error.constructor === Error);
  await printError(isOurs ? error.message : Deno.inspect(error));
  Deno.exit(EXIT_FAILED);
}
