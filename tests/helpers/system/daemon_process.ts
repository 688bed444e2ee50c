/**
 * The daemon as its users run it: a process of its own, with just the
 * permissions that its settings call for.
 *
 * @module
 */

import {
  type Config,
  type Environment,
  parseConfig,
} from "../../../daemon/config/config.ts";
import { processFlags } from "../../../daemon/config/process_flags.ts";
import { type Conformance, conformance } from "../api/conformance.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { credentialsOf } from "./run_deno.ts";

const MAIN = new URL("../../../daemon/main.ts", import.meta.url).href;

/** How to start a daemon. */
export interface DaemonOptions {
  /** The CallFire that it asks. */
  sandbox: Pick<Sandbox, "login" | "password" | "baseUrl">;
  /** Where it keeps its database, unless that is told. */
  folder: string;
  /** The URL of its database. */
  database?: string;
  /** The port that it listens on; any free one unless told. */
  port?: number;
  /** More flags. */
  args?: string[];
  /** More of its environment. */
  env?: Record<string, string>;
  /** How many files and connections it may have open; as many as the tests. */
  descriptors?: number;
  /** The file, device or fifo that it logs to; by default `output` has it. */
  logTo?: string;
}

/** A daemon in a process of its own. */
export class DaemonProcess implements AsyncDisposable {
  /** All that it printed, errors too. */
  output = "";
  /** Where it is, once it has said so. */
  url = "";
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  readonly #token: string | undefined;
  #checks: Conformance | undefined;
  #changed = Promise.withResolvers<void>();
  #hasEnded = false;

  private constructor(child: Deno.ChildProcess, token: string | undefined) {
    this.#child = child;
    this.#token = token;
    this.#read = Promise.all(
      [child.stdout, child.stderr].map((stream) => this.#follow(stream)),
    ).then(() => {
      this.#hasEnded = true;
      this.#changed.resolve();
    });
  }

  /** Starts a daemon; it may not be there yet. */
  static spawn(options: DaemonOptions): DaemonProcess {
    const { args = [], folder, port = 0, sandbox } = options;
    const { database = `${folder}/orders.db` } = options;
    const env: Record<string, string> = {
      ...credentialsOf(sandbox),
      ...options.env,
    };
    const flags = [
      `--listen=127.0.0.1:${port}`,
      `--database=${database}`,
      ...args,
    ];
    const environment: Environment = (name) => env[name];
    const config = parseConfig(flags, environment) as Config;
    const command = [
      ...limitFlags(options.descriptors),
      ...redirectFlags(options.logTo),
      Deno.execPath(),
      ...["run", "--quiet", ...processFlags(config), MAIN, ...flags],
    ];
    const child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      // Nothing of the settings of whoever runs the tests.
      clearEnv: true,
      env: { ...inherited(), ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new DaemonProcess(child, env["API_TOKEN"]);
  }

  /** Starts a daemon and waits until it serves its API. */
  static async start(options: DaemonOptions): Promise<DaemonProcess> {
    const daemon = DaemonProcess.spawn(options);
    await daemon.printed(/Started url="?([^"\s]+)|"url":"([^"]+)"/);
    const [, text, json] = /Started url="?([^"\s]+)|"url":"([^"]+)"/
      .exec(daemon.output)!;
    daemon.url = (text ?? json)!;
    const document = await fetch(`${daemon.url}/openapi.json`);
    daemon.#checks = conformance(await document.json());
    return daemon;
  }

  /** The id of its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The port that it listens on. */
  get port(): number {
    return Number(new URL(this.url).port);
  }

  /**
   * Waits until it has printed something.
   *
   * @throws {Error} If it ends before, or never does.
   */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      if (this.#hasEnded) {
        throw new Error(`it ended without ${pattern}: ${this.output}`);
      }
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }

  /**
   * Sends a request to its API, with its token if it has one, and checks the
   * answer against its OpenAPI document.
   */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#token !== undefined && !headers.has("authorization")) {
      headers.set("authorization", `Bearer ${this.#token}`);
    }
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    // The status page is no part of the API.
    if (path !== "/") {
      await this.#checks?.checkResponse(init.method ?? "GET", path, response);
    }
    return response;
  }

  /**
   * Sends a request and reads the JSON that it is answered with.
   *
   * @throws {Error} If the answer is a problem.
   */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.fetch(path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return text === "" ? undefined as T : JSON.parse(text);
  }

  /** Checks the data of an event against its OpenAPI document. */
  checkEvent(data: unknown): void {
    this.#checks?.checkEvent(data);
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end; answers its exit code. */
  async ended(): Promise<number> {
    await this.#read;
    return (await this.#child.status).code;
  }

  /** Stops it as its users do, and waits for its end. */
  async stop(): Promise<number> {
    if (!this.#hasEnded) this.kill("SIGTERM");
    return await this.ended();
  }

  /** Ends it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) {
      try {
        this.kill("SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    await this.ended();
  }

  async #follow(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#changed.resolve();
    }
  }
}

/** What runs a program with a limit; it becomes that program. */
function limitFlags(descriptors: number | undefined): string[] {
  return descriptors === undefined
    ? []
    : ["prlimit", `--nofile=${descriptors}:${descriptors}`];
}

/** What runs a program that writes to a file; it becomes that program. */
function redirectFlags(file: string | undefined): string[] {
  return file === undefined
    ? []
    : ["sh", "-c", 'file=$1; shift; exec "$@" > "$file"', "sh", file];
}

/** What Deno itself needs of the environment. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Runs a test in a folder of its own, which is removed after it. */
export async function withFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
