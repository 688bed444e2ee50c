/**
 * What is logged of a request during which the daemon itself failed.
 *
 * @module
 */

import type { Log } from "./log.ts";

/** A request during which the daemon failed. */
export interface FailedRequest {
  /** Its method. */
  readonly method: string;
  /** Its path, without what may follow a question mark. */
  readonly path: string;
  /** Its id, which its caller was told too. */
  readonly requestId: string;
}

/**
 * Writes a line for a failed request.
 *
 * @param log Where to.
 * @param error What was thrown.
 * @param request The request, by the id that its caller was told too.
 */
export function logFailure(
  log: Log,
  error: unknown,
  { method, path, requestId }: FailedRequest,
): void {
  log.error("A request failed", {
    method,
    path,
    request: requestId,
    detail: error instanceof Error ? error.stack ?? error.message : `${error}`,
  });
}
