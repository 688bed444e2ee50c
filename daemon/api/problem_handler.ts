/**
 * What a caller is told of that which was thrown.
 *
 * @module
 */

import type { z } from "@hono/zod-openapi";
import type { Context, ErrorHandler, ValidationTargets } from "hono";
import { HTTPException } from "hono/http-exception";
import { StoreError } from "../store/store.ts";
import { TooManyEndpointsError } from "../webhooks/endpoints.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { PROBLEM_JSON, ProblemError } from "./problem.ts";

/** The most faults of one request that are told of. */
const MAX_ERRORS = 100;

/** How many characters of a message are shown. */
const MAX_MESSAGE = 500;

/** How many unknown keys are shown, and how many characters of each. */
const MAX_KEYS = 5;
const MAX_KEY = 40;

/** What callers call the places that faults are found in. */
const PLACES: Partial<Record<keyof ValidationTargets, string>> = {
  param: "path",
  json: "body",
};

/**
 * Answers with a problem.
 *
 * @param c The exchange.
 * @param error The problem.
 */
export function answerProblem(
  c: Context<ApiEnv>,
  error: ProblemError,
): Response {
  const problem = error.problem(c.get("requestId"));
  return c.body(JSON.stringify(problem), error.status, {
    ...error.headers,
    "Content-Type": PROBLEM_JSON,
  });
}

/**
 * Makes a problem of whatever is thrown.
 *
 * @param onFailure Is told of what no caller can help.
 */
export function problemHandler(
  onFailure: ApiDependencies["onFailure"],
): ErrorHandler<ApiEnv> {
  return (error, c) => {
    const problem = problemOf(error);
    if (!problem || error instanceof StoreError) {
      const { method, path } = c.req;
      onFailure(error, { method, path, requestId: c.get("requestId") });
    }
    return answerProblem(
      c,
      problem ?? new ProblemError(
        "internal_error",
        "Cannot answer: the daemon failed; its log says why, by the request's id",
      ),
    );
  };
}

/**
 * The problem that a request is which does not have the shape that it should.
 *
 * @param target What part of the request it is.
 * @param error What is wrong with it.
 */
export function invalidRequest(
  target: keyof ValidationTargets,
  error: z.ZodError,
): ProblemError {
  const place = PLACES[target] ?? target;
  const errors = error.issues.slice(0, MAX_ERRORS).map((issue) => ({
    path: issue.path.reduce<string>(
      (path, key) =>
        typeof key === "number" ? `${path}[${key}]` : `${path}.${String(key)}`,
      place,
    ),
    message: messageOf(issue),
  }));
  const [first] = errors;
  const others = error.issues.length - 1;
  const more = others > 0 ? ` (and ${others} more)` : "";
  return new ProblemError(
    "invalid_request",
    `${first?.path}: ${first?.message}${more}`,
    { errors },
  );
}

/** What is wrong, however much of it a caller has sent. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") {
    return cut(issue.message, MAX_MESSAGE);
  }
  const { keys } = issue;
  const shown = keys.slice(0, MAX_KEYS).map((key) => `"${cut(key, MAX_KEY)}"`);
  const more = keys.length > MAX_KEYS
    ? ` and ${keys.length - MAX_KEYS} more`
    : "";
  return `Unrecognized key${keys.length > 1 ? "s" : ""}: ${
    shown.join(", ")
  }${more}`;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function problemOf(error: Error): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof StoreError) {
    return new ProblemError("store_unavailable", error.message);
  }
  if (error instanceof TooManyEndpointsError) {
    return new ProblemError("too_many_webhooks", error.message);
  }
  if (!(error instanceof HTTPException)) return undefined;
  // Only what asks for a token names the way to show it.
  const challenge = error.res?.headers.get("WWW-Authenticate");
  if (challenge) {
    return new ProblemError(
      "unauthorized",
      "Cannot serve this without a valid token: send the header " +
        "Authorization: Bearer, with the API_TOKEN of the daemon",
      {},
      { "WWW-Authenticate": challenge },
    );
  }
  return undefined;
}
