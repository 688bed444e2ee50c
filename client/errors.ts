/**
 * Every way in which asking for an order can fail.
 *
 * No error here holds the password or the Authorization header, in its
 * message, its stack, its fields or its cause.
 *
 * @module
 */

import type { NumberOrder } from "./number_order.ts";

/** The `code` of a {@link CallFireError}; one for each class. */
export type CallFireErrorCode =
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "rate_limited"
  | "server_error"
  | "client_error"
  | "malformed"
  | "network"
  | "timeout"
  | "wait_timeout";

/** What a {@link CallFireError} may know beyond its message. */
export interface CallFireErrorDetails {
  /** The HTTP status of the answer, from 100 to 599. */
  status?: number | undefined;
  /** What CallFire said of the fault, at most 500 characters of it. */
  serverMessage?: string | undefined;
  /**
   * How long CallFire asks us to stay away, in milliseconds, from 0 to
   * 3,600,000.
   */
  retryAfter?: number | undefined;
  /** The error beneath this one. */
  cause?: unknown;
}

/**
 * The class that every error of this module extends.
 *
 * @example
 * ```ts
 * import { CallFireClient, CallFireError } from "@callfire-orders/client";
 *
 * const callfire = CallFireClient.fromEnv();
 * try {
 *   await callfire.getNumberOrder("404");
 * } catch (error) {
 *   if (!(error instanceof CallFireError)) throw error;
 *   console.error(error.code, error.status, error.retryable, error.message);
 * }
 * ```
 */
export abstract class CallFireError extends Error {
  /** A short name for the fault that stays the same from version to version. */
  abstract readonly code: CallFireErrorCode;
  /** Whether the same question may succeed when it is asked again later. */
  abstract readonly retryable: boolean;
  /** The HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** What CallFire said of the fault, where it said something. */
  readonly serverMessage?: string;
  /**
   * How long CallFire asks us to stay away (`Retry-After`), in milliseconds,
   * where it does: from 0 to 3,600,000. A longer time is taken for an hour.
   */
  readonly retryAfter?: number;

  /**
   * Makes an error.
   *
   * @param message What was wrong, the value that was seen and what to do.
   * @param details What else is known.
   */
  constructor(message: string, details: CallFireErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    if (details.status !== undefined) this.status = details.status;
    if (details.serverMessage !== undefined) {
      this.serverMessage = details.serverMessage;
    }
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
  }
}

/** CallFire does not know the login or the password (401). */
export class AuthenticationError extends CallFireError {
  /** Always `"unauthorized"`. */
  override readonly code = "unauthorized";
  /** No: it does not pass by itself. */
  override readonly retryable = false;
}

/** The login is known but may not see this order (403). */
export class AccessDeniedError extends CallFireError {
  /** Always `"forbidden"`. */
  override readonly code = "forbidden";
  /** No: it does not pass by itself. */
  override readonly retryable = false;
}

/**
 * CallFire knows no such order (404). It may not know a new order everywhere at
 * once, so `waitForNumberOrder` and `watchNumberOrder` retry 404 for their first
 * 20 s, until they have read the order once. `getNumberOrder` never does.
 */
export class NumberOrderNotFoundError extends CallFireError {
  /** Always `"not_found"`. */
  override readonly code = "not_found";
  /** No, except for a new order: see the class. */
  override readonly retryable = false;
}

/** CallFire was asked too often (429). */
export class RateLimitError extends CallFireError {
  /** Always `"rate_limited"`. */
  override readonly code = "rate_limited";
  /** Yes: it may pass by itself. */
  override readonly retryable = true;
}

/**
 * CallFire, or something in front of it, failed (500 to 599), or gave up on a
 * request that came too slowly (408).
 */
export class ServerError extends CallFireError {
  /** Always `"server_error"`. */
  override readonly code = "server_error";
  /** Yes: it may pass by itself. */
  override readonly retryable = true;
}

/**
 * CallFire responded with a status that has no class of its own, such as 400 or
 * a redirect: none is followed.
 */
export class ApiError extends CallFireError {
  /** Always `"client_error"`. */
  override readonly code = "client_error";
  /** No: it does not pass by itself. */
  override readonly retryable = false;
}

/** The answer said 200, but was not the order that was asked for. */
export class MalformedResponseError extends CallFireError {
  /** Always `"malformed"`. */
  override readonly code = "malformed";
  /** Yes: it may pass by itself. */
  override readonly retryable = true;
}

/** There was no answer, or it broke off: the connection failed. */
export class NetworkError extends CallFireError {
  /** Always `"network"`. */
  override readonly code = "network";
  /** Yes: it may pass by itself. */
  override readonly retryable = true;
}

/** The answer was not complete when the time for one exchange was up. */
export class TimeoutError extends CallFireError {
  /** Always `"timeout"`. */
  override readonly code = "timeout";
  /** Yes: it may pass by itself. */
  override readonly retryable = true;
}

/**
 * The order had not ended when the time to wait for it was up.
 *
 * @example
 * ```ts
 * import { CallFireClient, WaitTimeoutError } from "@callfire-orders/client";
 *
 * const callfire = CallFireClient.fromEnv();
 * try {
 *   await callfire.waitForNumberOrder("1642251003", { timeout: 1 });
 * } catch (error) {
 *   if (!(error instanceof WaitTimeoutError)) throw error;
 *   console.error(error.lastOrder?.status ?? "never read");
 * }
 * ```
 */
export class WaitTimeoutError extends CallFireError {
  /** Always `"wait_timeout"`. */
  override readonly code = "wait_timeout";
  /** Yes: it may pass by itself. */
  override readonly retryable = true;
  /** The last reading of the order, or `null` when there never was one. */
  readonly lastOrder: NumberOrder | null;

  /**
   * Makes an error.
   *
   * @param message What was waited for, how long, and what was last seen.
   * @param lastOrder The last reading of the order, if there was one.
   * @param details What else is known; the cause is the last fault, if the
   * last question failed.
   */
  constructor(
    message: string,
    lastOrder: NumberOrder | null,
    details: CallFireErrorDetails = {},
  ) {
    super(message, details);
    this.lastOrder = lastOrder;
  }
}
