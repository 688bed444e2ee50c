/**
 * One attempt to deliver a webhook: a connection of its own, on which nothing
 * is sent before its address is known to be allowed.
 *
 * @module
 */

import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { type Clock, parseRetryAfter } from "../../mod.ts";
import { VERSION } from "../version.ts";
import { isPublicAddress } from "./address.ts";
import type { Target } from "./target.ts";

/** How long an attempt may take, from the look-up on, in milliseconds. */
export const ATTEMPT_TIMEOUT_MS = 10_000;

/** What is told of one that took longer. */
const NOT_IN_TIME = `It was not answered within ${ATTEMPT_TIMEOUT_MS / 1000} s`;

/** How much of an answer's body is read, in bytes. None of it is kept. */
const BODY_LIMIT = 64 * 1024;

/** Every way in which an attempt can end. */
export const ATTEMPT_RESULTS = [
  /** It was answered with a status of 200 to 299. */
  "delivered",
  /** It was answered with another one; redirects are not followed. */
  "refused",
  /** It was answered with 410: the receiver wants no more. */
  "gone",
  /** It was not answered in time. */
  "timeout",
  /** It could not be sent, or the connection broke before an answer. */
  "network",
  /** Nothing was sent: the receiver's address is not a public one. */
  "forbidden_address",
] as const;

/** How an attempt ended. */
export type AttemptResult = typeof ATTEMPT_RESULTS[number];

/** What came of an attempt. */
export interface Attempt {
  /** How it ended. */
  readonly result: AttemptResult;
  /** The status of the answer; `null` without one. */
  readonly status: number | null;
  /** What was wrong, without any secret; `null` if it was delivered. */
  readonly detail: string | null;
  /** How long the receiver asks us to stay away, in milliseconds. */
  readonly retryAfter?: number | undefined;
}

/** What is to be delivered, and where. */
export interface AttemptOptions {
  /** Where to. */
  target: Target;
  /** What tells the receiver who sent it: the headers of its signature. */
  headers: Readonly<Record<string, string>>;
  /** The body, in JSON. */
  body: string;
  /** Where time comes from. */
  clock: Clock;
  /** Ends it at once. */
  signal: AbortSignal;
}

/** Why an attempt came to nothing, where it is not the connection's error. */
class AttemptFailure extends Error {
  constructor(readonly result: AttemptResult, message: string) {
    super(message);
  }
}

/**
 * A connection that was made before. A receiver hears from us seldom, so it is
 * not kept. Deno heeds no `createConnection` beside an agent of `false`.
 */
class OneConnection extends http.Agent {
  constructor(readonly connection: Duplex) {
    super({ keepAlive: false });
  }

  override createConnection(): Duplex {
    return this.connection;
  }
}

/**
 * Tries once to deliver a webhook. The status decides: once it has come, it no
 * longer matters how the rest of the answer ends.
 *
 * @param options What is to be delivered, and where.
 * @returns What came of it, once the connection is closed.
 * @throws The signal's reason if it is aborted before there was an answer.
 */
export async function attempt(options: AttemptOptions): Promise<Attempt> {
  const { clock, signal, target } = options;
  signal.throwIfAborted();
  // What comes first decides, the answer or a failure: both can come at once.
  const answered = Promise.withResolvers<http.IncomingMessage>();
  const failed = Promise.withResolvers<never>();
  // It may fail at any time, also when nobody waits for that any more.
  failed.promise.catch(() => {});
  const fail = (error: unknown) => {
    answered.reject(error);
    failed.reject(error);
  };
  const abort = () => fail(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const cancelTimer = clock.setTimer(
    () => fail(new AttemptFailure("timeout", NOT_IN_TIME)),
    ATTEMPT_TIMEOUT_MS,
  );
  const socket = net.connect({ host: target.hostname, port: target.port });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  try {
    send(socket, options, answered.resolve, fail).catch(fail);
    const answer = await answered.promise;
    await Promise.race([readAway(answer), failed.promise]).catch(() => {});
    return read(answer, clock);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AttemptFailure)) return networkFailure(error);
    return { result: error.result, status: null, detail: error.message };
  } finally {
    cancelTimer();
    signal.removeEventListener("abort", abort);
    socket.destroy();
    await closed;
  }
}

