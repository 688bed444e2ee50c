/**
 * How large a body may be, and how long it may take. Hono's own limit leaves the
 * rest of a body in pieces open when it is too large.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../mod.ts";
import type { ApiEnv } from "./parts.ts";
import { ProblemError } from "./problem.ts";

/**
 * The most bytes of a body: 10,000 orders with the longest labels, of the
 * characters that take the most bytes, are less.
 */
const LARGEST_BODY = 10 * 1024 * 1024;

/** How long a body may take to come, in milliseconds. */
const TAKES_AT_MOST = 30_000;

/**
 * Reads no body that is too large, of one in pieces not much more, and none
 * that takes too long.
 *
 * @param clock Where time comes from.
 */
export function limitBody(clock: Clock): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const { headers } = c.req.raw;
    const length = headers.get("Content-Length");
    const late = Promise.withResolvers<never>();
    const cancel = clock.setTimer(() => late.reject(tooSlow()), TAKES_AT_MOST);
    try {
      if (length === null || headers.has("Transfer-Encoding")) {
        // Nobody has said how long it will be.
        const { body } = c.req.raw;
        if (body) {
          const whole = await Promise.race([read(body), late.promise]);
          c.req.raw = new Request(c.req.raw, { body: whole });
        }
      } else if (Number(length) > LARGEST_BODY) throw tooLarge();
      // Kept for who reads it next, who also finds out that it broke off.
      else await Promise.race([c.req.text().catch(() => {}), late.promise]);
    } finally {
      cancel();
    }
    await next();
  };
}

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

function tooSlow(): ProblemError {
  return new ProblemError(
    "body_too_slow",
    `Cannot wait for a body for more than ${TAKES_AT_MOST / 1000} seconds: ` +
      "send it faster, or fewer orders at once",
  );
}
