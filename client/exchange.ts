/**
 * One HTTP exchange: credentials, time limit, size limit, status to error.
 *
 * @module
 */

import {
  AccessDeniedError,
  ApiError,
  AuthenticationError,
  CallFireError,
  type CallFireErrorDetails,
  MalformedResponseError,
  NetworkError,
  NumberOrderNotFoundError,
  RateLimitError,
  ServerError,
  TimeoutError,
} from "./errors.ts";
import type { Settings } from "./options.ts";
import { readRetryAfter } from "./retry_after.ts";
import { fetchOnce } from "./transport.ts";
import { readServerMessage } from "./wire.ts";

/** Asks CallFire about one order at a time. */
export class Exchange {
  readonly #settings: Settings;
  readonly #headers: Record<string, string>;

  /**
   * Prepares the exchanges of one client.
   *
   * @param settings The client's options, checked.
   */
  constructor(settings: Settings) {
    this.#settings = settings;
    this.#headers = {
      "Accept": "application/xml",
      "Authorization": settings.secrets.authorization,
      "Content-Type": "application/xml",
    };
  }

  /**
   * Asks once.
   *
   * @param id The order's id, checked.
   * @param controller Ends the exchange at once when it is aborted.
   * @returns The body of an answer with the status 200.
   * @throws {CallFireError} The class that fits what went wrong.
   * @throws The controller's reason, if it was aborted.
   */
  async ask(id: string, controller: AbortController): Promise<Uint8Array> {
    const { clock, fetch, timeout } = this.#settings;
    // Another fetch may not heed its signal.
    const isOwnFetch = fetch === fetchOnce;
    const cancelTimer = clock.setTimer(() => {
      controller.abort(
        new TimeoutError(
          `Cannot get order '${id}': no complete answer within ${timeout} ms`,
        ),
      );
    }, timeout);
    const { signal } = controller;
    try {
      const body = this.#exchange(id, signal);
      return await (isOwnFetch ? body : untilAborted(signal, body));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error;
    } finally {
      cancelTimer();
    }
  }

  async #exchange(id: string, signal: AbortSignal): Promise<Uint8Array> {
    const { baseUrl, fetch, maxBodyBytes } = this.#settings;
    try {
      const response = await fetch(`${baseUrl}/number/order/${id}`, {
        headers: this.#headers,
        // A redirect could lead the credentials to another host.
        redirect: "manual",
        signal,
      });
      if (response.status !== 200) throw await this.#fault(id, response);
      const body = await readBody(response, maxBodyBytes);
      if (body) return body;
      throw new MalformedResponseError(
        `Cannot read the answer about order '${id}': expected at most ` +
          `${maxBodyBytes} bytes, but saw more`,
        { status: 200 },
      );
    } catch (error) {
      throw this.#translate(id, error);
    }
  }

  /** Anything but 200 is a fault; what its body says only adds to it. */
  async #fault(id: string, response: Response): Promise<Error> {
    const { clock, maxBodyBytes, secrets } = this.#settings;
    const body = await readBody(response, maxBodyBytes).catch(() => undefined);
    const message = body && readServerMessage(body);
    // The message may be cut, so that only a part of a secret is left of it.
    const whole = new TextDecoder().decode(body);
    const details: CallFireErrorDetails = {
      status: response.status,
      serverMessage: message && secrets.withhold(message, whole),
      retryAfter: readRetryAfter(response.headers, clock.date()),
    };
    const said = message ? ` and said ${secrets.excerpt(message, whole)}` : "";
    const saw = (advice: string) =>
      `Cannot get order '${id}': CallFire answered ${response.status}` +
      `${said}; ${advice}`;
    const { status } = response;
    if (status === 401) {
      return new AuthenticationError(
        saw("check the login and the password"),
        details,
      );
    }
    if (status === 403) {
      return new AccessDeniedError(
        saw("check what this login is permitted to do"),
        details,
      );
    }
    if (status === 404) {
      return new NumberOrderNotFoundError(
        saw("check the order's id and whose account it is in"),
        details,
      );
    }
    if (status === 429) {
      return new RateLimitError(
        saw("ask again later, and less often"),
        details,
      );
    }
    if (status >= 500) return new ServerError(saw("ask again later"), details);
    if (status === 0 || (status >= 300 && status < 400)) {
      const location = response.headers.get("location");
      const target = location ? ` to ${secrets.excerpt(location)}` : "";
      return new ApiError(
        saw(`a redirect${target} is not followed, check the base URL`),
        { ...details, status: status || undefined },
      );
    }
    return new ApiError(saw("check the base URL"), details);
  }

  #translate(id: string, error: unknown): unknown {
    const { baseUrl, secrets } = this.#settings;
    // Ours already, or Deno's own word that a permission is missing, which
    // says what to do and will not pass by itself.
    if (
      error instanceof CallFireError || error instanceof Deno.errors.NotCapable
    ) return error;
    // Where fetch itself only says that it failed, its cause says why.
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = [error, cause].filter((part) => part !== undefined)
      .map((part) => part instanceof Error ? part.message : String(part))
      .join(": ");
    return new NetworkError(
      `Cannot get order '${id}': no complete answer from ${baseUrl}: ` +
        secrets.withhold(reason),
      { cause: secrets.cause(error) },
    );
  }
}

/** A promise's result, or the signal's reason as soon as it is aborted. */
function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
    promise.then(resolve, reject);
  });
}

/**
 * Reads a body, counting its bytes as they come out of the decompression.
 *
 * @returns The body, or `undefined` once it has more than `limit` bytes.
 */
async function readBody(
  response: Response,
  limit: number,
): Promise<Uint8Array | undefined> {
  const { headers } = response;
  // A length that is announced alone is kept by the transport, so a body that
  // is short enough can be read in one piece, which costs half as much.
  const length = headers.get("content-length");
  if (
    length !== null && Number(length) <= limit &&
    !headers.has("content-encoding") && !headers.has("transfer-encoding")
  ) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length <= limit ? bytes : undefined;
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the body, and with it the connection.
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > limit) return undefined;
    pieces.push(piece);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
