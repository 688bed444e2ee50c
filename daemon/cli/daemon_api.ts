/**
 * Asks a daemon, by its HTTP API.
 *
 * @module
 */

import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Clock } from "../../mod.ts";
import { problemSchema } from "../api/problem.ts";
import { DaemonError } from "./daemon_error.ts";
import {
  type DaemonEvent,
  type DaemonWatch,
  readEvent,
  readWatch,
} from "./daemon_watch.ts";
import type { DaemonSource } from "./watch_flags.ts";

/** The time for one answer, in milliseconds. */
const RESPONSE_TIMEOUT_MS = 10_000;

/**
 * The time for the beginning of a stream, which a daemon sends at once. Behind a
 * proxy that holds it back nothing may ever come.
 */
const STREAM_TIMEOUT = 5_000;

/** The longest silence of a stream that is open, in milliseconds. */
const MAX_SILENCE_MS = 45_000;

/** The most characters of one event. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** The most characters that are shown of what a daemon says. */
const MAX_DETAIL_LENGTH = 500;

/** How to follow events. */
export interface FollowOptions {
  /** The id of the last event that is known; without it, only new ones. */
  after: string | undefined;
  /** Is called once, when its beginning has come: no event will be missed. */
  onOpen: () => void;
  /** Is told the id of each event, and first of the one before them. */
  onPlace: (id: string) => void;
  /** Ends it; it then rejects with the signal's reason. */
  signal: AbortSignal;
}

/** A daemon. */
export class DaemonApi {
  readonly #source: DaemonSource;
  readonly #clock: Clock;

  /**
   * Asks nothing yet.
   *
   * @param source Where the daemon is, and what it has to be shown.
   * @param clock Time.
   */
  constructor(source: DaemonSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /**
   * Has an order watched, if it is not already.
   *
   * @param id The order's id.
   * @param signal Ends it; it then rejects with the signal's reason.
   * @returns How it stands.
   * @throws {DaemonError} If the daemon could not be asked.
   */
  watch(id: string, signal: AbortSignal): Promise<DaemonWatch> {
    return this.#exchange("PUT", id, signal);
  }

  /**
   * Reads how the watch of an order stands.
   *
   * @param id The order's id.
   * @param signal Ends it; it then rejects with the signal's reason.
   * @returns How it stands; `undefined` if it is not watched.
   * @throws {DaemonError} If the daemon could not be asked.
   */
  async read(
    id: string,
    signal: AbortSignal,
  ): Promise<DaemonWatch | undefined> {
    try {
      return await this.#exchange("GET", id, signal);
    } catch (error) {
      const isUnknown = error instanceof DaemonError && error.status === 404 &&
        error.code === "order_not_found";
      if (isUnknown) return undefined;
      throw error;
    }
  }

  /**
   * Follows what happens to all orders, until the daemon ends it.
   *
   * @param options How.
   * @throws {DaemonError} While iterating, if the daemon could not be asked or
   * the stream broke.
   */
  async *follow(
    { after, onOpen, onPlace, signal }: FollowOptions,
  ): AsyncGenerator<DaemonEvent, undefined> {
    using limit = new TimeLimit(this.#clock, signal);
    limit.start(STREAM_TIMEOUT);
    let isOpen = false;
    const alive = () => {
      limit.start(MAX_SILENCE_MS);
      if (isOpen) return;
      isOpen = true;
      onOpen();
    };
    try {
      const response = await this.#ask("GET", "/v1/events", limit.signal, {
        "Accept": "text/event-stream",
        ...(after !== undefined && { "Last-Event-ID": after }),
      });
      const messages = (response.body ?? ReadableStream.from([]))
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(
          new EventSourceParserStream({
            onId: (id) => {
              onPlace(id);
              alive();
            },
            onComment: alive,
            maxBufferSize: MAX_EVENT_BYTES,
          }),
        );
      for await (const { data, id } of messages) {
        alive();
        yield { ...this.#read(readEvent, data), id };
      }
    } catch (error) {
      throw this.#translate(error, limit.signal);
    }
  }

  async #exchange(
    method: "GET" | "PUT",
    id: string,
    signal: AbortSignal,
  ): Promise<DaemonWatch> {
    using limit = new TimeLimit(this.#clock, signal);
    limit.start(RESPONSE_TIMEOUT_MS);
    try {
      const response = await this.#ask(
        method,
        `/v1/orders/${id}`,
        limit.signal,
      );
      return this.#read(readWatch, await response.text());
    } catch (error) {
      throw this.#translate(error, limit.signal);
    }
  }

  async #ask(
    method: string,
    path: string,
    signal: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { token, url } = this.#source;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(token !== undefined && { "Authorization": `Bearer ${token}` }),
      },
      // A redirect could lead the token to another host.
      redirect: "manual",
      signal,
    });
    if (response.ok) return response;
    const { status } = response;
    const problem = readProblem(await response.text());
    const retryAfter = Number(response.headers.get("Retry-After"));
    throw new DaemonError(
      problem?.code ?? codeOf(status),
      `The daemon at ${url} answered ${status}` +
        (problem ? `: ${this.#redact(problem.detail)}` : ""),
      { status, ...(retryAfter > 0 && { retryAfter: retryAfter * 1000 }) },
    );
  }

  #read<T>(reader: (value: unknown) => T, text: string): T {
    try {
      return reader(JSON.parse(text));
    } catch {
      throw new DaemonError(
        "malformed",
        `Cannot read what ${this.#source.url} answered: it is not what a ` +
          "daemon answers; check the URL",
      );
    }
  }

  #translate(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    // What fetch and its streams throw when the connection fails.
    if (!(error instanceof TypeError)) return error;
    return new DaemonError(
      "network",
      `Cannot reach the daemon at ${this.#source.url}: ${causeOf(error)}`,
    );
  }

  /** The beginning of what was answered, which may hold what was sent. */
  #redact(text: string): string {
    const { token } = this.#source;
    return token !== undefined && text.includes(token)
      ? "(not shown: it holds the token)"
      : text.slice(0, MAX_DETAIL_LENGTH);
  }
}

/** Ends something when its time is up, or when another signal is aborted. */
class TimeLimit implements Disposable {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;
  #cancel = () => {};

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
  }

  /** From now on there is so much time, in milliseconds. */
  start(time: number): void {
    this.#cancel();
    this.#cancel = this.#clock.setTimer(
      () =>
        this.#controller.abort(
          new DaemonError("timeout", `The daemon said nothing for ${time} ms`),
        ),
      time,
    );
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }
}

/** What went wrong, down to the network. */
function causeOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof Error) return causeOf(cause);
  // The URL stands before it.
  return error.message.replace(/^error sending request .*?\(.*?\): /, "");
}

function readProblem(
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
