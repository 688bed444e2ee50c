/**
 * What it costs to tell one event to 1,000 readers of the daemon's stream,
 * against one write to each of as many sockets.
 *
 * @module
 */

import type { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { type Benchmark, inTurn } from "./benchmark.ts";
import { cpuOf, startServer } from "./processes.ts";
import { FIRST_ID, startWatchedDaemon } from "./watched_daemon.ts";

/** About as long as an event is. */
const TEXT = "x".repeat(700);

/** No reader waits longer; the benchmark then fails. In milliseconds. */
const LONGEST = 30_000;

/** The benchmark. */
export const eventReaders: Benchmark = {
  name: "events",
  about: "one event to 1,000 readers, against a write to each of 1,000 sockets",
  async run({ quick }) {
    const readers = quick ? 20 : 1000;
    const events = quick ? 2 : 10;
    await using callfire = await startServer("answer_server.ts", [
      "PROCESSING",
    ]);
    await using started = await startWatchedDaemon({
      callfire: callfire.url,
      orders: 1,
      rate: 0.01,
    });
    const { daemon } = started;
    await using bare = await startServer("socket_server.ts", [TEXT]);
    const streams = await Reader.connect(
      daemon.url,
      readers,
      (writer) =>
        writer.write(new TextEncoder().encode(
          `GET /v1/events HTTP/1.1\r\nHost: ${
            new URL(daemon.url).host
          }\r\n\r\n`,
        )),
    );
    // What opens a stream is its first part.
    await Promise.all(streams.map((reader) => reader.has(": open")));
    const sockets = await Reader.connect(bare.url, readers);
    await Promise.all(sockets.map((reader) => reader.has("open")));
    try {
      let label = 0;
      const costs = await inTurn(quick ? 1 : 5, {
        bare: () =>
          cost(
            bare.pid,
            events,
            sockets,
            "x",
            () => sockets[0]!.write(new Uint8Array(1)),
          ),
        daemon: () =>
          cost(
            daemon.pid,
            events,
            streams,
            "event: order.changed",
            () => relabel(daemon, `label ${label++}`),
          ),
      });
      return [
        ["cpu", "CPU"] as const,
        ["wall", "time"] as const,
      ].map(([measure, name]) => ({
        what: `${name} of one event to ${readers} readers`,
        unit: "ms",
        figures: costs.daemon.map((one) => one[measure]),
        baseline: {
          what: "a write to each",
          figures: costs.bare.map((one) => one[measure]),
        },
        aim: { of: "ratio", atMost: 2 },
      }));
    } finally {
      for (const reader of [...streams, ...sockets]) reader.close();
    }
  },
};

/** What one event costs the server, and until all have read it, in ms. */
async function cost(
  pid: number,
  events: number,
  readers: Reader[],
  text: string,
  happen: () => Promise<unknown>,
) {
  const [cpu, began] = [await cpuOf(pid), performance.now()];
  for (let at = 0; at < events; at++) {
    const read = Promise.all(readers.map((reader) => reader.has(text)));
    await Promise.all([happen(), read]);
  }
  return {
    cpu: (await cpuOf(pid) - cpu) / events,
    wall: (performance.now() - began) / events,
  };
}

async function relabel(daemon: DaemonProcess, label: string): Promise<void> {
  const response = await fetch(`${daemon.url}/v1/orders/${FIRST_ID}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ label }),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.bytes();
}

/** One connection. */
class Reader {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(16_384);

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Opens many, and lets each begin. */
  static async connect(
    url: string,
    count: number,
    begin: (reader: Reader) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Reader[]> {
    const readers: Reader[] = [];
    const port = Number(new URL(url).port);
    for (let at = 0; at < count; at++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      const reader = new Reader(connection);
      await begin(reader);
      readers.push(reader);
    }
    return readers;
  }

  /** Reads until it has read a text. */
  async has(text: string): Promise<void> {
    let read = "";
    const late = setTimeout(() => this.close(), LONGEST);
    while (!read.includes(text)) {
      const count = await this.#connection.read(this.#buffer);
      if (count === null) throw new Error(`closed after '${read}'`);
      read += new TextDecoder().decode(this.#buffer.subarray(0, count));
    }
    clearTimeout(late);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#connection.write(bytes);
  }

  close(): void {
    try {
      this.#connection.close();
    } catch {
      // It was closed before, since nothing came.
    }
  }
}
