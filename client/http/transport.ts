/**
 * The two ways in which a question can travel.
 *
 * @module
 */

import { BodyReader, type Send } from "./body.ts";

/**
 * Makes what sends the questions of one client unless it is told otherwise:
 * each once and only once, over connections that are used again.
 *
 * @param baseUrl What each path is put behind.
 * @param headers What is sent with each question.
 * @returns What sends a question.
 */
export function sendByDefault(
  baseUrl: string,
  headers: Record<string, string>,
): Send {
  let send: Send | undefined;
  return async (path, signal, gate) => {
    if (!send) {
      // What it stands on takes Deno a while to load.
      const { sendOverConnections } = await import("./connections.ts");
      send ??= sendOverConnections(baseUrl, headers);
    }
    signal.throwIfAborted();
    return await send(path, signal, gate);
  };
}

/**
 * Makes what sends the questions of one client by a fetch.
 *
 * @param fetch The fetch.
 * @param baseUrl What each path is put behind.
 * @param headers What is sent with each question.
 * @returns What sends a question.
 */
export function sendByFetch(
  fetch: typeof globalThis.fetch,
  baseUrl: string,
  headers: Record<string, string>,
): Send {
  return async (path, signal, gate) => {
    const send = () =>
      fetch(baseUrl + path, {
        headers,
        // A redirect could lead the credentials to another host.
        redirect: "manual",
        signal,
      });
    const response = await (gate ? gate.pass(send) : send());
    return {
      status: response.status,
      headers: response.headers,
      async read(limit) {
        const body = new BodyReader(limit);
        // Leaving the loop cancels the rest, and with it the connection.
        for await (const piece of response.body ?? []) body.add(piece);
        return body.bytes();
      },
    };
  };
}
