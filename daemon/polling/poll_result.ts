/**
 * What a question can come to, in one word.
 *
 * @module
 */

import type { CallFireErrorCode } from "../../mod.ts";

/** Every result of a question, by the names that the metrics use. */
export const POLL_RESULT_LABELS = [
  "ok",
  "not_found",
  "unauthorized",
  "forbidden",
  "rate_limited",
  "client_error",
  "server_error",
  "malformed",
  "network",
  "timeout",
] as const satisfies readonly ("ok" | CallFireErrorCode)[];

/** What a question came to. */
export type PollResultLabel = typeof POLL_RESULT_LABELS[number];
