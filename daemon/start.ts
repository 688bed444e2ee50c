/**
 * Starts the daemon in a process of its own that is permitted just what its
 * settings call for, passes signals on and ends as it ends.
 *
 * @module
 */

import { type Config, ConfigError, HELP, readConfig } from "./config.ts";
import { processFlags } from "./process_flags.ts";
import { isPostgresUrl } from "./store/postgres_address.ts";

/** The signals that a daemon heeds: to stop, and to back up. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGUSR2"] as const;

const MAIN = new URL("./main.ts", import.meta.url).href;

/** What the program imports only when it serves, so that it starts sooner. */
const DAEMON = new URL("./daemon.ts", import.meta.url).href;

/** What it imports only for a database of PostgreSQL. */
const POSTGRES = new URL("./store/postgres.ts", import.meta.url).href;

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
  const config = readConfig(Deno.args, (name) => Deno.env.get(name));
  if (config === "help") {
    console.log(HELP);
    return 0;
  }
  if (!await fetchPackages(config)) {
    console.error(
      "callfire-orders: Cannot start: what is named above could not be " +
        "fetched; see that the network is there, and start it again",
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
    stdin: "null",
  }).spawn();
  for (const signal of SIGNALS) {
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
  console.error(`callfire-orders: ${error.message}`);
  Deno.exit(2);
}
