/**
 * How large a body may be. Hono's own limit leaves the rest of a body in pieces
 * open when it is too large.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./parts.ts";
import { ProblemError } from "./problem.ts";

/**
 * The most bytes of a body: 10,000 orders with the longest labels, of the
 * characters that take the most bytes, are less.
 */
const LARGEST_BODY = 10 * 1024 * 1024;

/** Reads no body that is too large; of one in pieces, not much more. */
export const limitBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { body, headers } = c.req.raw;
  const length = headers.get("Content-Length");
  if (length === null || headers.has("Transfer-Encoding")) {
    // Nobody has said how long it will be.
    if (body) c.req.raw = new Request(c.req.raw, { body: await read(body) });
  } else if (Number(length) > LARGEST_BODY) throw tooLarge();
  await next();
};

async function read(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    // The rest is given up by whatever ends the loop.
    for await (const piece of body) {
      size += piece.length;
      if (size > LARGEST_BODY) throw tooLarge();
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(
      "invalid_json",
      "Cannot read the body: it broke off",
    );
  }
  return new Blob(pieces);
}

function tooLarge(): ProblemError {
  return new ProblemError(
    "body_too_large",
    `Cannot read a body of more than ${LARGEST_BODY} bytes: send fewer ` +
      "orders at once",
  );
}