async function send(
  socket: net.Socket,
  { target, headers, body }: AttemptOptions,
  answer: (answer: http.IncomingMessage) => void,
  fail: (error: unknown) => void,
): Promise<void> {
  const tellClosed = () => fail(closedEarly());
  socket.on("close", tellClosed);
  await connect(socket, target, fail);
  const stream = target.isSecure ? await secure(socket, target, fail) : socket;
  // From here on the request tells, which may still be reading what came.
  socket.off("close", tellClosed);
  const bytes = new TextEncoder().encode(body);
  const request = http.request({
    agent: new OneConnection(stream),
    method: "POST",
    path: target.path,
    headers: Object.entries({
      "Host": new URL(target.url).host,
      "User-Agent": `callfire-orders/${VERSION}`,
      "Content-Type": "application/json",
      "Content-Length": String(bytes.length),
      "Connection": "close",
      ...headers,
    }).flat(),
  });
  request.on("response", answer);
  request.on("error", fail);
  request.on("close", tellClosed);
  request.end(bytes);
}

/** Connects, and goes on with an address that is allowed only. */
function connect(
  socket: net.Socket,
  { isPrivateAllowed }: Target,
  fail: (error: unknown) => void,
): Promise<void> {
  const check = (address: string | undefined) => {
    if (isPrivateAllowed || isPublicAddress(address ?? "")) return true;
    fail(
      new AttemptFailure(
        "forbidden_address",
        `Its address ${
          address ?? "is unknown and"
        } is not a public one; name ` +
          "it in --webhook-hosts, or set --webhook-allow-private",
      ),
    );
    socket.destroy();
    return false;
  };
  socket.on("error", fail);
  // An address that is not allowed is not even connected to. The name may have
  // several, so what counts is the check of the one that is.
  socket.on("lookup", (error, address) => error || check(address));
  return new Promise((resolve) => {
    socket.on("connect", () => check(socket.remoteAddress) && resolve());
  });
}

function secure(
  socket: net.Socket,
  { hostname }: Target,
  fail: (error: unknown) => void,
): Promise<tls.TLSSocket> {
  return new Promise((resolve) => {
    const stream = tls.connect({
      socket,
      host: hostname,
      // Server names are names alone.
      servername: net.isIP(hostname) === 0 ? hostname : "",
      // Or NODE_TLS_REJECT_UNAUTHORIZED would decide.
      rejectUnauthorized: true,
    });
    stream.on("error", fail);
    stream.on("secureConnect", () => resolve(stream));
  });
}

/** Reads a body until it ends, or has had enough of it. */
function readAway(answer: http.IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    let size = 0;
    answer.on("data", (piece: Uint8Array) => {
      size += piece.length;
      if (size > BODY_LIMIT) resolve();
    });
    answer.on("end", resolve);
    answer.on("error", reject);
  });
}

function read(answer: http.IncomingMessage, clock: Clock): Attempt {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) {
    return { result: "delivered", status, detail: null };
  }
  const headers = {
    get: (name: string) => answer.headers[name]?.toString() ?? null,
  };
  return {
    result: status === 410 ? "gone" : "refused",
    status,
    detail: `It was answered with status ${status}`,
    retryAfter: parseRetryAfter(headers, clock.date()),
  };
}

/** Tells no more of an error than its code, since others may write the text. */
function networkFailure(error: unknown): Attempt {
  const { code } = error as { code?: unknown };
  const reason = typeof code === "string" && /^\w+$/.test(code)
    ? code
    : "no further reason";
  return {
    result: "network",
    status: null,
    detail: `The connection failed: ${reason}`,
  };
}

function closedEarly(): Error {
  return Object.assign(new Error("closed early"), { code: "CLOSED_EARLY" });
}
