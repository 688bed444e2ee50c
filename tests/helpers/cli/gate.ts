/**
 * A gate in front of a daemon, as a proxy is: it lets requests through, or has
 * them fail.
 *
 * @module
 */

import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";

/** A running gate. */
export interface Gate extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
  /** The requests that came: method, path and Last-Event-ID, if there is one. */
  readonly requests: string[];
  /** Responds to one request to a path itself; the next one goes through. */
  respond(path: string, respond: (outgoing: ServerResponse) => void): void;
  /** Breaks all connections. */
  cut(): void;
}

/** Puts a gate in front of a daemon. */
export async function startGate(target: string): Promise<Gate> {
  const requests: string[] = [];
  const own: { path: string; respond: (to: ServerResponse) => void }[] = [];
  const server = createServer((incoming, outgoing) => {
    const { headers, method = "", url: path = "" } = incoming;
    requests.push(
      [method, path, headers["last-event-id"]].filter(Boolean).join(" "),
    );
    const index = own.findIndex((response) => response.path === path);
    const [response] = index < 0 ? [] : own.splice(index, 1);
    if (response) return response.respond(outgoing);
    const forwarded = request(
      target + path,
      { method, headers },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    incoming.pipe(forwarded);
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    respond: (path, respond) => own.push({ path, respond }),
    cut: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
