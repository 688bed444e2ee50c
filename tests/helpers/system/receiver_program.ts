/**
 * The receiver of the docs, as a program of its own.
 *
 * @module
 */

import type { DaemonProcess } from "./daemon_process.ts";
import { pause } from "./pause.ts";

/** Where it is. */
export const RECEIVER_PROGRAM: URL = new URL(
  "../../../docs/webhook_receiver.ts",
  import.meta.url,
);

/** An endpoint that it is to be. */
export interface ReceiverOptions {
  /** Where it listens. */
  host: string;
  /** The id of the endpoint. */
  id: string;
  /** The secret of the endpoint. */
  secret: string;
}

/** The program, while it runs. */
export interface ReceiverProgram extends AsyncDisposable {
  /** What it printed since this was emptied. */
  output: string;
  /** Waits until it has printed a text. */
  printed(text: string): Promise<void>;
}

/**
 * Starts it, and waits until the daemon reaches it.
 *
 * @param daemon Has the endpoint.
 * @param options The endpoint.
 */
export async function startReceiver(
  daemon: DaemonProcess,
  { host, id, secret }: ReceiverOptions,
): Promise<ReceiverProgram> {
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      `--config=${config}`,
      "--allow-net",
      "--allow-env",
      RECEIVER_PROGRAM.pathname,
    ],
    env: { WEBHOOK_SECRET: secret, PORT: host.split(":")[1]! },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const program: ReceiverProgram = {
    output: "",
    async printed(text) {
      while (!program.output.includes(text)) await pause(20);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await read;
      await child.status;
    },
  };
  const read = (async () => {
    const texts = child.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of texts) program.output += text;
  })();
  const isTested = async () => {
    const { result } = await daemon
      .json<{ result: string }>("POST", `/v1/webhooks/${id}/test`);
    return result === "delivered";
  };
  while (!await isTested()) await pause(50);
  return program;
}
