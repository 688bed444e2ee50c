/**
 * Checks answers of the API against what its OpenAPI document promises.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** What is used of an OpenAPI document. */
export interface OpenApiDocument {
  /** The operations, by path and method. */
  paths: Record<string, Record<string, Operation>>;
}

/** What is used of an operation. */
export interface Operation {
  /** Its answers, by status. */
  responses: Record<string, {
    description: string;
    headers?: Record<string, unknown>;
    content?: Record<string, unknown>;
  }>;
}

/** Checks answers of one API. */
export interface Conformance {
  /**
   * Checks an answer. A copy of its body is read, but for a stream of events,
   * which are to be checked one by one.
   *
   * @param method The method that was asked with.
   * @param path The path that was asked for, without a host.
   * @param response The answer.
   */
  checkResponse(
    method: string,
    path: string,
    response: Response,
  ): Promise<void>;
  /**
   * Checks the data of an event.
   *
   * @param data The data, read as JSON.
   */
  checkEvent(data: unknown): void;
  /**
   * Checks a message that a receiver was sent.
   *
   * @param type Its type, which the document has to describe.
   * @param message The message, read as JSON.
   */
  checkMessage(type: string, message: unknown): void;
}

const PROBLEM_JSON = "application/problem+json";

/**
 * Begins to check.
 *
 * @param document The OpenAPI document.
 */
export function conformance(document: OpenApiDocument): Conformance {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(closed(document) as Record<string, unknown>, "openapi.json");

  function check(pointer: string, value: unknown): void {
    const isValid = ajv.validate({ $ref: `openapi.json#${pointer}` }, value);
    assert(
      isValid,
      `${pointer}: ${ajv.errorsText()}: ${JSON.stringify(value)}`,
    );
  }

  async function checkResponse(
    method: string,
    path: string,
    response: Response,
  ): Promise<void> {
    const { headers, status } = response;
    assert(headers.get("X-Request-Id"), "an answer without X-Request-Id");
    assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
    const mediaType = headers.get("Content-Type")?.split(";")[0];
    const template = templateOf(document, path);
    const asked = method === "HEAD" ? "get" : method.toLowerCase();
    const operation = template === undefined
      ? undefined
      : document.paths[template]?.[asked];
    if (mediaType === PROBLEM_JSON && method !== "HEAD") {
      await checkProblem(response, operation);
    }
    if (!operation) {
      assertEquals(mediaType, PROBLEM_JSON);
      // Who has no token, or stops, does not tell what there is.
      // Nor does one who is refused for where he comes from.
      if (status < 500 && ![401, 403, 421].includes(status)) {
        assertEquals(status, template === undefined ? 404 : 405);
      }
      return;
    }
    const described = operation.responses[status];
    assert(described, `${method} ${template} does not describe ${status}`);
    for (const name of Object.keys(described.headers ?? {})) {
      assert(headers.get(name), `${status} without the header ${name}`);
    }
    if (!described.content) {
      return assertEquals(await response.clone().text(), "");
    }
    assert(
      mediaType && described.content[mediaType],
      `${method} ${template} ${status} does not describe ${mediaType}`,
    );
    if (method === "HEAD") {
      return assertEquals(await response.clone().text(), "");
    }
    if (mediaType === "text/event-stream") return;
    const text = await response.clone().text();
    check(
      ["", "paths", template, asked, "responses", status, "content"]
        .concat(mediaType, "schema").map(escapePointer).join("/"),
      mediaType.endsWith("json") ? JSON.parse(text) : text,
    );
  }

  async function checkProblem(
    response: Response,
    operation: Operation | undefined,
  ): Promise<void> {
    const { headers, status } = response;
    const problem = await response.clone().json();
    check("/components/schemas/Problem", problem);
    assertEquals(problem.status, status);
    const requestId = headers.get("X-Request-Id");
    assertEquals(problem.instance, `urn:callfire-orders:request:${requestId}`);
    assertEquals(headers.has("Retry-After"), status === 503);
    const description = operation?.responses[status]?.description;
    if (description) assertStringIncludes(description, `\`${problem.code}\``);
  }

  return {
    checkResponse,
    checkEvent: (data) => check("/components/schemas/OrderEvent", data),
    checkMessage: (type, message) =>
      check(
        ["", "webhooks", type, "post", "requestBody", "content"]
          .concat("application/json", "schema").map(escapePointer).join("/"),
        message,
      ),
  };
}

/** The path of the document that a path is, one without parameters first. */
function templateOf(
  { paths }: OpenApiDocument,
  path: string,
): string | undefined {
  const { pathname } = new URL(path, "http://localhost");
  return Object.keys(paths)
    .toSorted((one, other) => one.split("{").length - other.split("{").length)
    .find((template) =>
      new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname)
    );
}

/**
 * A copy in which no object has a property that is not described: callers must
 * expect more, so that the API can grow, but the daemon must not send more.
 */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, closed(part)]),
  );
  if (copy["type"] === "object" && copy["properties"]) {
    copy["additionalProperties"] ??= false;
  }
  return copy;
}

function escapePointer(key: unknown): string {
  return encodeURIComponent(
    String(key).replaceAll("~", "~0").replaceAll("/", "~1"),
  );
}
