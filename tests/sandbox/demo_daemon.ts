/**
 * The real daemon, started as its users start it, against a sandbox.
 *
 * @module
 */

import type { Sandbox } from "./sandbox.ts";

const START = new URL("../../daemon/start.ts", import.meta.url);

/** A daemon in a process of its own. */
export interface DemoDaemon {
  /** Where it is, such as `http://127.0.0.1:9837`. */
  readonly url: string;
  /** Is fulfilled when its process has ended, with its exit code. */
  readonly ended: Promise<number>;
  /** Tells it to stop, as Ctrl-C does. */
  stop(): void;
}

/**
 * Starts a daemon and waits until it answers.
 *
 * @param sandbox The CallFire that it asks.
 * @param folder Where it keeps its database.
 * @param listen The address that it serves, with its port.
 * @throws {Error} If it ends before it answers; it has said why.
 */
export async function startDemoDaemon(
  sandbox: Sandbox,
  folder: string,
  listen: string,
): Promise<DemoDaemon> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-env",
      `--allow-run=${Deno.execPath()}`,
      START.href,
      `--listen=${listen}`,
      `--database=${folder}/orders.db`,
    ],
    env: {
      CALLFIRE_LOGIN: sandbox.login,
      CALLFIRE_PASSWORD: sandbox.password,
      CALLFIRE_BASE_URL: sandbox.baseUrl,
    },
    stdin: "null",
    // What it logs of each change is told by its events too.
    stdout: "null",
  }).spawn();
  let code: number | undefined;
  const ended = child.status.then((status) => code = status.code);
  const url = `http://${listen}`;
  while (!await isHealthy(url)) {
    if (code !== undefined) {
      throw new Error(`The daemon ended with the code ${code}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    ended,
    stop() {
      if (code === undefined) child.kill("SIGINT");
    },
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/-/healthy`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
