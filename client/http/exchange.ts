/**
 * One HTTP exchange: credentials, time limit, size limit, status to error.
 *
 * @module
 */

import { type Answer, BodyError, type Send } from "./body.ts";
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
} from "../errors.ts";
import { Gate } from "./gate.ts";
import type { Settings } from "../options.ts";
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from "./retry_after.ts";
import { TimeLimit } from "./time_limit.ts";
import { sendByDefault, sendByFetch } from "./transport.ts";

/** The longest message of CallFire that an error keeps, in characters. */
const MAX_MESSAGE_LENGTH = 500;

/** Asks CallFire about one order at a time. */
export class Exchange {
  readonly #settings: Settings;
  readonly #send: Send;

  /**
   * Prepares the exchanges of one client.
   *
   * @param settings The client's options, checked.
   */
  constructor(settings: Settings) {
    const { baseUrl, fetch, secrets } = settings;
    const headers = {
      "Accept": "application/xml",
      "Authorization": secrets.authorization,
      "Content-Type": "application/xml",
    };
    this.#settings = settings;
    this.#send = fetch
      ? sendByFetch(fetch, baseUrl, headers)
      : sendByDefault(baseUrl, headers);
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
    const { clock, timeout } = this.#settings;
    const timeLimit = new TimeLimit(clock, timeout, () => {
      controller.abort(
        new TimeoutError(
          `Cannot get order '${id}': no complete answer within ${timeout} ms`,
        ),
      );
    });
    const gate = this.#gate(id, controller, timeLimit);
    const { signal } = controller;
    try {
      return await untilAborted(signal, this.#exchange(id, signal, gate));
    } finally {
      timeLimit.stop();
      gate?.end();
    }
  }

  #gate(
    id: string,
    controller: AbortController,
    timeLimit: TimeLimit,
  ): Gate | undefined {
    const { admit, clock } = this.#settings;
    return admit && new Gate({
      admit: () => admit(id),
      clock,
      controller,
      timeLimit,
    });
  }

  async #exchange(
    id: string,
    signal: AbortSignal,
    gate: Gate | undefined,
  ): Promise<Uint8Array> {
    try {
      const answer = await this.#send(`/number/order/${id}`, signal, gate);
      if (answer.status !== 200) throw await this.#fault(id, answer);
      return await answer.read(this.#settings.maxBodyBytes);
    } catch (error) {
      throw this.#translate(id, error);
    }
  }

  /** Anything but 200 is a fault; what its body says only adds to it. */
  async #fault(id: string, answer: Answer): Promise<Error> {
    const { clock, maxBodyBytes, secrets } = this.#settings;
    const { status, headers } = answer;
    const body = await answer.read(maxBodyBytes).catch(() => undefined);
    const { parseServerMessage } = await import("../xml/parse_number_order.ts");
    const message = body && parseServerMessage(body);
    const retryAfter = parseRetryAfter(headers, clock.date());
    const details: CallFireErrorDetails = {
      status,
      serverMessage: message &&
        secrets.redact(message, body).slice(0, MAX_MESSAGE_LENGTH),
      retryAfter: retryAfter && Math.min(MAX_RETRY_AFTER_MS, retryAfter),
    };
    const said = message ? ` and said ${secrets.excerpt(message, body)}` : "";
    const saw = (advice: string) =>
      `Cannot get order '${id}': CallFire answered ${status}` +
      `${said}; ${advice}`;
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
    // 408: CallFire, or a proxy, gave up on a request that came too slowly.
    if (status >= 500 || status === 408) {
      return new ServerError(saw("ask again later"), details);
    }
    if (status === 0 || (status >= 300 && status < 400)) {
      const location = headers.get("location");
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
    if (error instanceof BodyError) {
      const { message, encoding } = error;
      const saw = encoding === undefined ? "more" : secrets.excerpt(encoding);
      return new MalformedResponseError(
        `Cannot read the answer about order '${id}': ` +
          `expected ${message}, but saw ${saw}`,
        { status: 200 },
      );
    }
    // Where fetch itself only says that it failed, its cause says why.
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = [error, cause].filter((part) => part !== undefined)
      .map((part) => part instanceof Error ? part.message : String(part))
      .join(": ");
    return new NetworkError(
      `Cannot get order '${id}': no complete answer from ${baseUrl}: ` +
        secrets.redact(reason),
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
