/**
 * A CallFire to develop and test against: it knows number orders, answers as
 * CallFire does, and as it does on a bad day.
 *
 * @module
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { basicAuth } from "./basic_auth.ts";
import { controlApi } from "./control_api.ts";
import { Faults } from "./faults.ts";
import { Orders } from "./orders.ts";
import { KEPT_REQUESTS, RequestLog } from "./request_log.ts";
import { orderIdOf, REST_PATH, restApi } from "./rest_api.ts";

export type * from "./faults.ts";
export type * from "./order.ts";
export type * from "./orders.ts";
export type * from "./request_log.ts";

/** How to start a sandbox. */
export interface SandboxOptions {
  /** The address to listen on; by default 127.0.0.1. */
  hostname?: string;
  /** The port to listen on; by default any free one. */
  port?: number;
  /** The login that it knows; by default `sandbox`. */
  login?: string;
  /** Its password; by default `sandbox-password`. */
  password?: string;
  /** The clock by which orders live, in milliseconds. */
  now?: () => number;
  /** The clock by which requests are noted, in milliseconds. */
  requestNow?: () => number;
  /** How many requests to keep, or whether to; by default the last 100,000. */
  recordRequests?: number | boolean;
}

/** A running sandbox. */
export interface Sandbox extends AsyncDisposable {
  /** Where it is, such as `http://127.0.0.1:9838`. */
  readonly url: string;
  /** Where its REST interface is; this is what a client needs. */
  readonly baseUrl: string;
  /** The login that it knows. */
  readonly login: string;
  /** The password of that login. */
  readonly password: string;
  /** Its orders. */
  readonly orders: Orders;
  /** What is to go wrong. */
  readonly faults: Faults;
  /** The requests that came, those to the sandbox's own paths left out. */
  readonly requests: RequestLog;
  /** How many connections are open. */
  connections(): number;
  /** Breaks all connections and stops; nothing is left behind. */
  close(): Promise<void>;
}

/** A client may keep a connection idle for long between two questions. */
const KEEP_ALIVE_TIMEOUT = 75_000;

/** Starts a sandbox. It listens when the promise is fulfilled. */
export async function startSandbox(
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const {
    hostname = "127.0.0.1",
    port = 0,
    login = "sandbox",
    password = "sandbox-password",
    now = () => performance.now(),
    requestNow = () => performance.now(),
    recordRequests = true,
  } = options;
  const orders = new Orders(now);
  const faults = new Faults();
  const requests = new RequestLog(
    requestNow,
    recordRequests === true ? KEPT_REQUESTS : Number(recordRequests),
  );
  const isAuthorized = basicAuth(login, password);
  const app = restApi({ orders, faults, isAuthorized })
    .route("/sandbox", controlApi({ orders, faults, requests }));
  const listener = getRequestListener(app.fetch, {
    // The global Request and Response are the tests' own: leave them alone.
    overrideGlobalObjects: false,
    // It would leave a timer behind.
    autoCleanupIncoming: false,
  });
  const used = new WeakSet<Socket>();
  const server = createServer((incoming, outgoing) => {
    const { url: path = "/", method = "GET", headers } = incoming;
    // Else what nobody read of a body would break the connection.
    if (method !== "GET") outgoing.once("finish", () => incoming.resume());
    if (!/^\/sandbox(?:[/?]|$)/.test(path)) {
      const entry = requests.arrived({
        order: orderIdOf(path),
        method,
        path,
        accept: headers.accept ?? null,
        contentType: headers["content-type"] ?? null,
        authorizationOk: isAuthorized(headers.authorization),
        isConnectionReused: used.has(incoming.socket),
      });
      outgoing.once("close", () => {
        const { headersSent, statusCode } = outgoing;
        requests.answered(entry, headersSent ? statusCode : null);
      });
      used.add(incoming.socket);
    }
    listener(incoming, outgoing);
  });
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT;
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await listen(server, hostname, port);
  const url = urlOf(server);
  let closed: Promise<void> | undefined;
  const close = () =>
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      // With its connection, each answer that is under way ends its timers.
      for (const socket of sockets) socket.destroy();
    });
  return {
    url,
    baseUrl: `${url}${REST_PATH}`,
    login,
    password,
    orders,
    faults,
    requests,
    connections: () => sockets.size,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(server: Server, hostname: string, port: number) {
  return new Promise<void>((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => {
      const why = cause.code === "EADDRINUSE"
        ? `port ${port} is in use; choose another one, or 0 for any free one`
        : cause.message;
      reject(new Error(`cannot listen on ${hostname}: ${why}`, { cause }));
    });
    server.listen(port, hostname, resolve);
  });
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
