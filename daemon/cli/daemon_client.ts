/**
 * A client of the daemon's HTTP API.
 *
 * @module
 */

import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Clock } from "../../mod.ts";
import { eventSchema } from "../api/event_view.ts";
import { problemSchema } from "../api/problem.ts";
import {
  watchedOrderSchema,
  type WatchedOrderView,
} from "../api/watched_order_view.ts";
import type { DaemonSettings } from "./wait_flags.ts";

/** The limit for one response. */
const RESPONSE_TIMEOUT_MS = 10_000;

/**
 * The limit for the start of an event stream, which a daemon sends at once. A
 * proxy that buffers may hold it back for ever.
 */
const STREAM_START_TIMEOUT_MS = 5_000;

/** The longest silence of an open stream. */
const MAX_SILENCE_MS = 45_000;

/** The maximum length of one event, in characters. */
const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/** The maximum length of a problem's detail in an error message. */
const MAX_DETAIL_LENGTH = 500;

/** A request to the daemon failed. */
export class DaemonError extends Error {
  override readonly name = "DaemonError";
  /** The code of the daemon's problem, if it sent one. */
  readonly code: string;
  /** The HTTP status, if it is that of an error. */
  readonly status: number | undefined;
  /** The `Retry-After` of the response, in milliseconds; 0 without one. */
  readonly retryAfter: number;

  constructor(
    code: string,
    message: string,
    details: { status?: number; retryAfter?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.status = details.status;
    this.retryAfter = details.retryAfter ?? 0;
  }

  /** Whether the error is transient. */
  get retryable(): boolean {
    const { status } = this;
    return status === undefined || status === 429 || status >= 500;
  }
}

/** An order at the daemon, and whether somebody removed it. */
export interface DaemonOrder {
  readonly order: WatchedOrderView;
  readonly isRemoved: boolean;
}

/** An event: the order after it; of a removal, the order before it. */
export interface DaemonEvent extends DaemonOrder {
  /** The place after which a stream continues; absent if events have no ID. */
  readonly id?: string | undefined;
}

/** Options of {@link DaemonClient.events}. */
export interface EventsOptions {
  /** The last known event ID; without it, the stream has only new events. */
  after: string | undefined;
  /** Called once, when the stream has started: no event will be missed. */
  onOpen: () => void;
  /** Called with each event ID, and first with the one before them. */
  onId: (id: string) => void;
  /** Ends the stream, which then rejects with the signal's reason. */
  signal: AbortSignal;
}

/** A client of the daemon's HTTP API. */
export class DaemonClient {
  readonly #settings: DaemonSettings;
  readonly #clock: Clock;

  constructor(settings: DaemonSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Has an order watched, if it is not already.
   *
   * @throws {DaemonError} If the request failed.
   */
  watch(id: string, signal: AbortSignal): Promise<WatchedOrderView> {
    return this.#order("PUT", id, signal);
  }

  /**
   * Gets an order; `undefined` if it is not watched.
   *
   * @throws {DaemonError} If the request failed.
   */
  async get(
    id: string,
    signal: AbortSignal,
  ): Promise<WatchedOrderView | undefined> {
    try {
      return await this.#order("GET", id, signal);
    } catch (error) {
      const isUnknown = error instanceof DaemonError && error.status === 404 &&
        error.code === "order_not_found";
      if (isUnknown) return undefined;
      throw error;
    }
  }

  /**
   * Follows the events of all orders, until the daemon ends the stream.
   *
   * @throws {DaemonError} While iterating, if the request failed or the stream
   * broke.
   */
  async *events(
    { after, onId, onOpen, signal }: EventsOptions,
  ): AsyncGenerator<DaemonEvent, undefined> {
    using limit = new TimeLimit(this.#clock, signal);
    limit.start(STREAM_START_TIMEOUT_MS);
    let isOpen = false;
    const alive = () => {
      limit.start(MAX_SILENCE_MS);
      if (isOpen) return;
      isOpen = true;
      onOpen();
    };
    try {
      const response = await this.#request("GET", "/v1/events", limit.signal, {
        "Accept": "text/event-stream",
        ...(after !== undefined && { "Last-Event-ID": after }),
      });
      const messages = (response.body ?? ReadableStream.from([]))
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(
          new EventSourceParserStream({
            onId: (id) => {
              onId(id);
              alive();
            },
            onComment: alive,
            maxBufferSize: MAX_EVENT_LENGTH,
          }),
        );
      for await (const { data, id } of messages) {
        alive();
        const { type, watch } = this.#parse(eventSchema, data);
        yield { id, order: watch, isRemoved: type === "order.removed" };
      }
    } catch (error) {
      throw this.#translate(error, limit.signal);
    }
  }

  async #order(
    method: "GET" | "PUT",
    id: string,
    signal: AbortSignal,
  ): Promise<WatchedOrderView> {
    using limit = new TimeLimit(this.#clock, signal);
    limit.start(RESPONSE_TIMEOUT_MS);
    try {
      const response = await this.#request(
        method,
        `/v1/orders/${id}`,
        limit.signal,
      );
      return this.#parse(watchedOrderSchema, await response.text());
    } catch (error) {
      throw this.#translate(error, limit.signal);
    }
  }

  async #request(
    method: string,
    path: string,
    signal: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { token, url } = this.#settings;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(token !== undefined && { "Authorization": `Bearer ${token}` }),
      },
      // A redirect could send the token to another host.
      redirect: "manual",
      signal,
    });
    if (response.ok) return response;
    const { status } = response;
    const problem = parseProblem(await response.text());
    const retryAfter = Number(response.headers.get("Retry-After"));
    throw new DaemonError(
      problem?.code ?? codeOf(status),
      `The daemon at ${url} responded with ${status}` +
        (problem ? `: ${this.#redact(problem.detail)}` : ""),
      { status, ...(retryAfter > 0 && { retryAfter: retryAfter * 1000 }) },
    );
  }

  #parse<T>(schema: { parse(value: unknown): T }, text: string): T {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      throw new DaemonError(
        "malformed",
        `Cannot parse the response of ${this.#settings.url}: it does not come ` +
          "from a daemon of this version; check the URL",
      );
    }
  }

  #translate(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    // fetch and its streams throw a TypeError when the connection fails.
    if (!(error instanceof TypeError)) return error;
    return new DaemonError(
      "network",
      `Cannot reach the daemon at ${this.#settings.url}: ${causeOf(error)}`,
    );
  }

  /** The start of a response text, which may echo the token. */
  #redact(text: string): string {
    const { token } = this.#settings;
    return token !== undefined && text.includes(token)
      ? "(redacted: it contains the token)"
      : text.slice(0, MAX_DETAIL_LENGTH);
  }
}

/** A signal with a time limit that can be restarted. */
class TimeLimit implements Disposable {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;
  #cancel = () => {};

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
  }

  /** Restarts the limit, in milliseconds from now. */
  start(time: number): void {
    this.#cancel();
    this.#cancel = this.#clock.setTimer(
      () =>
        this.#controller.abort(
          new DaemonError("timeout", `The daemon sent nothing for ${time} ms`),
        ),
      time,
    );
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }
}

/** The message of the innermost cause, which names the network error. */
function causeOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof Error) return causeOf(cause);
  // The caller's message already names the URL.
  return error.message.replace(/^error sending request .*?\(.*?\): /, "");
}

function parseProblem(
  text: string,
): { code: string; detail: string } | undefined {
  try {
    return problemSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function codeOf(status: number): string {
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server_error" : "client_error";
}
