/**
 * The HTTP server, which takes connections for as long as the daemon runs.
 *
 * @module
 */

import type { Clock } from "../mod.ts";
import { type ListenAddress, listenError } from "./config/listen_address.ts";
import type { Log } from "./log/log.ts";
import { messageOf } from "./polling/error_message.ts";

/** How long no connection is taken after one could not be, in milliseconds. */
const PAUSE = 1_000;

/** How long it has to go well to be told as well, in milliseconds. */
const STEADY = 10_000;

/** What a server needs. */
export interface ServerOptions {
  /** Where it listens. */
  listen: ListenAddress;
  /** Answers a request. */
  answer: (request: Request) => Response | Promise<Response>;
  /** Where time comes from. */
  clock: Clock;
  /** Where it is told that connections cannot be taken. */
  log: Log;
}

/** A running server. */
export interface Server {
  /** The IP address and the port that it listens on. */
  readonly address: ListenAddress;
  /** Takes no more requests; is fulfilled when all are answered. */
  shutdown(): Promise<void>;
}

/**
 * Starts a server. Deno's own ends for good, and by default the process with
 * it, at the first connection that the system does not let it take, such as the
 * one for which there is no file descriptor left: anybody who can connect could
 * bring that about. This one listens again. (The one of `node:http`, in Deno
 * 2.9.6, takes no connection any more from then on, and does not say so.)
 *
 * @param options What it needs.
 * @returns The server, once it listens.
 * @throws {Error} If it cannot listen there; the message says what to do.
 */
export function startServer(
  { answer, clock, listen, log }: ServerOptions,
): Server {
  const start = (port: number) =>
    Deno.serve({ ...listen, port, onListen: () => {} }, answer);
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = start(listen.port);
  } catch (error) {
    throw listenError(listen, error);
  }
  const { hostname, port } = server.addr;
  const stopping = new AbortController();
  let isFailing = false;
  const fail = (error: unknown) => {
    if (!isFailing) {
      log.error("Cannot take more connections; those that are open go on", {
        detail: messageOf(error),
      });
    }
    isFailing = true;
  };
  const recover = () => {
    isFailing = false;
    log.info("Connections are taken again");
  };
  const listenAgain = async () => {
    server = start(port);
    const cancel = clock.setTimer(recover, STEADY);
    await server.finished.finally(cancel);
  };
  const serve = async () => {
    let serving = server.finished;
    for (;;) {
      try {
        return await serving;
      } catch (error) {
        fail(error);
      }
      await clock.sleep(PAUSE, stopping.signal);
      serving = listenAgain();
    }
  };
  // It ends when the server is shut down, also while it pauses.
  serve().catch(() => {});
  return {
    address: { hostname, port },
    async shutdown() {
      stopping.abort();
      await server.shutdown();
    },
  };
}
