/**
 * A server that says exactly what a test wants, whatever HTTP makes of it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** One exchange, from the server's side. */
export interface RawExchange {
  /** The request: its headers, an empty line, and its body if it has one. */
  request: string;
  /** How many requests came on the same connection before. */
  before: number;
  /** Sends text or bytes; rejects once the other side has gone away. */
  say(words: string | Uint8Array): Promise<void>;
}

/** What becomes of a connection: by default it closes. */
export type RawOutcome = "keep" | "reset" | void;

/** What a server needs to speak TLS, in PEM. */
export interface Certificate {
  /** The certificate. */
  cert: string;
  /** Its key. */
  key: string;
}

/** A running server. */
export interface RawServer extends AsyncDisposable {
  /** Where it is, such as `http://127.0.0.1:9838`. */
  readonly url: string;
  /** The requests that came. */
  readonly requests: string[];
  /** How many connections are open. */
  connections(): number;
  /** How many connections were ever made. */
  readonly accepted: number;
  /** How many bytes ever came, whether they made a request or not. */
  readonly received: number;
}

/**
 * Starts a server.
 *
 * @param answer Answers one request, and says what then becomes of its
 * connection.
 * @param certificate What to speak TLS with; without it, it does not.
 */
export async function startRawServer(
  answer: (exchange: RawExchange) => Promise<RawOutcome>,
  certificate?: Certificate,
): Promise<RawServer> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  let accepted = 0;
  let received = 0;
  const server = createServer((connection) => {
    accepted++;
    open.add(connection);
    connection.on("close", () => open.delete(connection));
    // A connection that breaks is what this is for.
    connection.on("error", () => {});
    serve(connection).catch(() => connection.destroy());
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http${certificate ? "s" : ""}://127.0.0.1:${port}`,
    requests,
    connections: () => open.size,
    get accepted() {
      return accepted;
    },
    get received() {
      return received;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of open) connection.destroy();
      await closed;
    },
  };

  async function serve(connection: Socket): Promise<void> {
    const socket = certificate
      ? new TLSSocket(connection, { isServer: true, ...certificate })
      : connection;
    socket.on("error", () => {});
    const say = (words: string | Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        socket.write(words, (error) => error ? reject(error) : resolve());
      });
    let before = 0;
    let pieces: Uint8Array[] = [];
    // Leaving the loop is no reason to drop what was said.
    for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
      received += bytes.length;
      pieces.push(bytes);
      const request = readRequest(Buffer.concat(pieces));
      if (request === undefined) continue;
      pieces = [];
      requests.push(request);
      const outcome = await answer({ request, before: before++, say });
      if (outcome === "reset") connection.resetAndDestroy();
      if (outcome !== "keep") break;
    }
    socket.end();
  }
}

/** Nothing while there is more of it to come. */
function readRequest(bytes: Buffer): string | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.subarray(0, end).toString();
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  const isWhole = bytes.length >= end + "\r\n\r\n".length + length;
  return isWhole ? bytes.toString() : undefined;
}
