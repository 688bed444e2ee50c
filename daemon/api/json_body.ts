/**
 * Reads the JSON bodies of requests: of which type and how large they may be,
 * how long they may take, how many bytes all of them may have at a time, and
 * what is checked before they are parsed.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../mod.ts";
import { yieldToEventLoop } from "../event_loop.ts";
import { ByteBudget } from "./byte_budget.ts";
import { JsonScan } from "./json_scan.ts";
import type { ApiEnv } from "./parts.ts";
import { invalidAt, ProblemError } from "./problem.ts";

/**
 * The most bytes of 10,000 orders: with the longest labels, of the characters
 * that take the most bytes, they are fewer.
 */
const MAX_BULK_BYTES = 10 * 1024 * 1024;

/** The most bytes of any other body. */
const MAX_BYTES = 64 * 1024;

/** The most bytes of all bulk bodies at a time. */
const BULK_BUDGET_BYTES = 48 * 1024 * 1024;

/** The same of all other bodies, so that bulk bodies keep none of them out. */
const BUDGET_BYTES = 16 * 1024 * 1024;

/** How many bytes are allocated before more have arrived. */
const INITIAL_BYTES = 64 * 1024;

/** How many bytes are decoded before other requests have a turn. */
const SLICE_BYTES = 1024 * 1024;

/** How long a body may take to arrive. */
const TIMEOUT_MS = 30_000;

/** What a route accepts. */
interface BodyRules {
  budget: ByteBudget;
  isRequired: boolean;
  maxBytes: number;
}

/** Reads the bodies of all routes. */
export class JsonBodies {
  readonly #clock: Clock;
  readonly #budget = new ByteBudget(BUDGET_BYTES);
  readonly #bulkBudget = new ByteBudget(BULK_BUDGET_BYTES);

  /**
   * Allots the budgets.
   *
   * @param clock Where time comes from.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads a body that may be left out. */
  optional(): MiddlewareHandler<ApiEnv> {
    const [budget, maxBytes] = [this.#budget, MAX_BYTES];
    return this.#read({ budget, isRequired: false, maxBytes });
  }

  /** Reads a body that may not be left out. */
  required(): MiddlewareHandler<ApiEnv> {
    const [budget, maxBytes] = [this.#budget, MAX_BYTES];
    return this.#read({ budget, isRequired: true, maxBytes });
  }

  /** Reads a body of many orders, which may not be left out. */
  bulk(): MiddlewareHandler<ApiEnv> {
    const [budget, maxBytes] = [this.#bulkBudget, MAX_BULK_BYTES];
    return this.#read({ budget, isRequired: true, maxBytes });
  }

  #read(rules: BodyRules): MiddlewareHandler<ApiEnv> {
    return async (c, next) => {
      const { raw } = c.req;
      using buffer = new BodyBuffer(rules, raw.headers);
      if (buffer.isExpected) checkType(raw.headers);
      if (raw.body) await this.#fill(buffer, raw.body);
      if (buffer.length > 0) {
        checkType(raw.headers);
        const value = await parse(buffer);
        // The validator asks for it.
        c.req.json = <T>() => Promise.resolve(value as T);
      } else if (rules.isRequired) {
        throw new ProblemError(
          "invalid_json",
          "Cannot read the body as JSON: there is none",
        );
      } else {
        // Many clients send a Content-Type also without a body.
        const headers = new Headers(raw.headers);
        headers.delete("Content-Type");
        const { method, signal, url } = raw;
        c.req.raw = new Request(url, { headers, method, signal });
      }
      await next();
    };
  }

  async #fill(
    buffer: BodyBuffer,
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    const scan = new JsonScan();
    const reader = body.getReader();
    const leave = () => reader.cancel().catch(() => {});
    let isLate = false;
    const cancelTimer = this.#clock.setTimer(() => {
      isLate = true;
      leave();
    }, TIMEOUT_MS);
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(() => {
          throw brokenOff();
        });
        if (isLate) throw tooSlow();
        if (done) return;
        buffer.append(value);
        const wrong = scan.next(value);
        if (wrong !== undefined) throw invalidAt("body", wrong);
      }
    } finally {
      cancelTimer();
      // Whatever is left is not read.
      leave();
    }
  }
}

