/**
 * Starts the daemon in a process of its own that is permitted just what its
 * settings call for, passes signals on and ends as it ends.
 *
 * @module
 */

import { ConfigError, HELP, readConfig } from "./config.ts";
import { permissionFlags } from "./permissions.ts";

/** The signals that a daemon heeds: to stop, and to back up. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGUSR2"] as const;

async function start(): Promise<number> {
  const config = readConfig(Deno.args, (name) => Deno.env.get(name));
  if (config === "help") {
    console.log(HELP);
    return 0;
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...permissionFlags(config),
      new URL("./main.ts", import.meta.url).href,
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
