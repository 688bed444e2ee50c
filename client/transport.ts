/**
 * The `fetch` that asks once, and only once.
 *
 * @module
 */

// When a connection that was used before breaks ahead of the answer, Deno's
// fetch sends the same request again, at once and in silence, though the
// server may have had it: two questions about one order within a second. It
// does not on a connection that is new, so none is kept for a second request.
const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });

/**
 * Sends a request over a connection of its own.
 *
 * @param input Where to.
 * @param init What to send.
 * @returns The answer.
 * @throws {TypeError} If there is none.
 */
export const fetchOnce: typeof fetch = (
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> => fetch(input, { ...init, client } as RequestInit);
