/**
 * Connections that are used again, but on which nothing is sent twice.
 *
 * @module
 */

import http from "node:http";
import net from "node:net";
import { type Duplex, pipeline, type Readable } from "node:stream";
import tls from "node:tls";
import { urlToHttpOptions } from "node:url";
import { createGunzip } from "node:zlib";
import { BodyError, BodyReader, type Send } from "./body.ts";
import type { Gate } from "./gate.ts";

/**
 * How long a connection may be idle, in milliseconds: longer than the pace, and
 * shorter than servers allow, so that none closes it just when it is used.
 */
const IDLE_TIMEOUT_MS = 4000;

/**
 * What a server writes into `Content-Encoding` of a body that is not
 * compressed; some write its charset there.
 */
const NO_CODING =
  /^(?:|identity|none|utf-?8|(?:us-)?ascii|iso-8859-[0-9]+|windows-125[0-9])$/i;

/** The connections of one client. Those that are idle keep no process alive. */
class Connections extends http.Agent {
  /** Those that were idle last, the longest first, and since when. */
  readonly #idle = new Map<Duplex, number>();
  /** It connects to nothing, but has a timer that keeps no process alive. */
  readonly #timer = new net.Socket();

  constructor() {
    // A time limit of the agent's own would set timers for every question.
    super({ keepAlive: true, maxFreeSockets: Infinity });
    this.#timer.on("timeout", () => this.#closeIdle());
  }

  override keepSocketAlive(socket: Duplex): void {
    this.#idle.set(socket, performance.now());
    if (!this.#timer.timeout) this.#timer.setTimeout(IDLE_TIMEOUT_MS);
    return super.keepSocketAlive(socket);
  }

  override reuseSocket(socket: Duplex, request: http.ClientRequest): void {
    this.#idle.delete(socket);
    super.reuseSocket(socket, request);
    // When a connection breaks that was used before, Deno sends the request
    // once more over another one, at once and in silence, though the server may
    // have had it: two questions about one order within a second. It does not
    // where it does not know.
    request.reusedSocket = false;
  }

  #closeIdle(): void {
    const now = performance.now();
    let left = 0;
    for (const [socket, since] of this.#idle) {
      left = Math.ceil(since + IDLE_TIMEOUT_MS - now);
      if (left > 0) break;
      this.#idle.delete(socket);
      socket.destroy();
    }
    this.#timer.setTimeout(Math.max(0, left));
  }
}

/** The same over TLS; what Deno's fetch trusts is trusted. */
class SecureConnections extends Connections {
  protocol = "https:";
  defaultPort = 443;

  // The one of node:https looks at the environment: NODE_EXTRA_CA_CERTS would
  // take a permission, NODE_TLS_REJECT_UNAUTHORIZED would trust everyone.
  override createConnection(options: http.ClientRequestArgs): Duplex {
    return tls.connect({
      ...options as tls.ConnectionOptions,
      rejectUnauthorized: true,
    });
  }
}

/**
 * Makes what sends the questions of one client. No connection is opened yet.
 *
 * @param baseUrl What each path is put behind.
 * @param headers What is sent with each question.
 * @returns What sends a question.
 */
export function sendOverConnections(
  baseUrl: string,
  headers: Record<string, string>,
): Send {
  const url = new URL(baseUrl);
  const { hostname } = urlToHttpOptions(url);
  // Node copies them several times for each question.
  const options = {
    protocol: url.protocol,
    hostname,
    port: url.port,
    agent: url.protocol === "https:"
      ? new SecureConnections()
      : new Connections(),
    headers: Object.entries({
      "Host": url.host,
      "User-Agent": navigator.userAgent,
      "Accept-Encoding": "gzip",
      ...headers,
    }).flat(),
  };
  const prefix = url.pathname.replace(/\/$/, "");
  return async (path, signal, gate) => {
    const message = await get({ ...options, path: prefix + path }, signal, gate)
      .catch((error) => {
        throw missingPermission(url) ?? error;
      });
    return {
      status: message.statusCode ?? 0,
      headers: { get: (name) => message.headers[name]?.toString() ?? null },
      read: (limit) => read(message, limit),
    };
  };
}

function get(
  options: http.RequestOptions,
  signal: AbortSignal,
  gate: Gate | undefined,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request(options, resolve);
    request.on("error", reject);
    request.on("close", () => reject(new Error("it closed the connection")));
    signal.addEventListener("abort", () => {
      // One that has no connection yet would give it back with a listener on.
      if (request.socket) request.destroy();
      else request.once("socket", () => request.destroy());
    });
    if (!gate) return void request.end();
    // Nothing is written before the end. On a connection that stands, the bytes
    // leave within that call.
    request.once("socket", async (socket: net.Socket) => {
      try {
        await connected(socket);
        await gate.pass(() => void request.end());
      } catch (error) {
        request.destroy(error as Error);
      }
    });
  });
}

/** Fulfilled once a request can be written, also over TLS. */
function connected(
  socket: net.Socket & { secureConnecting?: boolean },
): Promise<void> | undefined {
  const { connecting, secureConnecting = false } = socket;
  if (!connecting && !secureConnecting) return undefined;
  const event = secureConnecting ? "secureConnect" : "connect";
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

function read(
  message: http.IncomingMessage,
  limit: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = decompress(message);
    const body = new BodyReader(limit);
    // To iterate over it would cost a good deal more.
    stream.on("data", (piece: Uint8Array) => {
      try {
        body.add(piece);
      } catch (error) {
        reject(error);
        stream.destroy();
      }
    });
    stream.on("end", () => resolve(body.bytes()));
    stream.on("error", reject);
  });
}

function decompress(message: http.IncomingMessage): Readable {
  const encoding = message.headers["content-encoding"] ?? "";
  const codings = encoding.split(",").map((coding) => coding.trim())
    .filter((coding) => !NO_CODING.test(coding));
  if (codings.length === 0) return message;
  if (codings.length === 1 && /^(?:x-)?gzip$/i.test(codings[0]!)) {
    return pipeline(message, createGunzip(), () => {});
  }
  message.destroy();
  throw new BodyError("no compression but gzip", encoding);
}

/** Looking up a host does not say that it fails for a missing permission. */
function missingPermission({ hostname, port, protocol }: URL) {
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  const { state } = Deno.permissions.querySync({ name: "net", host });
  if (state === "granted") return undefined;
  return new Deno.errors.NotCapable(
    `Requires net access to "${host}", run again with the --allow-net flag`,
  );
}