/** The bytes of one body, within its budget until the request has ended. */
class BodyBuffer implements Disposable {
  /** How many bytes have arrived. */
  length = 0;
  readonly #rules: BodyRules;
  /** How many will arrive; `undefined` if nobody has said so. */
  readonly #expected: number | undefined;
  #bytes = new Uint8Array();
  #taken = 0;

  constructor(rules: BodyRules, headers: Headers) {
    this.#rules = rules;
    const length = headers.get("Content-Length");
    const isChunked = headers.has("Transfer-Encoding");
    if (length !== null && !isChunked) this.#expected = Number(length);
    this.isExpected = isChunked || (this.#expected ?? 0) > 0;
    if ((this.#expected ?? 0) > rules.maxBytes) throw tooLarge(rules);
  }

  /** Whether the headers say that there is a body. */
  readonly isExpected: boolean;

  /** Adds what has arrived. */
  append(chunk: Uint8Array): void {
    const length = this.length + chunk.length;
    if (length > this.#rules.maxBytes) throw tooLarge(this.#rules);
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(chunk, this.length);
    this.length = length;
  }

  /**
   * Takes the bytes out as text, slice by slice: all at once would hold the
   * daemon up.
   */
  async decode(): Promise<string> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    for (let start = 0; start < this.length; start += SLICE_BYTES) {
      if (start > 0) await yieldToEventLoop();
      const end = Math.min(start + SLICE_BYTES, this.length);
      const slice = this.#bytes.subarray(start, end);
      text += decoder.decode(slice, { stream: true });
    }
    this.#bytes = new Uint8Array();
    return text + decoder.decode();
  }

  [Symbol.dispose](): void {
    this.#bytes = new Uint8Array();
    this.#rules.budget.release(this.#taken);
  }

  /** Makes room by doubling: what is only announced takes no memory. */
  #grow(length: number): void {
    const { budget, maxBytes } = this.#rules;
    const size = Math.min(
      Math.max(length, 2 * this.#bytes.length, INITIAL_BYTES),
      this.#expected ?? maxBytes,
    );
    if (!budget.take(size - this.#taken)) throw overloaded();
    this.#taken = size;
    // The old memory is free at once, not at the next garbage collection.
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(size));
  }
}

function checkType(headers: Headers): void {
  const type = headers.get("Content-Type") ?? "";
  if (/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) return;
  throw new ProblemError(
    "unsupported_media_type",
    type === ""
      ? "Cannot read a body without Content-Type: send application/json"
      : `Cannot read a body of '${type.slice(0, 100)}': ` +
        "send application/json",
  );
}

async function parse(buffer: BodyBuffer): Promise<unknown> {
  try {
    const isLarge = buffer.length > MAX_BYTES;
    const text = await buffer.decode();
    if (isLarge) await yieldToEventLoop();
    const value = JSON.parse(text);
    if (isLarge) await yieldToEventLoop();
    return value;
  } catch {
    throw new ProblemError("invalid_json", "Cannot read the body as JSON");
  }
}

function overloaded(): ProblemError {
  return new ProblemError(
    "overloaded",
    "Cannot read this body now: the daemon reads as many as it can; send it " +
      "again soon",
  );
}

function brokenOff(): ProblemError {
  return new ProblemError("invalid_json", "Cannot read the body: it broke off");
}

function tooLarge({ maxBytes }: BodyRules): ProblemError {
  const advice = maxBytes === MAX_BULK_BYTES
    ? ": send fewer orders at once"
    : "";
  return new ProblemError(
    "body_too_large",
    `Cannot read a body of more than ${maxBytes} bytes${advice}`,
  );
}

function tooSlow(): ProblemError {
  return new ProblemError(
    "body_too_slow",
    `Cannot wait for a body for more than ${TIMEOUT_MS / 1000} seconds: ` +
      "send it faster, or fewer orders at once",
    {},
    // Else the connection would wait for the rest.
    { Connection: "close" },
  );
}
