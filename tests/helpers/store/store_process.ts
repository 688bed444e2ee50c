/**
 * The program that uses a store, run with no more permissions than a daemon
 * has for one.
 *
 * @module
 */

const PROGRAM = new URL("./use_store.ts", import.meta.url).href;

/** The program that delivers what is in it. */
const DELIVERING = new URL("./use_webhooks.ts", import.meta.url).href;

/** What that one does. */
type Delivering = "deliver" | "drain" | `halt ${number}`;

/** A program that has a store open, or tries to. */
export class StoreProcess implements AsyncDisposable {
  /** The lines that it has printed. */
  lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;
  #printed = Promise.withResolvers<void>();
  #hasEnded = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#read = this.#follow(child.stdout);
  }

  /**
   * Starts it.
   *
   * @param folder The folder that it may read and write, in which it runs.
   * @param file The file of the store.
   * @param doing What it does with it.
   * @param largestFile The most that it can write to a file, in KiB: beyond,
   * its disk fails.
   */
  static start(
    folder: string,
    file: string,
    doing: "hold" | "write" | Delivering,
    largestFile: number | "unlimited" = "unlimited",
  ): StoreProcess {
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const command = `trap "" XFSZ; ulimit -f ${largestFile}; exec "$0" "$@"`;
    const child = new Deno.Command("bash", {
      args: [
        "-c",
        command,
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-prompt",
        `--config=${config}`,
        `--allow-read=${folder}`,
        `--allow-write=${folder}`,
        doing === "hold" || doing === "write" ? PROGRAM : DELIVERING,
        file,
        ...doing.split(" "),
      ],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    return new StoreProcess(child);
  }

  /** Waits until it has printed enough, or has ended. */
  async printed(isEnough: (lines: string[]) => boolean): Promise<void> {
    while (!this.#hasEnded && !isEnough(this.lines)) {
      await this.#printed.promise;
    }
  }

  /** Waits until it has ended. */
  async ended(): Promise<void> {
    await this.#child.status;
    await this.#read;
  }

  /** Kills it, without a chance to close anything. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#child.kill("SIGKILL");
    await this.ended();
  }

  async #follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(
        "\n",
      );
      // Half a line is no promise.
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      this.#printed.resolve();
      this.#printed = Promise.withResolvers<void>();
    }
    this.#hasEnded = true;
    this.#printed.resolve();
  }
}
