/**
 * What the tests of hostile callers share: raw exchanges, and how a daemon does
 * that is under attack.
 *
 * @module
 */

import { readMetric } from "./conservation.ts";
import type { DaemonProcess } from "./daemon_process.ts";

/** What came of a raw request. */
export interface RawAnswer {
  /** The status; 0 if there was no answer. */
  status: number;
  /** The code of the problem, if it was one. */
  code: string | undefined;
  /** All that was received. */
  text: string;
}

/** The end of a request of which the answer is awaited. */
const ANSWER = /^HTTP\/1\.1 (\d{3}) [^]*?\r\n\r\n/;

/** How long an answer may take, in milliseconds. */
const PATIENCE = 20_000;

/**
 * Sends something and reads until a whole answer has come, or the end.
 *
 * @param daemon Where to.
 * @param parts What is sent, one after the other; a text as UTF-8.
 */
export async function sendRaw(
  daemon: DaemonProcess,
  parts: readonly (string | Uint8Array)[],
): Promise<RawAnswer> {
  const connection = await connect(daemon);
  let isOpen = true;
  const close = () => {
    if (isOpen) connection.close();
    isOpen = false;
  };
  const timer = setTimeout(close, PATIENCE);
  // Who answers before the end of a request may hang up on the rest of it.
  const sending = writeAll(connection, ...parts).catch(() => {});
  try {
    const text = await readAnswer(connection);
    const status = Number(ANSWER.exec(text)?.[1] ?? 0);
    return { status, code: /"code":"(\w+)"/.exec(text)?.[1], text };
  } finally {
    clearTimeout(timer);
    close();
    await sending;
  }
}

/** Connects to a daemon. */
export function connect({ port }: DaemonProcess): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** Writes all of it. */
export async function writeAll(
  connection: Deno.Conn,
  ...parts: readonly (string | Uint8Array)[]
): Promise<void> {
  for (const part of parts) {
    const bytes = typeof part === "string"
      ? new TextEncoder().encode(part)
      : part;
    for (let sent = 0; sent < bytes.length;) {
      sent += await connection.write(bytes.subarray(sent));
    }
  }
}

async function readAnswer(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(64 * 1024);
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const [head = ""] = ANSWER.exec(text) ?? [];
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    if (length && text.length >= head.length + Number(length)) return text;
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return text;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}

/** How a daemon's process stands. */
export interface Resources {
  /** Its resident memory, in MiB. */
  memory: number;
  /** How many files and connections it has open. */
  descriptors: number;
}

/** Looks at a daemon's process. */
export function resourcesOf({ pid }: DaemonProcess): Resources {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const memory = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  const descriptors = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  return { memory: Math.round(memory), descriptors };
}

/** How the polling went for a while. */
export interface PollWindow {
  /** How many polls a second were made. */
  perSecond: number;
  /**
   * The upper bound of the lateness of 99 of 100 polls, in seconds, as one of
   * the histogram's bounds.
   */
  lateness99: number;
}

/** Measures the polling from its making to the end of each window. */
export class PollMeter {
  readonly #daemon: DaemonProcess;
  #last: { at: number; counts: Map<string, number> } | undefined;

  /**
   * Begins with no window.
   *
   * @param daemon Whose polling it measures.
   */
  constructor(daemon: DaemonProcess) {
    this.#daemon = daemon;
  }

  /** Ends a window, which began with the end of the one before. */
  async end(): Promise<PollWindow> {
    const counts = await readMetric(
      this.#daemon,
      "callfire_poll_lateness_seconds_bucket",
    );
    const at = performance.now();
    const before = this.#last;
    this.#last = { at, counts };
    const buckets = [...counts].map(([labels, count]) => ({
      bound: Number(
        /le="([^"]+)"/.exec(labels)?.[1]?.replace("+Inf", "Infinity"),
      ),
      count: count - (before?.counts.get(labels) ?? 0),
    })).toSorted((one, other) => one.bound - other.bound);
    const total = buckets.at(-1)?.count ?? 0;
    return {
      perSecond: total * 1000 / (at - (before?.at ?? at)),
      lateness99: buckets.find(({ count }) => count >= 0.99 * total)?.bound ??
        Infinity,
    };
  }
}

/**
 * Compares how long a daemon takes to refuse a token that is almost right with
 * one that is all wrong, asked in turn.
 *
 * @returns The ratio of the medians.
 */
export async function refusalTimeRatio(
  daemon: DaemonProcess,
  [almostRight, allWrong]: [string, string],
  times: number,
): Promise<number> {
  const tokens = [almostRight, allWrong];
  const took: number[][] = tokens.map(() => []);
  for (let time = 0; time < times; time++) {
    for (const [which, token] of tokens.entries()) {
      const startedAt = performance.now();
      const { body } = await fetch(`${daemon.url}/v1/summary`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await body?.cancel();
      took[which]!.push(performance.now() - startedAt);
    }
  }
  const [one, other] = took.map((all) =>
    all.toSorted((a, b) => a - b)[times >> 1]!
  );
  return one! / other!;
}
