/**
 * Starts the server of a benchmark in a process of its own, so that its time
 * is not counted as the client's.
 *
 * @module
 */

/** A server that answers about any order. */
export interface AnswerServer extends AsyncDisposable {
  /** What its paths begin with. */
  readonly url: string;
}

/** Starts it on a free port of this machine. */
export async function startAnswerServer(): Promise<AnswerServer> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net=127.0.0.1",
      new URL("./answer_server.ts", import.meta.url).href,
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream());
  const { value: port } = await output[Symbol.asyncIterator]().next();
  return {
    url: `http://127.0.0.1:${port?.trim()}`,
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
    },
  };
}
