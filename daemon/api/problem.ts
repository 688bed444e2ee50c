/**
 * What goes wrong, as RFC 9457 says it: `application/problem+json`.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** The media type of every error. */
export const PROBLEM_JSON = "application/problem+json";

/** Every kind of problem: its status and its title. */
const PROBLEMS = {
  invalid_request: [400, "The request cannot be understood"],
  invalid_json: [400, "The body is not JSON"],
  unauthorized: [401, "A valid token is needed"],
  origin_not_allowed: [403, "A web page of another origin may change nothing"],
  order_not_found: [404, "The order is not watched"],
  route_not_found: [404, "There is nothing here"],
  webhook_not_found: [404, "There is no such webhook"],
  webhooks_off: [404, "This daemon sends no webhooks"],
  method_not_allowed: [405, "The method is none that is known here"],
  body_too_slow: [408, "The body takes too long"],
  too_many_webhooks: [409, "There are as many webhooks as there may be"],
  unknown_event: [409, "The event is not part of this history"],
  body_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body is of a type that is not read"],
  host_not_allowed: [421, "This host is not served here"],
  internal_error: [500, "The daemon failed"],
  overloaded: [503, "The daemon reads as many bodies as it can"],
  not_ready: [503, "The daemon does not do its work"],
  not_working: [503, "The daemon does not do its whole work"],
  shutting_down: [503, "The daemon is stopping"],
  store_unavailable: [503, "The database cannot be used"],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

/** What kind of problem it is; what programs decide by. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Every kind of problem. */
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** What any route under `/v1` may answer. */
export const V1_PROBLEMS = [
  "unauthorized",
  "shutting_down",
  "store_unavailable",
] as const satisfies ProblemCode[];

/** What any route under `/v1` may answer that changes something. */
export const V1_WRITE_PROBLEMS = [
  ...V1_PROBLEMS,
  "origin_not_allowed",
] as const satisfies ProblemCode[];

/** What may be wrong with a request that has a body. */
export const BODY_PROBLEMS = [
  "invalid_request",
  "invalid_json",
  "body_too_slow",
  "body_too_large",
  "unsupported_media_type",
  "overloaded",
] as const satisfies ProblemCode[];

/** The shape of a problem. */
export const problemSchema = z.object({
  type: z.string().openapi({
    format: "uri",
    description: "Its kind as a URI: the code, in a namespace",
  }),
  code: z.enum(PROBLEM_CODES).describe("Its kind; what programs decide by"),
  title: z.string().describe("Its kind in words"),
  status: z.int().min(400).max(599).describe("The status of the answer"),
  detail: z.string()
    .describe("What was wrong, the value that was seen and what to do"),
  instance: z.string().openapi({
    format: "uri",
    description: "The request as a URI: the id of the header X-Request-Id, " +
      "in a namespace",
  }),
  errors: z.array(z.object({
    path: z.string().openapi({
      description: "Where, beginning with path, query, header or body",
      example: "body.orders[3].id",
    }),
    message: z.string(),
  })).optional().describe(
    "What is wrong with a request that is `invalid_request`, the first " +
      "hundred things",
  ),
  reasons: z.array(z.string()).optional()
    .describe(
      "What keeps a daemon from its work that is `not_ready` or `not_working`",
    ),
}).openapi("Problem", { description: "An error, by RFC 9457" });

/** A problem, as it is answered. */
export type Problem = z.infer<typeof problemSchema>;

/** What only some problems tell. */
export type ProblemDetails = Pick<Problem, "errors" | "reasons">;

/** Ends a request with a problem. */
export class ProblemError extends Error {
  /** Always `ProblemError`. */
  override readonly name = "ProblemError";
  /** What kind of problem it is. */
  readonly code: ProblemCode;
  /** What only some problems tell. */
  readonly details: ProblemDetails;
  /** Headers of the answer. */
  readonly headers: Record<string, string>;

  /**
   * Makes a problem.
   *
   * @param code What kind of problem it is.
   * @param detail What was wrong, the value that was seen and what to do.
   * @param details What only some problems tell.
   * @param headers Headers of the answer.
   */
  constructor(
    code: ProblemCode,
    detail: string,
    details: ProblemDetails = {},
    headers: Record<string, string> = {},
  ) {
    super(detail);
    this.code = code;
    this.details = details;
    this.headers = headers;
  }

  /** The status of the answer. */
  get status(): ContentfulStatusCode {
    return PROBLEMS[this.code][0];
  }

  /**
   * The problem as it is answered.
   *
   * @param requestId The request's id.
   */
  problem(requestId: string): Problem {
    const { code, status, message: detail, details } = this;
    return {
      type: `urn:callfire-orders:problem:${code}`,
      code,
      title: PROBLEMS[code][1],
      status,
      detail,
      instance: `urn:callfire-orders:request:${requestId}`,
      ...details,
    };
  }
}

/**
 * The problem that a part of a request cannot be taken.
 *
 * @param path Where in the request it stands.
 * @param message What is wrong with it.
 */
export function invalidAt(path: string, message: string): ProblemError {
  return new ProblemError("invalid_request", `${path}: ${message}`, {
    errors: [{ path, message }],
  });
}

/** One answer that is a problem, as the OpenAPI document describes it. */
export interface DescribedProblem {
  /** Which problems it can be. */
  description: string;
  /** Its shape. */
  content: {
    [PROBLEM_JSON]: { schema: typeof problemSchema; example: Problem };
  };
}

/**
 * Describes the problems that a route may answer.
 *
 * @param codes Which ones, besides those that every route may answer.
 * @returns The answers, by their status.
 */
export function describeProblems(
  ...codes: ProblemCode[]
): Record<string, DescribedProblem> {
  const answers: Record<string, DescribedProblem> = {};
  for (const code of codes.concat("host_not_allowed", "internal_error")) {
    const [status, title] = PROBLEMS[code];
    const known = answers[status];
    if (known) {
      known.description += `; \`${code}\`: ${title}`;
      continue;
    }
    const example = new ProblemError(code, `${title}.`).problem(
      "6f9b3c52-0c54-4e0b-9f53-2f8d2f3c6c11",
    );
    answers[status] = {
      description: `\`${code}\`: ${title}`,
      content: { [PROBLEM_JSON]: { schema: problemSchema, example } },
    };
  }
  return answers;
}
