/**
 * Speaks to the daemon's API.
 *
 * @module
 */

import { setClock } from "./clock.js";
import { askForToken, token } from "./token.js";

/** How long a request may take by default. */
const REQUEST_LIMIT_MS = 30_000;

/** An answer that says what was wrong. */
export class ProblemError extends Error {
  /**
   * @param {object} problem
   * @param {string} problem.code
   * @param {string} problem.detail
   * @param {{ path: string, message: string }[]} [problem.errors]
   */
  constructor({ code, detail, errors = [] }) {
    super(detail);
    this.code = code;
    this.errors = errors;
  }
}

/**
 * Asks the daemon, with a token if it wants one.
 *
 * @param {string} path Under `v1/`.
 * @param {RequestInit} [init]
 * @param {number} [limit] How long it may take, in milliseconds; for a stream
 * `Infinity`.
 * @returns The answer, if nothing was wrong.
 * @throws {ProblemError} If the daemon says that something was.
 */
export async function call(path, init = {}, limit = REQUEST_LIMIT_MS) {
  for (;;) {
    const used = token();
    const headers = new Headers(init.headers);
    if (used) headers.set("authorization", `Bearer ${used}`);
    const signals = init.signal ? [init.signal] : [];
    if (limit < Infinity) signals.push(AbortSignal.timeout(limit));
    const signal = AbortSignal.any(signals);
    const response = await fetch(`v1/${path}`, { ...init, headers, signal });
    setClock(response.headers.get("date"));
    if (response.ok) return response;
    if (response.status !== 401) throw await problemOf(response);
    await askForToken(used);
  }
}

/**
 * Gets something from the daemon.
 *
 * @param {string} path Under `v1/`.
 * @param {AbortSignal} [signal]
 */
export async function get(path, signal) {
  const response = await call(path, signal ? { signal } : {});
  return await response.json();
}

/**
 * Sends something to the daemon.
 *
 * @param {"POST" | "PUT"} method
 * @param {string} path Under `v1/`.
 * @param {unknown} body
 */
export async function send(method, path, body) {
  const response = await call(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return await response.json();
}

/**
 * What to tell a person of something that failed.
 *
 * @param {unknown} error
 */
export function messageOf(error) {
  return error instanceof ProblemError
    ? error.message
    : "The daemon does not answer: try again when the connection is back";
}

/** @param {Response} response */
async function problemOf(response) {
  try {
    return new ProblemError(await response.json());
  } catch {
    return new ProblemError({
      code: "unknown",
      detail: `Cannot read the daemon's answer of status ${response.status}`,
    });
  }
}
