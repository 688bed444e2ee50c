/**
 * Starts the daemon in a process of its own that is permitted just what its
 * settings call for, passes signals on and ends as it ends. The launcher itself
 * has every permission: whoever may run Deno may have it do anything, and only
 * with all of them can it watch the processes that launched it.
 *
 * @module
 */

import {
  type Config,
  ConfigError,
  HELP,
  parseConfig,
} from "./config/config.ts";
import { launcherGone, stdinClosed, STOP_WITH_STDIN } from "./launchers.ts";
import { printError } from "./log/print_error.ts";
import { processFlags } from "./config/process_flags.ts";
import { BACKUP_SIGNALS, STOP_SIGNALS } from "./signals.ts";
import { isPostgresUrl } from "./store/postgres/address.ts";

const MAIN = new URL("./main.ts", import.meta.url).href;

/** What the program imports only when it serves, so that it starts sooner. */
const DAEMON = new URL("./daemon.ts", import.meta.url).href;

/** What it imports only for a database of PostgreSQL. */
const POSTGRES =
  new URL("./store/postgres/postgres_store.ts", import.meta.url).href;

/** Fetches what the daemon is made of, since the daemon itself may not. */
async function fetchPackages({ database }: Config): Promise<boolean> {
  const modules = [MAIN, DAEMON];
  if (isPostgresUrl(database)) modules.push(POSTGRES);
  const fetching = new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--frozen", ...modules],
    stdin: "null",
  }).spawn();
  return (await fetching.status).success;
}

async function start(): Promise<number> {
  const isOrphaned = Deno.env.get(STOP_WITH_STDIN) === "true"
    ? stdinClosed()
    : launcherGone();
  const config = parseConfig(Deno.args, (name) => Deno.env.get(name));
  if (config === "help") {
    console.log(HELP);
    return 0;
  }
  if (!await fetchPackages(config)) {
    await printError(
      "Cannot start: what is named above could not be fetched; see that the " +
        "network is there, and start it again",
    );
    return 1;
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...processFlags(config),
      MAIN,
      ...Deno.args,
    ],
    // The daemon stops when this ends, however this process does.
    env: { [STOP_WITH_STDIN]: "true" },
    stdin: "piped",
  }).spawn();
  isOrphaned.then(() => child.stdin.close()).catch(() => {});
  for (const signal of [...STOP_SIGNALS, ...BACKUP_SIGNALS]) {
    Deno.addSignalListener(signal, () => {
      try {
        child.kill(signal);
      } catch {
        // It has ended already.
      }
    });
  }
  return (await child.status).code;
}

try {
  Deno.exit(await start());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  await printError(error.message);
  Deno.exit(2);
}
