/**
 * What a client is told when it is made, checked once.
 *
 * @module
 */

import { type Clock, systemClock } from "./clock.ts";
import type { AdmitRequest } from "./http/gate.ts";
import { Secrets } from "./http/redaction.ts";

/** Where CallFire itself answers. */
const DEFAULT_BASE_URL = "https://www.callfire.com/api/1.1/rest";

/** The time for one exchange, in milliseconds. */
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

/** The most bytes of one answer: 1 MiB. */
const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

/** What a client has to know. */
export interface CallFireClientOptions {
  /** The login of the account's API user: not empty, without a colon. */
  login: string;
  /** The password of the account's API user: not empty. */
  password: string;
  /**
   * Where the API begins, `https://www.callfire.com/api/1.1/rest` unless told.
   * Plain `http:` is taken for a loopback host alone.
   */
  baseUrl?: string | undefined;
  /**
   * The time for one whole exchange, in milliseconds, more than 0; 10,000
   * unless told.
   */
  timeout?: number | undefined;
  /**
   * The most bytes that an answer may have once it is decompressed, a whole
   * number from 1; 1 MiB unless told.
   */
  maxBodyBytes?: number | undefined;
  /**
   * What to ask with. Unless told, the client keeps connections of its own,
   * sends nothing twice on them, and takes no proxy.
   *
   * Deno's `fetch` takes the proxy that the environment names. But it sends a
   * request again, at once, when a connection breaks that was used before: give
   * it the client of `Deno.createHttpClient({ poolMaxIdlePerHost: 0 })`.
   */
  fetch?: typeof fetch | undefined;
  /** Where time and chance come from, the machine itself unless told. */
  clock?: Clock | undefined;
}

/** Those options, with what comes through `internal.ts` only. */
export interface InternalOptions extends CallFireClientOptions {
  /** The gate that each request passes right before it is written. */
  admit?: AdmitRequest | undefined;
}

/** The options of a client once they are checked. */
export interface Settings {
  /** Where the API begins, without a slash at its end. */
  readonly baseUrl: string;
  /** Milliseconds for one exchange. */
  readonly timeout: number;
  /** The most bytes of one answer. */
  readonly maxBodyBytes: number;
  /** What to ask with, if the caller gave it. */
  readonly fetch: typeof fetch | undefined;
  /** Time and chance. */
  readonly clock: Clock;
  /** The credentials. */
  readonly secrets: Secrets;
  /** The gate that each request passes right before it is written. */
  readonly admit: AdmitRequest | undefined;
}

/**
 * Checks the options of a client.
 *
 * @param options What the caller gave.
 * @returns The options, with the defaults in place of what was not given.
 * @throws {TypeError} If the login, the password or the base URL cannot be
 * used.
 * @throws {RangeError} If the time or the size is out of range.
 */
export function readOptions(options: InternalOptions): Settings {
  const {
    login,
    password,
    baseUrl = DEFAULT_BASE_URL,
    timeout = DEFAULT_REQUEST_TIMEOUT_MS,
    maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
    fetch,
    clock = systemClock,
    admit,
  } = options;
  checkCredential("login", login);
  checkCredential("password", password);
  if (login.includes(":")) {
    throw new TypeError(
      "Cannot make a client: a login cannot hold a colon, the login given does",
    );
  }
  checkDuration("make a client", "timeout", timeout);
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1) {
    throw new RangeError(
      `Cannot make a client: 'maxBodyBytes' must be a whole number from 1, ` +
        `current value is ${maxBodyBytes}`,
    );
  }
  return {
    baseUrl: checkBaseUrl(baseUrl),
    timeout,
    maxBodyBytes,
    fetch,
    clock,
    secrets: new Secrets(login, password),
    admit,
  };
}

/**
 * Checks a length of time.
 *
 * @param doing What was to be done, for the error's text.
 * @param name The option's name.
 * @param value Milliseconds; `Infinity` is one.
 * @throws {RangeError} If it is not more than 0.
 */
export function checkDuration(doing: string, name: string, value: number) {
  if (typeof value === "number" && value > 0) return;
  throw new RangeError(
    `Cannot ${doing}: '${name}' must be more than 0 milliseconds, ` +
      `current value is ${value}`,
  );
}

// The values are not shown, since either may be the password, misplaced.
function checkCredential(name: string, value: unknown): void {
  const wrong = typeof value !== "string"
    ? `must be a string, it is of type ${typeof value}`
    : value === ""
    ? "must not be empty"
    // deno-lint-ignore no-control-regex -- RFC 7617 forbids just these
    : /[\x00-\x1f\x7f]/.test(value) || !value.isWellFormed()
    ? "must not hold control characters or halves of characters"
    : undefined;
  if (wrong) throw new TypeError(`Cannot make a client: the ${name} ${wrong}`);
}

function checkBaseUrl(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  // The value is not shown where it may hold a password.
  const shown = url && !url.username && !url.password && !url.search
    ? `'${url}'`
    : "the one given";
  const fail = (why: string) =>
    new TypeError(
      `Cannot make a client: the base URL must ${why}, not ${shown}`,
    );
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw fail("begin with https://");
  }
  if (url.username || url.password) {
    throw fail("hold no credentials, pass the login and the password apart");
  }
  if (url.search || url.hash) throw fail("end before any '?' or '#'");
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw fail("begin with https:// unless its host is this machine");
  }
  return url.href.replace(/\/+$/, "");
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
