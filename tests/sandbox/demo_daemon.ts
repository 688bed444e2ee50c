/**
 * The real daemon, started as its users start it, against a sandbox.
 *
 * @module
 */

import { STOP_WITH_STDIN } from "../../daemon/launchers.ts";
import type { Sandbox } from "./sandbox.ts";

const START = new URL("../../daemon/start.ts", import.meta.url);

/** A line that a daemon has logged, as far as a demo looks at it. */
export interface LoggedLine {
  /** What has happened. */
  message: string;
  /** The id of the order that it happened to, if it did to one. */
  order?: string;
}

/** How to start a daemon. */
export interface DemoDaemonOptions {
  /** The CallFire that it asks. */
  sandbox: Sandbox;
  /** Its database: the path of a file, or a URL. */
  database: string;
  /** The address that it serves, with its port. */
  listen: string;
  /** The host that it may send webhooks to, with its port. */
  webhookHost: string;
  /** Is called with each line that it logs. */
  onLog?: (line: LoggedLine) => void;
}

/** A daemon in processes of its own. */
export class DemoDaemon {
  /** Where it is, such as `http://127.0.0.1:9837`. */
  readonly url: string;
  /** Is fulfilled when it has ended, with its exit code. */
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  #hasEnded = false;

  /**
   * Starts it; it does not answer yet.
   *
   * @param options How to start it.
   */
  constructor(
    { database, listen, onLog, sandbox, webhookHost }: DemoDaemonOptions,
  ) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-all",
        START.href,
        `--listen=${listen}`,
        `--webhook-hosts=${webhookHost}`,
        "--log=json",
      ],
      env: {
        CALLFIRE_LOGIN: sandbox.login,
        CALLFIRE_PASSWORD: sandbox.password,
        CALLFIRE_BASE_URL: sandbox.baseUrl,
        // It may hold a password, which every user can see in a flag.
        DATABASE_URL: database,
        // It stops when the demo ends, however that does.
        [STOP_WITH_STDIN]: "true",
      },
      stdin: "piped",
      stdout: "piped",
      // What starts the daemon is then the first of a group of processes.
      detached: true,
    }).spawn();
    this.url = `http://${listen}`;
    this.#child = child;
    this.ended = Promise.all([child.status, readLog(child.stdout, onLog)])
      .then(([{ code }]) => {
        this.#hasEnded = true;
        return code;
      });
  }

  /**
   * Waits until it answers.
   *
   * @throws {Error} If it ends before; it has said why.
   */
  async answers(): Promise<void> {
    while (!await isHealthy(this.url)) {
      if (this.#hasEnded) {
        throw new Error(`The daemon ended with the code ${await this.ended}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Tells it to stop, as Ctrl-C does. */
  stop(): void {
    if (!this.#hasEnded) this.#child.kill("SIGINT");
  }

  /** Ends it at once, and what has started it, as a failing machine does. */
  kill(): void {
    if (!this.#hasEnded) Deno.kill(-this.#child.pid, "SIGKILL");
  }
}

async function readLog(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLog: (line: LoggedLine) => void = () => {},
): Promise<void> {
  let unfinished = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop()!;
    for (const line of lines) onLog(JSON.parse(line));
  }
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
