/**
 * The command `wait` as a process of its own, at a terminal or without one.
 *
 * @module
 */

import type { Sandbox } from "../../sandbox/sandbox.ts";
import { credentialsOf } from "./run_deno.ts";

const ROOT = new URL("../../../", import.meta.url);

/** How the command is run; the task adds a line of its own to errors. */
export const WAIT = `${Deno.execPath()} task --quiet wait`;

/** What gives a program a terminal. */
export const SCRIPT = { program: "script", debianPackage: "bsdutils" };

/** A program, and what it has written so far. */
export class Run implements AsyncDisposable {
  /** All that it wrote, errors too. */
  output = "";
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #read: Promise<unknown>;
  #changed = Promise.withResolvers<void>();

  /** Starts it. */
  constructor(
    program: string,
    args: string[],
    sandbox: Sandbox,
    env: Record<string, string> = {},
  ) {
    this.#child = new Deno.Command(program, {
      args,
      cwd: ROOT,
      env: { ...credentialsOf(sandbox), TERM: "xterm", NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stderr, stdin, stdout } = this.#child;
    this.#input = stdin.getWriter();
    this.#read = Promise.all(
      [stderr, stdout].map((from) => this.#follow(from)),
    );
  }

  /** Waits until something was written, after so many characters. */
  async written(text: string, after = 0): Promise<void> {
    while (!this.output.includes(text, after)) {
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }

  /** Types on its keyboard, or writes what it reads. */
  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Ends what it reads. */
  async close(): Promise<void> {
    await this.#input.close();
  }

  /** Waits for its end; answers its exit code. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#read;
    return code;
  }

  /** Ends it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended, and have closed it.
    await this.#input.close().catch(() => {});
    await this.#child[Symbol.asyncDispose]();
  }

  async #follow(from: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of from.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#changed.resolve();
    }
  }
}

/** A terminal. */
export interface TerminalSize {
  /** Its width in characters. */
  columns: number;
  /** Its height in lines. */
  rows: number;
  /** Whether it has colors; it has none unless told. */
  hasColor?: boolean;
}

/** Runs the command at a terminal of its own. */
export function runAtTerminal(
  sandbox: Sandbox,
  { columns, hasColor = false, rows }: TerminalSize,
  ...args: string[]
): Run {
  const command = `stty rows ${rows} cols ${columns}; ` +
    `${hasColor ? "unset NO_COLOR; " : ""}exec ${WAIT} ${args.join(" ")}`;
  return new Run("script", ["-qec", command, "/dev/null"], sandbox);
}
