/**
 * What only the daemon and its commands need of the client. It is no part of
 * what users import.
 *
 * @module
 */

import { CallFireClient } from "./client.ts";
import type { AdmitRequest } from "./http/gate.ts";
import type { CallFireClientOptions, InternalOptions } from "./options.ts";

export type { AdmitRequest } from "./http/gate.ts";
export { MAX_RETRY_AFTER_MS } from "./http/retry_after.ts";

/**
 * Makes a client whose requests pass a gate right before they are written.
 *
 * @param options What any client takes.
 * @param admit The gate. A request's time limit does not run while it waits.
 * @returns The client.
 * @throws {TypeError} If the login, the password or the base URL cannot be
 * used.
 * @throws {RangeError} If a time or a size is out of range.
 */
export function createGatedClient(
  options: CallFireClientOptions,
  admit: AdmitRequest,
): CallFireClient {
  const internal: InternalOptions = { ...options, admit };
  return new CallFireClient(internal);
}
